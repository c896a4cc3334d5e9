// The reducer: order, repeats, pages, blocks, ends. Stories are random but believable.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canRewind } from '../../../src/timeline/items.ts'
import { traceOf } from '../../../src/timeline/reduce-execution.ts'
import { joinOlder } from '../../../src/timeline/join-older.ts'
import { canBeContinued, summariseRunning } from '../../../src/timeline/running-summary.ts'
import { reduceAll, reduceTimeline } from '../../../src/timeline/reduce-timeline.ts'
import { shareUnchanged } from '../../../src/timeline/share-unchanged.ts'
import { EMPTY_TIMELINE, type Part, type TextPart, type Timeline, type TimelineFrame, type ToolPart, type TurnItem } from '../../../src/timeline/timeline.ts'
import { STEPS, tellStory } from './session-story.ts'

const story = fc.array(fc.constantFrom(...STEPS), { minLength: 5, maxLength: 120 }).map((steps) => tellStory(['prompt', ...steps]))
const isKept = (frame: TimelineFrame) => frame.seq != null
const partsOf = (timeline: Timeline) => timeline.items.flatMap((item) => (item.kind === 'turn' ? flat(item.parts) : []))
const flat = (parts: readonly Part[]): Part[] => parts.flatMap((part) => (part.kind === 'tool' ? [part, ...flat(part.parts)] : [part]))
const keys = (timeline: Timeline) => [...timeline.items.map((item) => item.key), ...partsOf(timeline).map((part) => part.key)]

