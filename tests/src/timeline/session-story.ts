// Builds believable frames of a session out of a list of steps, for tests of the reducer.
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'

export const STEPS = [
  'prompt', 'begin', 'delta', 'end', 'think', 'tool', 'result', 'failure', 'agent', 'nested', 'ask', 'allow', 'deny', 'note', 'steer', 'retry', 'stalled', 'notice', 'clear', 'rewind',
  'queue', 'todo', 'task', 'taskStep', 'unknown', 'stats', 'complete', 'fail', 'stop', 'session', 'background',
] as const
export type Step = (typeof STEPS)[number]

type Open = { id: string; text: string; parent: string | null; type: 'claude_response' | 'thinking' }
type Call = { id: string; tool: string; parent: string | null; execution: string; ask: string | null }
const WORDS = ['Reading the code. ', 'Now ', '한국어 문장. ', 'the tests ', '`x`\n\n', '😀 ', 'done']

/** Frames in the order in which the relay would tell them. A step that makes no sense where it stands is left out. */
export function tellStory(steps: readonly Step[]): TimelineFrame[] {
  const frames: TimelineFrame[] = []
  let seq = 0
  let at = 1_700_000_000_000
  let counter = 0
  let running: string | null = null
  let block: Open | null = null
  let calls: Call[] = []
  const prompts: string[] = []
  let tasks = 0
  const id = (kind: string) => `${kind}${++counter}`
  const kept = (type: string, data: object) => frames.push({ type, seq: ++seq, timestamp: (at += 10), data: { session_id: 's1', ...data } } as TimelineFrame)
  const signal = (type: string, data: object) => frames.push({ type, timestamp: (at += 3), data: { session_id: 's1', ...data } } as TimelineFrame)
  const task = (status: string, more: object = {}) =>
    kept('task', { execution_id: running, status, origin: 'prompt', progress: 0, username: 'Minji', user_id: 'u1', started_at: at, ...(status === 'running' ? {} : { ended_at: at }), ...more })
  const agent = () => calls.findLast((call) => call.tool === 'Agent') ?? null
  const begin = (type: Open['type']) => {
    block = { id: id('m'), text: '', parent: counter % 3 === 0 ? (agent()?.id ?? null) : null, type }
    grow(0)
  }
  const grow = (word: number) => {
    const open = block!
    const content = WORDS[(counter + word) % WORDS.length]!
    signal(open.type, { execution_id: running, message_id: open.id, parent_tool_use_id: open.parent, content, offset: open.text.length, stream: true, completed: false })
    open.text += content
  }
  const finish = (interrupted = false) => {
    if (!block) return
    kept(block.type, { execution_id: running, message_id: block.id, parent_tool_use_id: block.parent, content: block.text, stream: false, completed: true, interrupted })
    block = null
  }
  const call = (tool: string, input: object, parent: string | null) => {
    finish()
    calls.push({ id: id('t'), tool, parent, execution: running!, ask: null })
    kept('progress', { progress_type: 'tool_start', execution_id: running, tool_use_id: calls.at(-1)!.id, parent_tool_use_id: parent, tool, input })
  }
  const answer = (one: Call, output: unknown, failed = false) => {
    calls = calls.filter((each) => each !== one)
    kept('progress', { progress_type: 'tool_end', execution_id: one.execution, tool_use_id: one.id, parent_tool_use_id: one.parent, tool: one.tool, output, is_error: failed })
  }
  const resolve = (one: Call, status: string) => {
    kept('permission_resolved', { request_id: one.ask, execution_id: one.execution, tool_use_id: one.id, status, username: 'Jun', user_id: 'u2', scope: 'once' })
    one.ask = null
  }
  const over = (status: string, more: object = {}) => {
    finish(status !== 'completed')
    for (const one of calls) if (one.ask && status === 'interrupted') resolve(one, 'withdrawn')
    task(status, more)
    calls = calls.filter((one) => one.tool === 'Agent')
    running = null
  }

  for (const step of steps) {
    if (step === 'prompt' || step === 'background') {
      if (running) continue
      running = id('e')
      if (step === 'prompt') {
        prompts.push(id('p'))
        kept('message', { message_id: prompts.at(-1), role: 'user', user_id: 'u1', username: 'Minji', content: 'Please', attachments: [], execution_id: running })
      }
      task('running', { origin: step })
    } else if (step === 'note') kept('message', { message_id: id('n'), role: 'note', user_id: 'u2', username: 'Jun', content: 'note', attachments: [] })
    else if (step === 'queue') kept('queue', { items: [], held_by: counter % 2 ? { user_id: 'u2', username: 'Jun', reason: 'person' } : null })
    else if (step === 'session') kept('session', { title: 'x' })
    else if (step === 'notice') kept('log', { level: 'info', source: 'relay', text: 'model', code: 'model_changed', args: { model: 'x' } })
    else if (step === 'clear') kept('log', { level: 'info', source: 'relay', text: 'cleared', code: 'cleared' })
    else if (step === 'rewind' && !running && prompts.length > 0) kept('log', { level: 'info', source: 'relay', text: 'rewound', code: 'rewound', args: { message_id: prompts[counter % prompts.length]! } })
    else if (step === 'nested') {
      const parent = agent()
      if (!parent || block) continue
      const one: Call = { id: id('t'), tool: 'Grep', parent: parent.id, execution: parent.execution, ask: null }
      kept('progress', { progress_type: 'tool_start', execution_id: one.execution, tool_use_id: one.id, parent_tool_use_id: one.parent, tool: one.tool, input: { pattern: 'x' } })
      answer(one, 'a:1')
    } else if (!running) continue
    else if (step === 'begin' || step === 'think') {
      if (!block) begin(step === 'think' ? 'thinking' : 'claude_response')
    } else if (step === 'delta') {
      if (block) grow(1)
    } else if (step === 'end') finish()
    else if (step === 'tool') call('Read', { file_path: '/w/a.ts' }, null)
    else if (step === 'agent') call('Agent', { description: 'look' }, null)
    else if (step === 'todo') {
      call('TodoWrite', { todos: [{ content: 'one', status: counter % 2 ? 'completed' : 'in_progress', activeForm: 'Doing one' }, { content: 'two', status: 'pending' }] }, null)
      answer(calls.at(-1)!, 'ok')
    } else if (step === 'task') {
      call('TaskCreate', { subject: `task ${++tasks}` }, null)
      answer(calls.at(-1)!, `Task #${tasks} created successfully`)
    } else if (step === 'taskStep') {
      call('TaskUpdate', { taskId: String(1 + (counter % (tasks + 1))), status: counter % 2 ? 'completed' : 'in_progress' }, null)
      answer(calls.at(-1)!, 'Updated')
    } else if (step === 'result' || step === 'failure') {
      const one = calls.find((each) => !each.ask)
      if (one && !block) answer(one, 'output', step === 'failure')
    } else if (step === 'ask') {
      const one = calls.findLast((each) => !each.ask && each.tool === 'Read')
      if (!one) continue
      one.ask = id('r')
      kept('permission_request', { request_id: one.ask, execution_id: running, tool_use_id: one.id, parent_tool_use_id: one.parent, tool: one.tool, input: {}, kind: 'tool', suggestions: [] })
    } else if (step === 'allow' || step === 'deny') {
      const one = calls.find((each) => each.ask)
      if (!one) continue
      resolve(one, step === 'allow' ? 'allowed' : 'denied')
      if (step === 'deny') answer(one, 'denied', true)
    } else if (step === 'steer') kept('message', { message_id: id('p'), role: 'user', user_id: 'u2', username: 'Jun', content: 'also', attachments: [], execution_id: running, steered: true })
    else if (step === 'retry') kept('log', { execution_id: running, level: 'warn', source: 'claude', text: 'overloaded', code: 'api_retry', args: { status: 529 } })
    else if (step === 'stalled') kept('log', { execution_id: running, level: 'warn', source: 'relay', text: 'quiet', code: 'stalled' })
    else if (step === 'unknown') kept('progress', { progress_type: 'start', execution_id: running, detail: 'unknown', input: { type: 'new_thing' } })
    else if (step === 'stats')
      kept('progress', { progress_type: 'complete', execution_id: running, stats: { duration_ms: 5, duration_api_ms: 4, cost_usd: 0.1, input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4, num_turns: 1, model: 'm', context_tokens: 10, context_limit: 100 } })
    else if (step === 'complete') over('completed')
    else if (step === 'fail') over('failed', { error: { code: 'overloaded_error', message: 'Overloaded' } })
    else if (step === 'stop') over('interrupted', { reason: 'person' })
  }
  return frames
}
