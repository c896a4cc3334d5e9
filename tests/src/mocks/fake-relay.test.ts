// The mocked relay out of real recordings: it keeps what the real one kept, replays by position, and answers what people do.
import { expect, test } from 'bun:test'
import { decodeFromRelay, ERROR_CODES, type FromRelay, type SessionSnapshot } from '#protocol'
import { createFakeRelay } from '../../../src/mocks/fake-relay.ts'
import { createMockLog } from '../../../src/mocks/mock-log.ts'
import { RECORDED_IDS, type Recording } from '../../../src/mocks/recording.ts'
import { repeatRecording } from '../../../src/mocks/repeat-recording.ts'
import { EMPTY_TIMELINE } from '../../../src/timeline/timeline.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import { readKeptEvent } from '../../../src/timeline/read-kept-event.ts'
import { orderProblem, type Frame } from '../../support/protocol-client.ts'
import { readRecording, recordingNames } from '../../support/record-scenarios.ts'

const SESSION = 'session:session-1'

/** A clock that stands still until it is moved; timers run in the order of their times. */
function heldClock() {
  let now = Date.UTC(2031, 0, 1)
  let timers: { at: number; work(): void }[] = []
  return {
    now: () => now,
    elapsed: () => now,
    setTimer(work: () => void, ms: number) {
      const timer = { at: now + ms, work }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((each) => each !== timer)) }
    },
    /** Runs everything that is due within `ms`. */
    pass(ms: number) {
      const end = now + ms
      for (;;) {
        const [due] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!due) break
        timers = timers.filter((each) => each !== due)
        now = due.at
        due.work()
      }
      now = end
    },
  }
}

function open(recording: Recording | string) {
  const clock = heldClock()
  let ids = 0
  const relay = createFakeRelay({ recording: typeof recording === 'string' ? readRecording(recording) : recording, clock, newId: () => `made-${++ids}` })
  relay.start()
  const rest = (path: string, method = 'GET', body: unknown = null) => {
    const url = new URL(path, 'http://mock')
    return relay.rest({ method, path: url.pathname, query: url.searchParams, body })
  }
  return { relay, clock, rest, state: () => rest('/api/v1/claude/sessions/session-1/state').body as SessionSnapshot }
}

function join(relay: ReturnType<typeof open>['relay'], position?: { epoch: string; seq: number }) {
  const frames: FromRelay[] = []
  const complaints: string[] = []
  let closed: number | null = null
  let lastId = 0
  const connection = relay.connect({
    send: (text) => void frames.push(...decodeFromRelay(text, (problem) => complaints.push(problem))),
    close(code) {
      closed = code
      connection.closed()
    },
  })
  function ask(type: string, data: object, channel: string | null = null, id = `i${++lastId}`) {
    connection.receive(JSON.stringify({ type, id, channel, data, timestamp: 0 }))
    return frames.findLast((frame) => frame.id === id)!
  }
  const subscribed = ask('subscribe', position ? { position } : {}, SESSION)
  const events = () => frames.filter((frame) => frame.channel === SESSION && typeof frame.seq === 'number') as unknown as Frame[]
  return { frames, complaints, ask, subscribed, events, closed: () => closed }
}

/** Without the times, which are laid out anew, and what only the asker's own reading decides. */
function facts({ session, participants, queue, permissions, seq }: SessionSnapshot) {
  // Whether a folder is there is no event: the relay looks when it is asked, and the machine of a recording is gone.
  const { updated_at: _, created_at: _c, activity, unread: _u, missing_folder: _m, ...row } = session
  return JSON.parse(JSON.stringify({ seq, row, waitingFor: activity?.waiting_for ?? null, participants: participants.map(({ joined_at: _j, ...each }) => each), queue: queue.items.map(({ queued_at: _q, ...each }) => each), permissions }))
}