describe('any story', () => {
  test('items stand in the order of their events, and no key stands twice', () => {
    fc.assert(
      fc.property(story, (frames) => {
        const timeline = reduceAll(frames.filter(isKept))
        const seqs = timeline.items.map((item) => item.seq!)
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
        for (const item of timeline.items) {
          if (item.kind !== 'turn') continue
          const inside = item.parts.map((part) => part.seq!)
          expect(inside).toEqual([...inside].sort((a, b) => a - b))
        }
        expect(new Set(keys(timeline)).size).toBe(keys(timeline).length)
      }),
      { numRuns: 500 },
    )
  })

  test('replayed events change nothing, not even an object', () => {
    fc.assert(
      fc.property(story, fc.nat(200), (frames, from) => {
        const timeline = reduceAll(frames)
        expect(reduceAll(frames.filter(isKept).slice(from % frames.length), timeline)).toBe(timeline)
      }),
      { numRuns: 300 },
    )
  })

  test('pages joined backwards give what reading from the start gives', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 1, max: 25 }), (frames, size) => {
        const kept = frames.filter(isKept)
        let timeline = reduceAll(kept.slice(-size))
        for (let end = kept.length - size; end > 0; end -= size) timeline = joinOlder(timeline, kept.slice(Math.max(0, end - size), end))
        expect(timeline).toEqual(reduceAll(kept))
      }),
      { numRuns: 500 },
    )
  })

  test('pages joined while text streams give what was seen, and keep the open block', () => {
    fc.assert(
      fc.property(story, fc.nat(1000), fc.integer({ min: 1, max: 20 }), (frames, at, size) => {
        const split = at % frames.length
        const before = frames.slice(0, split).filter(isKept)
        const live = frames.slice(split)
        let timeline = reduceAll(live, reduceAll(before.slice(-size)))
        for (let end = before.length - size; end > 0; end -= size) timeline = joinOlder(timeline, before.slice(Math.max(0, end - size), end))
        const whole = reduceAll(live, reduceAll(before))
        expect({ ...timeline, past: null, gap: false }).toEqual({ ...whole, past: null, gap: false })
      }),
      { numRuns: 500 },
    )
  })

  test('joining a page keeps the objects of what did not change', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 1, max: 60 }), (frames, size) => {
        const kept = frames.filter(isKept)
        const first = reduceAll(kept.slice(-size))
        const joined = joinOlder(first, kept.slice(0, -size))
        for (const item of joined.items) {
          const old = first.items.find((each) => each.key === item.key)
          if (old && Bun.deepEquals(old, item)) expect(item).toBe(old)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('deltas leave no trace once their blocks are complete', () => {
    fc.assert(
      fc.property(story, (frames) => {
        const seen = new Map(partsOf(reduceAll(frames)).map((part) => [part.key, part]))
        for (const part of partsOf(reduceAll(frames.filter(isKept)))) {
          if (part.kind === 'text' || part.kind === 'thinking') expect(seen.get(part.key)).toMatchObject({ text: part.text, open: false, interrupted: part.interrupted, seq: part.seq })
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a step leaves everything else as it was', () => {
    fc.assert(
      fc.property(story, (frames) => {
        let timeline = EMPTY_TIMELINE
        for (const frame of frames) {
          const next = reduceTimeline(timeline, frame)
          if (frame.type === 'claude_response' || frame.type === 'thinking') {
            const changed = next.items.filter((item, at) => item !== timeline.items[at])
            // The turn that is written to, and stretches with an error card that is solved by it.
            const troubled = timeline.items.filter((item) => item.kind === 'turn' && item.parts.some((part) => part.kind === 'trouble' && !part.solved))
            expect(changed.length).toBeLessThanOrEqual(1 + troubled.length)
            expect(next.todos).toBe(timeline.todos)
            expect(next.waiting).toBe(timeline.waiting)
          }
          timeline = next
        }
      }),
      { numRuns: 200 },
    )
  })

  test('when a turn has ended nothing in it is open any more, but requests that still wait', () => {
    fc.assert(
      fc.property(story, (frames) => {
        const timeline = reduceAll(frames)
        for (const item of timeline.items) {
          const execution = item.kind === 'turn' ? timeline.executions.find((each) => each.id === item.executionId) : undefined
          if (item.kind !== 'turn' || execution?.endedAt == null) continue
          // Agents in the background may go on after the turn.
          for (const part of item.parts) {
            if (part.kind === 'text' || part.kind === 'thinking') expect(part.open).toBe(false)
            if (part.kind === 'tool' && (part.state === 'running' || part.state === 'waiting')) expect(part.asks.some((ask) => timeline.waiting.includes(ask.request.request_id))).toBe(true)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('blocks', () => {
  const delta = (content: string, offset?: number): TimelineFrame => ({
    type: 'claude_response', timestamp: 5, data: { session_id: 's', execution_id: 'e', message_id: 'm', content, offset, stream: true, completed: false },
  })
  const whole = (content: string, seq = 9): TimelineFrame => ({
    type: 'claude_response', seq, timestamp: 6, data: { session_id: 's', execution_id: 'e', message_id: 'm', content, stream: false, completed: true },
  })
  const text = (timeline: Timeline) => partsOf(timeline).at(-1) as TextPart

  test('B1: any cutting, repeating and overlapping of deltas gives the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.array(fc.tuple(fc.nat(60), fc.nat(20)), { maxLength: 20 }), (content, pieces) => {
        let timeline: Timeline = reduceTimeline(EMPTY_TIMELINE, delta(content.slice(0, 1), 0))
        let told = Math.min(1, content.length)
        for (const [from, length] of pieces) {
          const start = Math.min(from, told)
          const end = Math.min(start + length, content.length)
          timeline = reduceTimeline(timeline, delta(content.slice(start, end), start))
          told = Math.max(told, end)
          expect(text(timeline)).toMatchObject({ text: content.slice(0, told), gap: false, open: true })
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('B1: an offset of 0 with other text replaces', () => {
    expect(text(reduceAll([delta('Hello', 0), delta('Good morning', 0)])).text).toBe('Good morning')
  })

  test('a lost delta is flagged, adds nothing, and is mended from the start or by the whole block', () => {
    const lost = reduceAll([delta('Hello', 0), delta('again', 9), delta('more', 14)])
    expect(text(lost)).toMatchObject({ text: 'Hello', gap: true })
    expect(lost.gap).toBe(true)
    const replayed = reduceTimeline(lost, delta('Hello, again more', 0))
    expect(text(replayed)).toMatchObject({ text: 'Hello, again more', gap: false })
    expect(replayed.gap).toBe(false)
    const done = reduceTimeline(lost, whole('Hello, again more!'))
    expect(text(done)).toMatchObject({ text: 'Hello, again more!', gap: false, open: false })
    expect(done.gap).toBe(false)
  })

  test('a delta in the middle of an unknown block waits for its start', () => {
    const timeline = reduceTimeline(EMPTY_TIMELINE, delta('world', 6))
    expect(text(timeline)).toMatchObject({ text: '', gap: true })
    expect(text(reduceTimeline(timeline, delta('hello world', 0)))).toMatchObject({ text: 'hello world', gap: false })
  })

  test('B1: deltas after the whole block are ignored', () => {
    const done = reduceAll([delta('He', 0), whole('Hello')])
    expect(reduceTimeline(done, delta('He', 0))).toBe(done)
    expect(reduceTimeline(done, delta('lo', 2))).toBe(done)
  })
})

describe('by hand', () => {
  let seq = 0
  const frame = (type: string, data: object): TimelineFrame => ({ type, seq: ++seq, timestamp: seq * 1000, data: { session_id: 's', execution_id: 'e', ...data } }) as TimelineFrame
  const run = (...frames: [string, object][]) => {
    seq = 0
    return reduceAll(frames.map(([type, data]) => frame(type, data)))
  }
  const prompt = ['message', { message_id: 'p', role: 'user', user_id: 'u', username: 'Minji', content: 'Go', attachments: [] }] as [string, object]
  const running = ['task', { status: 'running', origin: 'prompt', progress: 0, started_at: 1000 }] as [string, object]
  const say = (id: string, content: string, more: object = {}) => ['claude_response', { message_id: id, content, stream: false, completed: true, ...more }] as [string, object]
  const start = (id: string, tool: string, input: unknown = {}, more: object = {}) => ['progress', { progress_type: 'tool_start', tool_use_id: id, tool, input, ...more }] as [string, object]
  const end = (id: string, output: unknown, more: object = {}) => ['progress', { progress_type: 'tool_end', tool_use_id: id, output, ...more }] as [string, object]
  const ended = (status: string, more: object = {}) => ['task', { status, origin: 'prompt', progress: 1, started_at: 1000, ended_at: 9000, ...more }] as [string, object]
  const log = (code: string, more: object = {}) => ['log', { level: 'warn', source: 'relay', text: code, code, ...more }] as [string, object]
  const kinds = (timeline: Timeline) => timeline.items.map((item) => (item.kind === 'turn' ? item.parts.map((part) => part.kind) : item.kind))

  test('a turn: prompt, text, tool, statistics', () => {
    const stats = { duration_ms: 7000, duration_api_ms: 1, cost_usd: 0.2, input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0, num_turns: 2, model: 'm', context_tokens: 64, context_limit: 200 }
    const timeline = run(prompt, running, say('m1', 'Look'), start('t1', 'Bash', { command: 'ls' }), end('t1', 'a\nb'), ['progress', { progress_type: 'complete', stats }], ended('completed'))
    expect(kinds(timeline)).toEqual(['prompt', ['text', 'tool', 'outcome']])
    expect(partsOf(timeline).at(-1)).toMatchObject({ status: 'completed', stats, durationMs: 7000, tries: 1 })
    expect(partsOf(timeline)[1]).toMatchObject({ state: 'done', durationMs: 1000, output: 'a\nb' })
    expect(timeline).toMatchObject({ runningId: null, context: { tokens: 64, limit: 200 }, executions: [{ status: 'completed', tools: { done: 1, failed: 0 } }] })
  })

  test('prompts that join the queue and leave it do not take the place of the turn that runs', () => {
    const queued = run(prompt, running, ended('pending', { execution_id: 'next', ended_at: null }))
    expect(queued.runningId).toBe(queued.executions[0]!.id)
    const taken = reduceTimeline(queued, frame('task', { execution_id: 'next', status: 'cancelled', origin: 'prompt', progress: 0 }))
    expect(taken.runningId).toBe(queued.executions[0]!.id)
  })

  test('a prompt that waits in a held queue runs nothing: after a restart the last turn is at rest', () => {
    const held = run(prompt, running, ended('pending', { execution_id: 'next', ended_at: null, started_at: null }), ended('interrupted', { reason: 'relay_restart' }), ['queue', { items: [], held_by: { reason: 'crash' } }])
    expect(held.runningId).toBeNull()
    expect(summariseRunning(held)).toMatchObject({ state: 'interrupted', activity: null, execution: { id: held.executions[0]!.id }, endedAt: 9000 })
    const goesOn = reduceTimeline(held, frame('task', { execution_id: 'next', status: 'running', origin: 'prompt', progress: 0, started_at: 9500 }))
    expect(goesOn.runningId).toBe('next')
  })

  test('the newest turn is the one that began last, whenever its prompt became known: it is told of, and it can be continued', () => {
    const waits = ended('pending', { execution_id: 'waited', ended_at: null, started_at: null })
    const between = ended('completed', { execution_id: 'between', started_at: 9100, ended_at: 9200 })
    const before = run(prompt, running, waits, ended('interrupted', { reason: 'relay_restart' }), between)
    expect(canBeContinued(before, 'between')).toBe(false)
    const killed = [ended('running', { execution_id: 'waited', started_at: 9300, ended_at: null }), ended('interrupted', { execution_id: 'waited', started_at: 9300, ended_at: 9400, reason: 'relay_restart' })]
    const joinedAndLeft = ended('cancelled', { execution_id: 'left', started_at: null, ended_at: null })
    const timeline = [...killed, joinedAndLeft].reduce((each, [type, data]) => reduceTimeline(each, frame(type, data)), before)
    expect(summariseRunning(timeline)).toMatchObject({ state: 'interrupted', execution: { id: 'waited' }, endedAt: 9400 })
    expect(['e', 'between', 'waited'].filter((id) => canBeContinued(timeline, id))).toEqual(['waited'])
  })

  test('what the relay wrote after a restart stands once: its own prompt, with the name of whoever answered', () => {
    const written = ['message', { message_id: 'w', role: 'relay', user_id: 'u2', username: 'Jun', content: 'The process was restarted', attachments: [] }] as [string, object]
    const timeline = run(prompt, running, ended('interrupted', { reason: 'relay_restart' }), written, log('continued', { level: 'info', args: { tool: 'Bash', username: 'Jun', allowed: true } }))
    expect(kinds(timeline)).toEqual(['prompt', ['outcome'], 'prompt'])
    expect(timeline.items.at(-1)).toMatchObject({ origin: 'relay', author: { name: 'Jun' } })
  })

  test('statistics that come after the end reach the line', () => {
    const stats = { duration_ms: 1, context_limit: 0 }
    const timeline = run(prompt, running, ended('completed'), ['progress', { progress_type: 'complete', stats }])
    expect(partsOf(timeline).at(-1)).toMatchObject({ kind: 'outcome', stats })
  })

  test('a note in between begins a new stretch below it', () => {
    const timeline = run(prompt, running, say('m1', 'One'), ['message', { message_id: 'n', role: 'note', username: 'Jun', content: 'hm', attachments: [] }], say('m2', 'Two'))
    expect(kinds(timeline)).toEqual(['prompt', ['text'], 'note', ['text']])
  })

  test('nested work stands inside its agent, also when it comes after the turn', () => {
    const timeline = run(
      prompt, running, start('a', 'Agent'), start('b', 'Grep', {}, { parent_tool_use_id: 'a' }), say('m', 'found', { parent_tool_use_id: 'a' }), ended('completed'),
      ['message', { message_id: 'n', role: 'note', username: 'Jun', content: 'hm', attachments: [] }], end('b', 'x', { parent_tool_use_id: 'a' }), start('c', 'Read', {}, { parent_tool_use_id: 'a', execution_id: 'other' }),
    )
    const agent = (timeline.items[1] as TurnItem).parts[0] as ToolPart
    expect(agent.parts.map((part) => part.key)).toEqual(['tool:b', 'block:m', 'tool:c'])
    expect(agent.parts[0]).toMatchObject({ state: 'done' })
    expect(timeline.items.length).toBe(3)
  })

  test('a permission: the card waits at its call, the answer frees it', () => {
    const ask = ['permission_request', { request_id: 'r', tool_use_id: 't', tool: 'Bash', input: { command: 'rm' }, kind: 'tool', suggestions: [] }] as [string, object]
    const waiting = run(prompt, running, start('t', 'Bash', { command: 'rm' }), ask)
    expect(waiting.waiting).toEqual(['r'])
    expect(partsOf(waiting)[0]).toMatchObject({ state: 'waiting', asks: [{ state: 'open' }] })
    const allowed = reduceTimeline(waiting, frame('permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'allowed', user_id: 'u2', username: 'Jun', scope: 'session' }))
    expect(allowed.waiting).toEqual([])
    expect(partsOf(allowed)[0]).toMatchObject({ state: 'running', asks: [{ state: 'allowed', resolved: { by: { name: 'Jun' }, details: { scope: 'session' } } }] })
    // Changed by whoever allowed it: what runs is what is shown.
    const changed = reduceTimeline(waiting, frame('permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'allowed', username: 'Jun', scope: 'once', updated_input: { command: 'ls' } }))
    expect(partsOf(changed)[0]).toMatchObject({ input: { command: 'ls' }, asks: [{ request: { input: { command: 'ls' } } }] })
  })

  test('a denied call is not a failed one', () => {
    const timeline = run(
      prompt, running, start('t', 'Bash'), ['permission_request', { request_id: 'r', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool', suggestions: [] }],
      ['permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'denied', username: 'Jun', message: 'no' }], end('t', 'denied', { is_error: true }),
    )
    expect(partsOf(timeline)[0]).toMatchObject({ state: 'stopped' })
    expect(timeline.executions[0]!.tools).toEqual({ done: 0, failed: 0 })
  })

  test('a request outlives its turn; allowed later, its own call never went on', () => {
    const open = run(
      prompt, running, start('t', 'Bash'), ['permission_request', { request_id: 'r', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool', suggestions: [] }], ended('interrupted', { reason: 'relay_restart' }),
    )
    expect(open.waiting).toEqual(['r'])
    expect(partsOf(open)[0]).toMatchObject({ state: 'waiting' })
    const allowed = reduceTimeline(open, frame('permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'allowed', username: 'Jun' }))
    expect(partsOf(allowed)[0]).toMatchObject({ state: 'stopped' })
  })

  test('a request from the snapshot and again from history is one card', () => {
    const data = { session_id: 's', request_id: 'r', execution_id: 'e', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool' as const, suggestions: [] }
    const snapshot = reduceTimeline(run(prompt, running), { type: 'permission_request', timestamp: 1, data })
    const again = reduceTimeline(snapshot, frame('permission_request', data))
    expect(again.items).toBe(snapshot.items)
    expect(again.waiting).toEqual(['r'])
  })

  test('stopped by a person: text kept, marks set, the name from the held queue', () => {
    const timeline = run(prompt, running, say('m', 'Half', { interrupted: true }), start('t', 'Bash'), ended('interrupted', { reason: 'person' }), ['queue', { items: [], held_by: { user_id: 'u2', username: 'Jun', reason: 'person' } }])
    expect(partsOf(timeline)).toMatchObject([{ text: 'Half', interrupted: true }, { state: 'stopped' }, { kind: 'outcome', status: 'interrupted', reason: 'person', by: { name: 'Jun' } }])
  })

  test('one error card for one cause; it is solved when Claude goes on', () => {
    const tried = run(prompt, running, log('api_retry', { args: { status: 529 } }), log('api_retry', { args: { status: 529 } }), log('api_retry', { args: { status: 429 } }))
    expect(partsOf(tried)).toMatchObject([{ kind: 'trouble', count: 2, solved: false }, { kind: 'trouble', count: 1, solved: false }])
    const on = reduceTimeline(tried, frame(...say('m', 'back')))
    expect(partsOf(on)).toMatchObject([{ solved: true }, { solved: true }, { kind: 'text' }])
    const again = reduceTimeline(on, frame(...log('api_retry', { args: { status: 529 } })))
    expect(partsOf(again)).toMatchObject([{ count: 3, solved: false }, { solved: true }, { kind: 'text' }])
    const failed = reduceTimeline(tried, frame(...ended('failed', { error: { code: 'overloaded', message: 'x' } })))
    expect(partsOf(failed).at(-1)).toMatchObject({ kind: 'outcome', status: 'failed', tries: 4 })
  })

  test('an error told as the last word of a turn and with its task is one card', () => {
    const error = { code: 'process_died', message: 'It died' }
    const untold = run(prompt, running, ['progress', { progress_type: 'error', is_error: true, detail: 'It died' }], ended('failed', { error }))
    expect(partsOf(untold)).toMatchObject([{ kind: 'outcome', error }])
    const told = run(prompt, running, ['progress', { progress_type: 'error', detail: 'It died', stats: { duration_ms: 3, context_limit: 0 } }], ended('failed', { error }))
    expect(partsOf(told)).toMatchObject([{ kind: 'outcome', error, durationMs: 3 }])
    const between = run(prompt, running, ['progress', { progress_type: 'error', detail: 'Overloaded', input: { code: 'overloaded' } }], say('m', 'on'), ended('completed'))
    expect(partsOf(between)).toMatchObject([{ kind: 'trouble', cause: 'overloaded', solved: true }, { kind: 'text' }, { kind: 'outcome' }])
  })

  test('silence is a state that ends with the next sign of life', () => {
    const quiet = run(prompt, running, log('stalled'))
    expect(quiet.executions[0]).toMatchObject({ stalledAt: 3000 })
    expect(reduceTimeline(quiet, frame(...say('m', 'x'))).executions[0]).toMatchObject({ stalledAt: null })
  })

  test('clear writes a divider and drops context and tasks; after compacting the context is as full as the CLI says, if it says so', () => {
    const timeline = run(prompt, running, start('t', 'TodoWrite', { todos: [{ content: 'a', status: 'pending' }] }), end('t', 'ok'), ended('completed'), log('cleared', { level: 'info', execution_id: null }))
    expect(kinds(timeline)).toEqual(['prompt', ['tool', 'outcome'], 'divider'])
    expect(timeline.todos.entries).toEqual([])
    expect([{ pre_tokens: 150, post_tokens: 20 }, { pre_tokens: 150 }].map((args) => run(prompt, running, ['progress', { progress_type: 'complete', stats: { context_tokens: 150, context_limit: 200 } }], log('compacted', { level: 'info', args })).context?.tokens)).toEqual([20, 150])
  })

  test('rewind marks what Claude no longer knows', () => {
    const timeline = run(prompt, running, say('m', 'x'), ended('completed'), log('rewound', { level: 'info', args: { message_id: 'p' } }))
    expect(timeline.items).toMatchObject([{ superseded: true }, { superseded: true }, { kind: 'divider', code: 'rewound' }])
  })

  test('one goes back to prompts that began a turn here: not to a steer, nor to what is taken back, the relay wrote or a fork copied', () => {
    const said = (message_id: string, more: object = {}) => ['message', { ...prompt[1], message_id, role: 'user', ...more }] as [string, object]
    const rewindable = (...told: [string, object][]) => run(...told).items.flatMap((item) => (item.kind === 'prompt' && canRewind(item) ? [item.messageId] : []))
    const turn = [said('p'), running, said('s', { steered: true }), said('r', { role: 'relay' }), ended('completed')]
    const forked = log('forked', { level: 'info', args: { from: 's0', at_seq: 5 } })
    expect(rewindable(...turn)).toEqual(['p'])
    expect(rewindable(...turn, said('q'), log('rewound', { level: 'info', args: { message_id: 'q' } }))).toEqual(['p'])
    expect(rewindable(...turn, forked, said('q'))).toEqual(['q'])
    expect(rewindable(...turn, log('imported', { level: 'info' }), said('q'))).toEqual(['q'])
  })

  test('unknown things stay visible', () => {
    const timeline = run(running, ['progress', { progress_type: 'start', detail: 'unknown', input: { type: 'hologram', n: 1 } }])
    expect(partsOf(timeline)).toMatchObject([{ kind: 'unknown', name: 'hologram', data: { n: 1 } }])
    expect(reduceTimeline(EMPTY_TIMELINE, { type: 'unknown', seq: 1, timestamp: 2, data: { type: 'future', data: { a: 1 } } }).items).toMatchObject([{ kind: 'unknown', name: 'future' }])
  })

  test('a prompt that never began leaves no outcome', () => {
    expect(run(['task', { status: 'cancelled', origin: 'prompt', progress: 0 }]).items).toEqual([])
  })
})

test('shareUnchanged: equal to the new value, and old where equal', () => {
  const json = fc.jsonValue({ maxDepth: 3 })
  fc.assert(
    fc.property(json, json, (before, after) => {
      expect(shareUnchanged(before, structuredClone(after))).toEqual(after)
      expect(shareUnchanged(before, structuredClone(before))).toEqual(before)
      if (typeof before === 'object' && before !== null) expect(shareUnchanged(before, structuredClone(before))).toBe(before)
    }),
  )
})

test('a turn is found in the log by what the relay has said, and by its own id where it said nothing', () => {
  const task = (seq: number, execution_id: string, trace_id?: string): TimelineFrame => ({
    type: 'task', channel: 'session:s', seq, timestamp: seq, data: { session_id: 's', execution_id, status: 'failed', origin: 'prompt', progress: 0, error: { code: 'api_error', message: 'no' }, ...(trace_id && { trace_id }) },
  })
  const timeline = reduceAll([task(1, 'x1', 't1'), task(2, 'x2')])
  expect(['x1', 'x2', 'x3'].map((id) => traceOf(timeline, id))).toEqual(['t1', 'x2', 'x3'])
})
