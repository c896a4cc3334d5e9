// Rows for the virtual list: what stands where, what is folded together, and that rows stay the same objects.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { reduceAll, reduceTimeline } from '../../../src/timeline/reduce-timeline.ts'
import type { OutboxPrompt, Row } from '../../../src/timeline/rows.ts'
import { createRowSelector } from '../../../src/timeline/select-rows.ts'
import { summariseRunning } from '../../../src/timeline/running-summary.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineFrame } from '../../../src/timeline/timeline.ts'
import { STEPS, tellStory } from './session-story.ts'

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
const view = { choices: new Map<string, boolean>(), unreadAfterSeq: null, outbox: [] as OutboxPrompt[] }
const select = (timeline: Timeline, more: Partial<typeof view> | { unreadAfterSeq: number; me?: string } = {}) => createRowSelector({ dayOf }).select(timeline, { ...view, ...more })
const kinds = (rows: readonly Row[]) => rows.map((row) => row.kind).join(' ')

function timelineOf(...frames: [string, object][]): Timeline {
  return reduceAll(frames.map(([type, data], at) => ({ type, seq: at + 1, timestamp: 1_700_000_000_000 + at * 1000, data: { session_id: 's', execution_id: 'e', ...data } }) as TimelineFrame))
}
const prompt: [string, object] = ['message', { message_id: 'p', role: 'user', user_id: 'u', username: 'Minji', content: 'Go', attachments: [] }]
const running: [string, object] = ['task', { status: 'running', origin: 'prompt', progress: 0, started_at: 1 }]
const done: [string, object] = ['task', { status: 'completed', origin: 'prompt', progress: 1, started_at: 1, ended_at: 2 }]
const stats = { duration_ms: 1, duration_api_ms: 1, cost_usd: 0, input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0, num_turns: 1, model: 'm', context_tokens: 1, context_limit: 2 }
const figures: [string, object] = ['progress', { progress_type: 'complete', stats }]
const say = (id: string, content = 'x'): [string, object] => ['claude_response', { message_id: id, content, stream: false, completed: true }]
const start = (id: string, tool: string, more: object = {}): [string, object] => ['progress', { progress_type: 'tool_start', tool_use_id: id, tool, input: {}, ...more }]
const end = (id: string, more: object = {}): [string, object] => ['progress', { progress_type: 'tool_end', tool_use_id: id, output: 'x', ...more }]
const both = (id: string, tool: string): [string, object][] => [start(id, tool), end(id)]
const ask = (tool_use_id: string, more: object = {}): [string, object] => ['permission_request', { request_id: `r${tool_use_id}`, tool_use_id, tool: 'Bash', input: {}, kind: 'tool', suggestions: [], ...more }]
const answer = (tool_use_id: string, status: string): [string, object] => ['permission_resolved', { request_id: `r${tool_use_id}`, tool_use_id, status, username: 'Jun', user_id: 'u2' }]

