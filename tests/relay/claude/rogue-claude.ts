// A CLI that misbehaves as ROGUE says, for what the real one cannot be made to do. It speaks just enough of the protocol.
export {}

type Line = { type: string; request_id?: string; request?: { subtype: string }; uuid?: string; message?: { content: unknown } }

const how = process.env.ROGUE ?? ''
const say = (message: unknown): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
const session_id = '00000000-0000-4000-8000-0000000000ff'
const model = 'rogue'
const done = { subtype: 'success', is_error: false, duration_ms: 1, duration_api_ms: 1, num_turns: 1, total_cost_usd: 0, stop_reason: 'end_turn', permission_denials: [] }
const usage = { input_tokens: 1, output_tokens: 1 }
const init = { type: 'system', subtype: 'init', session_id, model, permissionMode: 'default', claude_code_version: '0', cwd: process.cwd(), tools: [], mcp_servers: [], uuid: 'i' }

if (how.includes('ignores-signals')) for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => {})
if (how.includes('dies-at-start')) {
  console.error('this machine is not fit for me')
  process.exit(7)
}
if (how.includes('deaf')) await new Promise(() => setInterval(() => {}, 1_000))

async function answer(line: Line): Promise<void> {
  say({ ...init, user_message_uuids: [line.uuid] })
  say({ type: 'stream_event', event: { type: 'message_start', message: { id: 'm1', model, usage } }, parent_tool_use_id: null, session_id, uuid: 's1' })
  say({ type: 'stream_event', event: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, parent_tool_use_id: null, session_id, uuid: 's2' })
  say({ type: 'stream_event', event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'half' } }, parent_tool_use_id: null, session_id, uuid: 's3' })
  if (how.includes('silent')) return
  // A child of its own holds on to the pipe that the relay reads, and to nothing else.
  if (how.includes('leaves-its-pipe')) Bun.spawn(['sleep', '600'], { detached: true, stdin: 'ignore', stdout: 'inherit', stderr: 'ignore' }).unref()
  if (how.includes('ends-without-result')) process.exit(0)
  if (how.includes('floods')) for (;;) if (!process.stdout.write('x'.repeat(1024 * 1024))) await new Promise((resolve) => process.stdout.once('drain', resolve))
  if (how.includes('garbage')) process.stdout.write('not json\n\u0000\u0001\n[1,2]\n"text"\n{"type":"from the future"}\n')
  if (how.includes('splits-utf8')) {
    const bytes = Buffer.from(`${JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '한국어' } }, parent_tool_use_id: null, session_id, uuid: 's4' })}\n`)
    for (const byte of bytes) {
      process.stdout.write(Uint8Array.of(byte))
      await Bun.sleep(0)
    }
  }
  say({ type: 'result', ...done, result: 'half', usage, modelUsage: {}, session_id, uuid: 'r', terminal_reason: 'completed', user_message_uuid: line.uuid, user_message_uuids: [line.uuid] })
}

for await (const text of console) {
  if (text.trim() === '') continue
  const line = JSON.parse(text) as Line
  if (line.type === 'control_request') {
    if (how.includes('ignores-initialize') && line.request?.subtype === 'initialize') continue
    if (how.includes('ignores-interrupt') && line.request?.subtype === 'interrupt') continue
    if (how.includes('refuses-mode') && line.request?.subtype === 'set_permission_mode') {
      say({ type: 'control_response', response: { subtype: 'error', request_id: line.request_id, error: 'not in this house' } })
      continue
    }
    say({ type: 'control_response', response: { subtype: 'success', request_id: line.request_id, response: { commands: [], models: [], agents: [], account: {}, output_style: 'default', available_output_styles: [] } } })
  }
  if (line.type === 'user') await answer(line)
}