for (const name of recordingNames) {
  test(`${name}: what is kept after all steps is what the real relay says it kept`, () => {
    const recording = readRecording(name)
    const log = createMockLog(recording)
    log.remember(recording.steps.flatMap((step) => step.frames), Date.UTC(2031, 0, 1), 0)
    expect(facts(log.snapshot() as unknown as SessionSnapshot)).toEqual(facts(recording.end_state as unknown as SessionSnapshot))
  })

  test(`${name}: when it is opened, the state is the one that was recorded then`, () => {
    const recording = readRecording(name)
    const { state } = open(name)
    expect(facts(state())).toEqual(facts(recording.rest['GET /api/v1/claude/sessions/session-1/state']!.body as unknown as SessionSnapshot))
  })

  test(`${name}: its files are those that were told`, () => {
    const { clock, rest } = open(name)
    clock.pass(120_000)
    const told = readRecording(name).steps.flatMap((step) => step.frames).filter(({ type }) => type === 'file_uploaded').map(({ data }) => data.file_id)
    expect((rest('/api/v1/files?session_id=session-1').body.files as { file_id: string }[]).map((file) => file.file_id).reverse()).toEqual(told as string[])
  })

  test(`${name}: what is played passes the parser and has no hole; a late joiner gets the same`, () => {
    const { relay, clock } = open(name)
    const early = join(relay, { epoch: 'recorded', seq: 0 })
    clock.pass(120_000)
    if (early.closed() !== null) return
    const late = join(relay, { epoch: 'recorded', seq: 0 })
    expect([...early.complaints, ...late.complaints]).toEqual([])
    expect(orderProblem(early.events())).toBeNull()
    expect(late.events()).toEqual(early.events())
  })
}

test('a prompt plays the next recorded turn under the words that were said, again and again with new ids', () => {
  const { relay, clock } = open('streaming')
  const { ask, frames, events, complaints } = join(relay)
  const executions = ['What is this?', 'And now?', 'Once more?'].map((content) => {
    const answer = ask('claude_message', { session_id: 'session-1', content })
    expect(answer.type).toBe('success')
    clock.pass(60_000)
    const { execution_id: execution } = answer.data as { execution_id: string }
    const running = frames.findLast((frame) => frame.type === 'task')!.data as { status: string }
    if (running.status === 'running') expect(ask('command', { session_id: 'session-1', command: 'interrupt', args: { execution_id: execution } }).type).toBe('success')
    clock.pass(60_000)
    return execution
  })
  expect(new Set(executions).size).toBe(3)
  const prompts = events().filter((event) => event.type === 'message').map((event) => event.data.content)
  expect(prompts).toEqual(['What is this?', 'And now?', 'Once more?'])
  expect(frames.filter((frame) => frame.type === 'claude_response' && frame.data.stream).length).toBeGreaterThan(10)
  expect(orderProblem(events())).toBeNull()
  expect(complaints).toEqual([])
})

test('F6: the answer comes before the events of what it answers', () => {
  const { relay } = open('streaming')
  const { ask, frames } = join(relay)
  ask('command', { session_id: 'session-1', command: 'rename', args: { title: 'Berths' } }, null, 'mine')
  const at = frames.findIndex((frame) => frame.id === 'mine')
  expect(frames.slice(at + 1).map((frame) => frame.type)).toEqual(['session'])
})

for (const behavior of ['allow', 'deny'])
  test(`a permission answered with ${behavior} goes on as it was recorded for that`, () => {
    const { relay, clock, state } = open('permission')
    const { ask, events, complaints } = join(relay)
    const [open_] = state().permissions
    const answer = ask('permission_response', { session_id: 'session-1', request_id: open_!.request_id, behavior })
    expect(answer.type).toBe('success')
    clock.pass(60_000)
    const resolved = events().find((event) => event.type === 'permission_resolved')!
    expect(resolved.data).toMatchObject({ request_id: open_!.request_id, status: behavior === 'allow' ? 'allowed' : 'denied' })
    expect(events().find((event) => event.type === 'progress' && event.data.progress_type === 'tool_end')!.data.tool_use_id).toBe(open_!.tool_use_id)
    expect(state()).toMatchObject({ permissions: [], session: { state: 'idle' } })
    expect(ask('permission_response', { session_id: 'session-1', request_id: open_!.request_id, behavior }).data).toMatchObject({ code: 'CONFLICT' })
    expect(complaints).toEqual([])
    // The next turn asks as well.
    ask('claude_message', { session_id: 'session-1', content: 'Which one?' })
    clock.pass(60_000)
    expect(state().permissions).toHaveLength(1)
  })

