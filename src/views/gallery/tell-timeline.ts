// Frames of an invented session, told step by step, for the gallery's timelines.
import type { EditInfo, RuleSuggestion, Stats } from '#protocol'
import type { TimelineFrame } from '../../timeline/timeline.ts'

export type Teller = ReturnType<typeof createTeller>

const IDS = { session_id: 's1' }
const FIGURES: Stats = {
  duration_ms: 151_000, duration_api_ms: 140_000, ttft_ms: 600, cost_usd: 0.34, input_tokens: 5_800, output_tokens: 5_100,
  cache_read_tokens: 58_400, cache_write_tokens: 0, num_turns: 9, model: 'claude-opus', context_tokens: 64_000, context_limit: 200_000,
}

/** `startAt`: ms since 1970 of the first frame. */
export function createTeller(startAt: number) {
  const frames: TimelineFrame[] = []
  let at = startAt
  let seq = 0
  let execution = 'e0'
  let turns = 0
  let ids = 0
  const kept = (type: string, data: object) => void frames.push({ type, seq: ++seq, timestamp: at, data: { ...IDS, execution_id: execution, ...data } } as TimelineFrame)
  const signal = (type: string, data: object) => void frames.push({ type, timestamp: at, data: { ...IDS, execution_id: execution, ...data } } as TimelineFrame)
  const by = (id: string, name: string) => ({ user_id: id, username: name })
  const progress = (data: object) => kept('progress', data)

  return {
    frames,
    kept,
    wait: (ms: number) => void (at += ms),
    seq: () => seq,
    execution: () => execution,
    message(role: 'user' | 'note' | 'relay', who: [id: string, name: string], content: string, more: object = {}) {
      kept('message', { message_id: `m${++ids}`, role, ...by(...who), content, attachments: [], ...more })
    },
    begin(who: [id: string, name: string], origin: 'prompt' | 'background' = 'prompt') {
      execution = `e${++turns}`
      kept('task', { status: 'running', origin, progress: 0, ...by(...who), started_at: at })
    },
    end(status = 'completed', more: object = {}) {
      if (status === 'completed') progress({ progress_type: 'complete', stats: { ...FIGURES } })
      kept('task', { status, origin: 'prompt', progress: 1, started_at: at - 151_000, ended_at: at, ...more })
    },
    say(content: string, parent: string | null = null, type: 'claude_response' | 'thinking' = 'claude_response', durationMs?: number) {
      kept(type, { message_id: `b${++ids}`, parent_tool_use_id: parent, content, stream: false, completed: true, duration_ms: durationMs })
    },
    /** A block that goes on; the next call with the same id adds to it. */
    write(id: string, content: string, offset: number) {
      signal('claude_response', { message_id: id, content, offset, stream: true, completed: false })
    },
    start(tool: string, input: unknown, more: { parent?: string; edit?: EditInfo } = {}): string {
      const id = `t${++ids}`
      progress({ progress_type: 'tool_start', tool_use_id: id, parent_tool_use_id: more.parent, tool, input, edit_info: more.edit })
      return id
    },
    stop(id: string, output: unknown, more: { ms?: number; failed?: boolean; parent?: string; edit?: EditInfo; cut?: number } = {}) {
      at += more.ms ?? 100
      progress({
        progress_type: 'tool_end', tool_use_id: id, parent_tool_use_id: more.parent, output, is_error: more.failed ?? false, duration_ms: more.ms ?? 100,
        edit_info: more.edit, output_cut: more.cut ? { bytes: more.cut, url: '/api/sample' } : undefined,
      })
    },
    ask(kind: 'tool' | 'question' | 'plan', tool: string, input: unknown, more: { suggestions?: RuleSuggestion[]; description?: string; id?: string } = {}): { request: string; call: string } {
      const call = more.id ?? `t${++ids}`
      const request = `r${++ids}`
      kept('permission_request', { request_id: request, tool_use_id: call, tool, input, kind, suggestions: more.suggestions ?? [], description: more.description })
      return { request, call }
    },
    resolve(asked: { request: string; call: string }, status: 'allowed' | 'denied' | 'withdrawn', who: [id: string, name: string] | null, more: object = {}) {
      kept('permission_resolved', { request_id: asked.request, tool_use_id: asked.call, status, ...(who ? by(...who) : {}), ...more })
    },
    log: (code: string, text: string, more: object = {}) => kept('log', { level: 'info', source: 'relay', code, text, ...more }),
    unknown: (name: string, data: object) => progress({ progress_type: 'start', detail: 'unknown', tool: name, input: { type: name, ...data } }),
  }
}
