// Makes a recording of the relay equal to the next one: ids by appearance, times laid out anew, folders and names fixed.
import type { RecordedFrame, Recording } from '../../src/mocks/recording.ts'

const BEGIN = Date.UTC(2030, 0, 1, 9)
/** So much text a delta holds: how the relay joins deltas depends on the moment, so they are joined and cut again. */
const DELTA_CHARS = 24

/** Measured durations differ in each run; these stand for them. Everything else keeps its number. */
const DURATIONS: Record<string, number> = { duration_ms: 1_240, duration_api_ms: 1_080, ttft_ms: 420, retry_after_ms: 1_000, retry_ms: 1_000 }

/** Where the CLI says a number that it has drawn: of background work, of something to be done at a time. */
const DRAWN = /(?<=with ID: |\(task |one-shot task )[0-9a-z]{8,9}(?=\W)/g

/** Words that depend on the machine or on every file of a folder. */
const FIXED: Record<string, string> = { hash: 'recorded-hash', host_name: 'harbor' }

type Names = readonly (readonly [actual: string, fixed: string])[]

const isDelta = ({ type, data }: RecordedFrame) => (type === 'claude_response' || type === 'thinking') && data.stream === true

/** Signals and events of the session first, then what the person was told beside it; deltas joined and cut at fixed places. */
export function arrangeFrames(frames: readonly RecordedFrame[], sessionChannel: string): RecordedFrame[] {
  const arranged: RecordedFrame[] = []
  for (const frame of [...frames.filter((each) => each.channel === sessionChannel), ...frames.filter((each) => each.channel !== sessionChannel)]) {
    const last = arranged.at(-1)
    if (frame.type === 'presence' && last?.type === 'presence') arranged.pop()
    if (last && isDelta(last) && isDelta(frame) && last.data.message_id === frame.data.message_id) {
      last.data = { ...last.data, content: `${String(last.data.content)}${String(frame.data.content)}` }
    } else arranged.push({ ...frame })
  }
  return arranged.flatMap((frame) => (isDelta(frame) ? cutDelta(frame) : [frame]))
}

function cutDelta(frame: RecordedFrame): RecordedFrame[] {
  const text = String(frame.data.content)
  const begin = Number(frame.data.offset)
  const parts: RecordedFrame[] = []
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + DELTA_CHARS - ((begin + from) % DELTA_CHARS))
    if (/[\uD800-\uDBFF]/.test(text[to - 1]!) && to < text.length) to += 1
    parts.push({ ...frame, data: { ...frame.data, content: text.slice(from, to), offset: begin + from } })
    from = to
  }
  return parts
}

/** How long after the frame before it a frame comes when it is played. */
function paceMs(frame: RecordedFrame): number {
  if (isDelta(frame)) return 45
  if (frame.type === 'progress' && frame.data.progress_type === 'init') return 500
  if (frame.type === 'progress' && frame.data.progress_type === 'tool_end') return 600
  return frame.type === 'typing' || frame.type === 'cursor_moved' ? 400 : 5
}

export function normaliseRecording(recording: Recording, names: Names): Recording {
  const ids = new Map<string, string>()
  const times = new Map<string, number>()
  const drawn = new Map<string, string>()
  let now = BEGIN

  const numbered = (kind: string, id: string, make: (n: number) => string): string => {
    const key = `${kind} ${id}`
    if (!ids.has(key)) ids.set(key, make([...ids.keys()].filter((each) => each.startsWith(`${kind} `)).length + 1))
    return ids.get(key)!
  }

  function text(value: string): string {
    for (const [id] of value.matchAll(DRAWN)) drawn.set(id, drawn.get(id) ?? `recorded${drawn.size + 1}`)
    for (const [actual, fixed] of [...names, ...drawn]) value = value.replaceAll(actual, fixed)
    return value
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) =>
        numbered('uuid', id, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
      )
      .replaceAll(/msg_scripted\d+/g, (id) => numbered('msg', id, (n) => `msg_recorded${n}`))
      .replaceAll(/toolu_scripted\d+n\d+/g, (id) => numbered('toolu', id, (n) => `toolu_recorded${n}`))
      .replaceAll(/\/tmp\/claude-\d+\//g, '/tmp/claude/')
      .replaceAll(/\bworkspace-[0-9a-f]+ \[[0-9a-f]+\]/g, 'workspace-1 [1]')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, (url) => (url.endsWith(':9') ? url : 'http://127.0.0.1:1'))
  }

  /** A moment belongs to the thing it is told of: it is fixed when it is first heard. */
  function moment(key: string, owner: Record<string, unknown>): number {
    const whose = key === 'started_at' ? owner.execution_id : key === 'queued_at' ? owner.message_id : key === 'created_at' ? owner.session_id : key === 'joined_at' ? owner.user_id : null
    if (whose === null) return now
    const name = `${key} ${String(whose)}`
    if (!times.has(name)) times.set(name, now)
    return times.get(name)!
  }

  function walk(value: unknown, key: string, owner: Record<string, unknown>): unknown {
    if (typeof value === 'string') return FIXED[key] ?? text(value)
    if (typeof value === 'number') {
      if (/(?:_at|^since|^timestamp)$/.test(key) && value > 1e12) return moment(key, owner)
      // Also of what took no millisecond this time.
      return DURATIONS[key] ?? value
    }
    if (Array.isArray(value)) return value.map((each) => walk(each, key, owner))
    if (typeof value !== 'object' || value === null) return value
    const fields = value as Record<string, unknown>
    // What an execution is found by in a log belongs to a log that is gone.
    const told = Object.entries(fields).filter(([name]) => name !== 'trace_id' || !('execution_id' in fields))
    return Object.fromEntries(told.map(([name, each]) => [name, walk(each, name, fields)]))
  }

  const plain = <T>(value: T): T => walk(value, '', {}) as T

  const steps = recording.steps.map((step) => {
    const { by, type } = step
    const data = plain(step.data)
    const answer = plain(step.answer)
    const frames = step.frames.map((frame) => {
      now += paceMs(frame)
      return plain(frame)
    })
    now += 1_000
    return { by, type, data, answer, frames }
  })
  const rest = Object.fromEntries(Object.entries(recording.rest).map(([route, answer]) => [text(route), plain(answer)]))
  return { ...plain({ ...recording, rest: {}, steps: [] }), rest, steps }
}