describe('rows', () => {
  test('what the relay wrote after a restart is a quiet row of its own, not something that was said', () => {
    const written: [string, object] = ['message', { message_id: 'w', role: 'relay', user_id: 'u2', username: 'Jun', content: 'The process was restarted', attachments: [] }]
    const rows = select(timelineOf(prompt, running, done, written))
    expect(kinds(rows)).toBe('day prompt relayed')
    expect(rows.at(-1)).toMatchObject({ item: { author: { name: 'Jun' } } })
  })

  test('a session that was deleted and brought back says both, and the deletion is past, wherever it stands', () => {
    const log = (level: string, args: object): [string, object] => ['log', { execution_id: null, level, source: 'relay', text: 'x', code: 'other', args }]
    const [gone, back] = [log('warn', { deleted_by: 'Jun' }), log('info', { restored_by: 'Kim' })]
    const told = (...frames: [string, object][]) => timelineOf(prompt, running, ...frames)
    expect(told(done, gone).items.at(-1)).toMatchObject({ kind: 'trouble', cause: 'deleted', solved: false })
    expect(told(done, gone, back).items.slice(-2)).toMatchObject([{ kind: 'trouble', solved: true }, { kind: 'notice', args: { restored_by: 'Kim' } }])
    expect(told(gone, done, back).items.slice(-2)).toMatchObject([{ kind: 'turn', parts: [{ kind: 'trouble', solved: true }, {}] }, { kind: 'notice' }])
  })

  test('a turn from prompt to statistics', () => {
    expect(kinds(select(timelineOf(prompt, running)))).toBe('day prompt turn pending')
    expect(kinds(select(timelineOf(prompt, running, say('m'))))).toBe('day prompt turn text pending')
    expect(kinds(select(timelineOf(prompt, running, say('m'), start('t', 'Bash'))))).toBe('day prompt turn text tool')
    expect(kinds(select(timelineOf(prompt, running, say('m'), ...both('t', 'Bash'), figures, done)))).toBe('day prompt turn text tool outcome')
  })

  test('a command of the CLI ends without figures, so without a line', () => {
    expect(kinds(select(timelineOf(prompt, running, done)))).toBe('day prompt')
  })

  test('three reads and searches in a row are one row; opened, they follow it', () => {
    const timeline = timelineOf(running, ...both('a', 'Read'), ...both('b', 'Grep'), ...both('c', 'Read'), say('m'), ...both('d', 'Read'), ...both('e', 'Read'), figures, done)
    const rows = select(timeline)
    expect(kinds(rows)).toBe('day turn quiet text tool tool outcome')
    expect(rows[2]).toMatchObject({ reads: 2, searches: 1, running: false })
    expect(kinds(select(timeline, { choices: new Map([[rows[2]!.key, true]]) }))).toBe('day turn quiet tool tool tool text tool tool outcome')
  })

  test('a failed read stands for itself', () => {
    const timeline = timelineOf(running, ...both('a', 'Read'), start('b', 'Read'), end('b', { is_error: true }), ...both('c', 'Read'), figures, done)
    expect(kinds(select(timeline))).toBe('day turn tool tool tool outcome')
  })

  test('changes of the todo list are one row', () => {
    const list = { edit_info: { type: 'todo', todos: [{ content: 'a', status: 'pending' }, { content: 'b', status: 'pending' }] } }
    const rows = select(timelineOf(running, start('a', 'TaskCreate'), end('a'), start('b', 'TaskCreate'), end('b', list), figures, done))
    expect(kinds(rows)).toBe('day turn todos outcome')
    expect(rows[2]).toMatchObject({ total: 2 })
  })

  test('the card stands for its call while it waits, before it when it was allowed, alone when not', () => {
    expect(kinds(select(timelineOf(running, start('t', 'Bash'), ask('t'))))).toBe('day turn ask')
    expect(kinds(select(timelineOf(running, start('t', 'Bash'), ask('t'), answer('t', 'allowed'))))).toBe('day turn ask tool')
    expect(kinds(select(timelineOf(running, start('t', 'Bash'), ask('t'), answer('t', 'denied'), end('t', { is_error: true }))))).toBe('day turn ask pending')
    expect(kinds(select(timelineOf(running, start('t', 'AskUserQuestion'), ask('t', { kind: 'question' }), answer('t', 'allowed'), end('t'))))).toBe('day turn ask pending')
  })

  test('an agent shows its work while it works, then by choice; a waiting card inside it always', () => {
    const inside: [string, object][] = [start('a', 'Agent'), start('b', 'Bash', { parent_tool_use_id: 'a' })]
    expect(kinds(select(timelineOf(running, ...inside)))).toBe('day turn tool tool')
    const folded = timelineOf(running, ...inside, end('b', { parent_tool_use_id: 'a' }), end('a'), figures, done)
    expect(kinds(select(folded))).toBe('day turn tool outcome')
    expect(select(folded, { choices: new Map([['tool:a', true]]) }).map((row) => ('depth' in row ? row.depth : '-'))).toEqual(['-', '-', 0, 1, 0])
    const waiting = timelineOf(running, ...inside, ask('b', { parent_tool_use_id: 'a' }))
    expect(kinds(select(waiting, { choices: new Map([['tool:a', false]]) }))).toBe('day turn tool ask')
  })

  test('the unread line stands before the first thing that is new, and before its head', () => {
    const timeline = timelineOf(prompt, running, say('m1'), say('m2'), figures, done, ['message', { message_id: 'n', role: 'note', username: 'Jun', content: 'x', attachments: [] }])
    expect(kinds(select(timeline, { unreadAfterSeq: 0 }))).toBe('day unread prompt turn text text outcome note')
    expect(kinds(select(timeline, { unreadAfterSeq: 2 }))).toBe('day prompt unread turn text text outcome note')
    expect(kinds(select(timeline, { unreadAfterSeq: 3 }))).toBe('day prompt turn text unread text outcome note')
    expect(kinds(select(timeline, { unreadAfterSeq: 6 }))).toBe('day prompt turn text text outcome unread note')
    expect(kinds(select(timeline, { unreadAfterSeq: 7 }))).not.toContain('unread')
    // What one wrote oneself is never what is new.
    expect(kinds(select(timeline, { unreadAfterSeq: 0, me: 'u' }))).toBe('day prompt unread turn text text outcome note')
    expect(kinds(select(timelineOf(prompt), { unreadAfterSeq: 0, me: 'u' }))).not.toContain('unread')
  })

  test('days, dividers, what is not sent yet', () => {
    const frames = [prompt, ['log', { level: 'info', source: 'relay', text: '', code: 'cleared', execution_id: null }], prompt].map(([type, data], at) => ({ type, seq: at + 1, timestamp: at * 86_400_000, data: { session_id: 's', ...(data as object) } }) as TimelineFrame)
    const outbox = [{ id: 'c1', text: 'later', createdAt: 1, state: 'waiting' as const }]
    expect(kinds(select(reduceAll(frames), { outbox }))).toBe('day prompt day divider day prompt outbox')
  })

  test('a turn that only ended after a note has no second head', () => {
    expect(kinds(select(timelineOf(running, say('m'), ['message', { message_id: 'n', role: 'note', username: 'Jun', content: 'x', attachments: [] }], figures, done)))).toBe('day turn text note outcome')
  })

  test('any story: keys are distinct, every open request has its row, and a delta changes one row', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { minLength: 5, maxLength: 100 }), (steps) => {
        const selector = createRowSelector({ dayOf })
        let timeline = EMPTY_TIMELINE
        let rows: readonly Row[] = []
        for (const frame of tellStory(['prompt', ...steps])) {
          timeline = reduceTimeline(timeline, frame)
          const next = selector.select(timeline, view)
          expect(new Set(next.map((row) => row.key)).size).toBe(next.length)
          const cards = next.filter((row) => row.kind === 'ask' && row.ask.state === 'open').length
          expect(cards).toBe(summariseRunning(timeline).waiting.length)
          if (frame.seq == null) {
            const before = new Map(rows.map((row) => [row.key, row]))
            const fresh = next.filter((row) => before.get(row.key) !== row && row.kind !== 'trouble' && row.kind !== 'turn')
            const depthOf = (row: Row) => ('depth' in row ? row.depth : 0)
            // A word from an agent that was folded opens it: all of its work comes into sight, and nothing else.
            const parent = (frame.data as { parent_tool_use_id?: string | null }).parent_tool_use_id
            const agent = parent && rows.findIndex((row) => row.key === `tool:${parent}`)
            const wasFolded = typeof agent === 'number' && agent >= 0 && depthOf(rows[agent + 1] ?? rows[agent]!) <= depthOf(rows[agent]!)
            expect(fresh.filter((row) => !wasFolded || before.has(row.key) || depthOf(row) === 0).length).toBeLessThanOrEqual(2)
          }
          rows = next
        }
        expect(selector.select(timeline, view)).toEqual([...createRowSelector({ dayOf }).select(timeline, view)])
      }),
      { numRuns: 200 },
    )
  })
})