test('a queued prompt that is cancelled is never played, an edited one is played as edited', () => {
  const { relay, clock, state } = open('queue')
  const { ask, events, complaints } = join(relay, { epoch: 'recorded', seq: 0 })
  const [first, second, third] = state().queue.items
  ask('queue_update', { session_id: 'session-1', message_id: second!.message_id, action: 'cancel' })
  ask('queue_update', { session_id: 'session-1', message_id: third!.message_id, action: 'edit', content: 'Name nobody' })
  const own = ask('claude_message', { session_id: 'session-1', content: 'Last of all' })
  expect(own.data).toMatchObject({ queue_position: 3 })
  clock.pass(300_000)
  const played = events().filter((event) => event.type === 'message').map((event) => event.data.content)
  expect(played.slice(1)).toEqual([first!.content, 'Name nobody', 'Last of all'])
  expect(state()).toMatchObject({ queue: { items: [] }, session: { state: 'idle' } })
  const tasks = events().filter((event) => event.type === 'task')
  const ended = (id: string) => tasks.some((event) => event.data.execution_id === id && event.data.status === 'completed')
  expect(tasks.filter((event) => event.data.status === 'running' && !ended(event.data.execution_id))).toEqual([])
  expect(complaints).toEqual([])
})

test('the socket is cut in the middle of an answer; by position nothing is missed and nothing comes twice', () => {
  const { relay, clock } = open('reconnect')
  const refusedWith: number[] = []
  const before = join(relay, { epoch: 'recorded', seq: 0 })
  for (let passed = 0; before.closed() === null && passed < 60_000; passed += 100) clock.pass(100)
  expect(before.closed()).toBe(4503)
  const kept = before.events()
  const tooEarly = relay.connect({ send: () => {}, close: (code) => void refusedWith.push(code) })
  clock.pass(1)
  tooEarly.closed()
  expect(refusedWith).toEqual([4503])
  clock.pass(4_000)
  const after = join(relay, { epoch: 'recorded', seq: kept.at(-1)!.seq! })
  expect(after.subscribed.data).toMatchObject({ recovered: true, from: kept.at(-1)!.seq! + 1 })
  clock.pass(60_000)
  const whole = [...kept, ...after.events()]
  expect(orderProblem(whole)).toBeNull()
  const timeline = reduceAll(whole.map((event) => readKeptEvent(event as never)), EMPTY_TIMELINE)
  expect(timeline.gap).toBe(false)
  expect(JSON.stringify(timeline.items)).toContain('The ferry leaves at seven. The next one leaves at nine. The last one at noon.')
})

test('H5: a position of another epoch or ahead of the log is not recovered', () => {
  const { relay } = open('streaming')
  for (const position of [{ epoch: 'other', seq: 1 }, { epoch: 'recorded', seq: 100_000 }]) {
    const { subscribed, events } = join(relay, position)
    expect(subscribed.data).toMatchObject({ recovered: false })
    expect(events()).toEqual([])
  }
})