describe('summary', () => {
  test('states', () => {
    expect(summariseRunning(EMPTY_TIMELINE)).toMatchObject({ state: 'idle', activity: null, steps: null })
    expect(summariseRunning(timelineOf(prompt, running))).toMatchObject({ state: 'running', activity: { kind: 'starting' }, startedAt: 1 })
    expect(summariseRunning(timelineOf(prompt, running, start('t', 'Bash', { input: { command: 'ls' } })))).toMatchObject({
      activity: { kind: 'tool', call: { verb: 'run', target: { text: 'ls' } } }, tools: { done: 0, failed: 0, running: 1 },
    })
    expect(summariseRunning(timelineOf(prompt, running, start('t', 'Bash'), ask('t')))).toMatchObject({ state: 'waiting', waiting: [{ executionId: 'e', part: { toolUseId: 't' } }] })
    expect(summariseRunning(timelineOf(prompt, running, ['log', { level: 'warn', source: 'relay', text: '', code: 'stalled' }]))).toMatchObject({ state: 'stalled', quietSince: 1_700_000_002_000 })
    expect(summariseRunning(timelineOf(prompt, running, ...both('t', 'Bash'), figures, done))).toMatchObject({ state: 'done', tools: { done: 1 }, activity: null })
    for (const [status, reason, state] of [['failed', null, 'failed'], ['interrupted', 'person', 'stopped'], ['interrupted', 'process_died', 'interrupted']] as const) {
      expect(summariseRunning(timelineOf(prompt, running, ['task', { status, reason, origin: 'prompt', progress: 0 }])).state).toBe(state)
    }
  })

  test('steps: from the tasks of this turn, or from those that are not finished', () => {
    const todos = (...statuses: string[]): [string, object][] => [start('t', 'TodoWrite', { input: { todos: statuses.map((status, at) => ({ content: `task ${at}`, status, activeForm: `Doing ${at}` })) } }), end('t')]
    expect(summariseRunning(timelineOf(running, ...todos('completed', 'in_progress', 'pending'))).steps).toEqual({ at: 2, total: 3, done: 1, current: 'Doing 1' })
    const next: [string, object] = ['task', { execution_id: 'e2', status: 'running', origin: 'prompt', progress: 0 }]
    expect(summariseRunning(timelineOf(running, ...todos('completed'), done, next)).steps).toBe(null)
    expect(summariseRunning(timelineOf(running, ...todos('completed', 'pending'), done, next)).steps).toMatchObject({ at: 2, total: 2 })
    const left = timelineOf(running, ...todos('in_progress', 'completed', 'pending'), done)
    expect(summariseRunning(left).steps).toEqual({ at: 1, total: 3, done: 1, current: null })
    expect(summariseRunning(timelineOf(running, ...todos('in_progress', 'completed'), done, next)).steps).toEqual({ at: 2, total: 2, done: 1, current: null })
  })

  test('a prompt that waits in the queue is counted', () => {
    const item = { message_id: 'q', user_id: 'u', username: 'x', content: 'x', attachments: [], mode: 'queue', queued_at: 1 }
    expect(summariseRunning(timelineOf(running, ['queue', { items: [item, { ...item, message_id: 'q2' }] }])).queued).toBe(2)
  })
})

test('with each change of a long session no day is asked for twice, and what stood there stays the same object', () => {
  const turns = 300
  const turn = ['prompt', 'begin', 'delta', 'end', 'complete'] as const
  const frames = tellStory(Array.from({ length: turns }, () => [...turn]).flat())
  let asked = 0
  const selector = createRowSelector({ dayOf: (at) => (asked++, dayOf(at)) })
  let timeline = reduceAll(frames.slice(0, -3))
  const before = selector.select(timeline, view)
  expect(before.length).toBeGreaterThan(turns * 2)
  asked = 0
  for (const frame of frames.slice(-3)) timeline = reduceTimeline(timeline, frame)
  const after = selector.select(timeline, view)
  // One for the quarter of an hour that is new, at most.
  expect(asked).toBeLessThan(2)
  const kept = new Set(before)
  expect(after.filter((row) => !kept.has(row)).length).toBeLessThan(6)
})