test('every code of the table refuses a prompt in turn or by its name, or fails its turn, and lets the repeat of it through', () => {
  const { relay, clock, state } = open('errors')
  const { ask, complaints, events } = join(relay)
  const say = (content: string, id?: string) => ask('claude_message', { session_id: 'session-1', content }, null, id)
  const answers = ERROR_CODES.map(() => {
    const { data } = say('Again')
    clock.pass(60_000)
    const taken = events().findLast(({ type, data: { execution_id } }) => type === 'task' && execution_id === (data as { execution_id?: string }).execution_id)
    return ((taken?.data.error ?? data) as { code: string }).code
  })
  expect(answers).toEqual([...ERROR_CODES])
  expect(state().session.state).toBe('failed')
  expect(say('Please BUSY', 'once').data).toMatchObject({ code: 'BUSY', retry_after_ms: 1_000 })
  expect(say('Please BUSY', 'once').type).toBe('success')
  clock.pass(60_000)
  expect(complaints).toEqual([])
})

test('what nobody recorded is refused, and said so', () => {
  const { relay, rest } = open('streaming')
  const { ask } = join(relay)
  expect(ask('create_session', { title: 'Another' }).data).toMatchObject({ code: 'VALIDATION' })
  expect(ask('teleport', {}).data).toMatchObject({ code: 'VALIDATION' })
  expect(ask('command', { session_id: 'session-1', command: 'fork', args: {} }).data).toMatchObject({ code: 'VALIDATION' })
  expect(rest('/api/v1/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test('pages of events end where they are asked to', () => {
  const { rest, state } = open('tools')
  const page = (query: string) => (rest(`/api/v1/claude/sessions/session-1/events?${query}`).body as { events: { seq: number }[] }).events.map(({ seq }) => seq)
  const top = state().seq
  expect(page('limit=3')).toEqual([top - 2, top - 1, top])
  expect(page('before=5&limit=2')).toEqual([3, 4])
  expect(page('after=2&limit=2')).toEqual([3, 4])
})

test('the long one is a repetition and nothing else: each of its 10,000 events is one that was recorded, under a new id and at a later time', () => {
  const short = readRecording('tools')
  const recording = repeatRecording(short, 10_000)
  const anonymous = ({ type, data }: { type: string; data: unknown }) => JSON.stringify([type, data]).replace(RECORDED_IDS, 'id').replace(/"(\w+_at|since)":\d+/g, '"$1":0')
  const recorded = new Set(short.steps.flatMap((step) => step.frames).map(anonymous))
  const kept = recording.steps.slice(0, recording.opened_after).flatMap((step) => step.frames).filter(({ channel, seq }) => channel === SESSION && typeof seq === 'number')
  expect(kept.filter((frame) => !recorded.has(anonymous(frame)))).toEqual([])
  expect(kept.findIndex((frame, index) => index > 0 && frame.timestamp < kept[index - 1]!.timestamp)).toBe(-1)
  const complaints: string[] = []
  expect(decodeFromRelay(JSON.stringify(kept), (problem) => complaints.push(problem))).toHaveLength(kept.length)
  expect(complaints).toEqual([])
})

test('the long one: numbered without a hole, every turn once, a timeline without a gap', () => {
  const recording = repeatRecording(readRecording('tools'), 10_000)
  const { rest, state, relay } = open(recording)
  expect(state().seq).toBeGreaterThanOrEqual(10_000)
  expect(state().seq).toBeLessThan(10_500)
  const executions = recording.steps.slice(0, recording.opened_after).flatMap((step) => step.frames).filter(({ type, data }) => type === 'task' && data.status === 'running' && data.progress === 0).map(({ data }) => data.execution_id)
  expect(new Set(executions).size).toBe(executions.length)
  const all: Frame[] = []
  for (let after = 0; after < state().seq; after = all.at(-1)!.seq!) all.push(...(rest(`/api/v1/claude/sessions/session-1/events?limit=500&after=${after}`).body as { events: Frame[] }).events)
  expect([all[0]!.seq, all.length, orderProblem(all)]).toEqual([1, state().seq, null])
  const timeline = reduceAll(all.map((event) => readKeptEvent(event as never)), EMPTY_TIMELINE)
  expect(timeline.gap).toBe(false)
  expect(timeline.items.length).toBeGreaterThan(executions.length)
  expect(join(relay).complaints).toEqual([])
})
