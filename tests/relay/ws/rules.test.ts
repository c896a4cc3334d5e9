// Rules of the wire that can be seen only on a real socket: order, what comes first, joining, streams, closes, patience.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CLOSE, errorData, ERRORS, LIMITS, Refused } from '#protocol'
import * as z from 'zod/mini'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { Connection, type Take } from '../../../relay/ws/connection.ts'
import { createFlights } from '../../../relay/ws/flights.ts'
import type { Socket } from '../../../relay/ws/member-socket.ts'
import { tick } from '../../../relay/ws/patience.ts'
import { connectProtocol, orderProblem, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { manualClock } from '../../support/manual-clock.ts'

const api = createScriptedMessagesApi()
let relay: StartedRelay
const tokens = {} as Record<'minji' | 'jun', string>
let minji: ProtocolClient
let jun: ProtocolClient

beforeAll(async () => {
  relay = await startRelay({ apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off', MESSAGES_PER_SECOND: '5', PROMPTS_PER_SECOND: '1000' } })
  for (const name of ['minji', 'jun'] as const) tokens[name] = await relay.token(name)
  minji = await connectProtocol({ url: relay.url, token: tokens.minji, name: 'minji' })
  jun = await connectProtocol({ url: relay.url, token: tokens.jun, name: 'jun' })
})
afterAll(async () => {
  minji.close()
  jun.close()
  await relay.stop()
  await api.stop()
})

const begin = async (more: object = {}) => (await minji.ask('create_session', more)).session_id as string
const note = (session_id: string, content: string) => ({ type: 'command', id: crypto.randomUUID(), data: { session_id, command: 'note', args: { content } } })

test('F7: frames and arrays of one connection take effect in the order in which they came', async () => {
  const session_id = await begin()
  const channel = `session:${session_id}`
  await minji.subscribe(channel)
  const words = Array.from({ length: 60 }, (_, index) => `word ${index}`)
  for (const word of words.slice(0, 20)) minji.raw(JSON.stringify(note(session_id, word)))
  minji.raw(JSON.stringify(words.slice(20, 50).map((word) => note(session_id, word))))
  for (const word of words.slice(50)) minji.raw(JSON.stringify(note(session_id, word)))
  await minji.until((frame) => frame.channel === channel && frame.data.content === 'word 59', 'the last one')
  expect(minji.events(channel).filter((frame) => frame.type === 'message').map((frame) => frame.data.content)).toEqual(words)
  expect(orderProblem(minji.events(channel))).toBeNull()
})

test('F8: parse, then limit, then authorise; one line of the log each, with who, what, how long and how it went', async () => {
  const hidden = await begin({ visibility: 'private' })
  const lines = () => relay.logged.filter((line) => line['event'] === 'message' && line['type'] === 'invite_user')
  const invite = (data: object) => jun.request('invite_user', data)
  const wanted = { session_id: hidden, target_user_id: 'u-somebody' }
  const outcomes: string[] = []
  // Ten at once are allowed: whoever may not is told so, until the limit is asked before the right.
  for (let index = 0; index < 30; index++) {
    const answer = await invite(wanted)
    outcomes.push(answer.ok ? 'ok' : answer.error.code)
  }
  expect([...new Set(outcomes)]).toEqual(['NOT_FOUND', 'RATE_LIMITED'])
  // And what does not fit is neither charged nor limited.
  expect(await invite({ session_id: '' })).toMatchObject({ ok: false, error: { code: 'VALIDATION' } })
  expect(lines().length).toBe(30)
  for (const line of lines()) expect(line).toMatchObject({ user_id: jun.frames[0]!.data.user.id, ms: expect.any(Number), outcome: expect.stringMatching(/^(NOT_FOUND|RATE_LIMITED)$/), trace_id: expect.any(String) })
})

test('F9: an error is of one shape, its code of the table, and its trace is in the log', async () => {
  const answer = await minji.request('command', { session_id: 'nothing', command: 'hold' })
  if (answer.ok) throw new Error('it was done')
  expect(z.safeParse(errorData, answer.error).success).toBe(true)
  expect(Object.hasOwn(ERRORS, answer.error.code)).toBe(true)
  expect(relay.logged.filter((line) => line['trace_id'] === answer.error.trace_id)).toMatchObject([{ outcome: 'NOT_FOUND', type: 'command' }])
})

test('H11: joining answers like subscribing, with the role; then the state, then what follows; leaving keeps the membership', async () => {
  const session_id = await begin({ title: 'Harbour' })
  const channel = `session:${session_id}`
  await minji.subscribe(channel)
  await minji.ask('command', { session_id, command: 'note', args: { content: 'before' } })
  const other = await connectProtocol({ url: relay.url, token: await relay.token('ada'), name: 'ada' })
  const joined = await other.ask('join_collaboration', { session_id })
  expect(joined).toMatchObject({ channel, role: 'collaborator', recovered: true, epoch: other.frames[0]!.data.epoch })
  await minji.ask('command', { session_id, command: 'note', args: { content: 'after' } })
  await other.until((frame) => frame.type === 'message' && frame.data.content === 'after', 'what follows')
  const kinds = other.frames.slice(1).map((frame) => frame.type)
  expect(kinds.slice(0, 2)).toEqual(['success', 'session_state'])
  const state = other.frames.find((frame) => frame.type === 'session_state')!.data
  expect([state.messages.map((each: { content: string }) => each.content), state.participants.map((each: { username: string }) => each.username).sort()]).toEqual([['before'], ['ada', 'minji']])
  // No hole between the state and what follows it.
  expect(other.events(channel)[0]!.seq).toBe(joined.seq + 1)

  expect(await other.ask('leave_collaboration', { session_id })).toEqual({ session_id })
  const heard = other.frames.length
  await minji.ask('command', { session_id, command: 'note', args: { content: 'to those who are here' } })
  await minji.until((frame) => frame.type === 'message' && frame.data.content === 'to those who are here', 'the note')
  await other.request('ping')
  expect(other.frames.slice(heard).filter((frame) => frame.channel === channel)).toEqual([])
  const roster = await fetch(`${relay.url}/api/v1/claude/sessions/${session_id}/participants`, { headers: { authorization: `Bearer ${tokens.minji}` } })
  expect(((await roster.json()) as { participants: { username: string }[] }).participants.map((each) => each.username)).toContain('ada')
  other.close()
})

test('H11 F1: the state of a session full of long notes is one frame within the limit, with the newest in it', async () => {
  const session_id = await begin()
  for (let n = 0; n < 40; n++) await minji.ask('command', { session_id, command: 'note', args: { content: `${n} ${'長'.repeat(30_000)}` } })
  const other = await connectProtocol({ url: relay.url, token: await relay.token('ada'), name: 'ada' })
  await other.ask('join_collaboration', { session_id })
  const state = await other.until((frame) => frame.type === 'session_state', 'the state')
  expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(1024 * 1024)
  expect(state.data.messages.at(-1).content).toStartWith('39 ')
  other.close()
})

test('B3: `stream: false` switches deltas off for this connection alone, until it prompts without it', async () => {
  const session_id = await begin()
  const channel = `session:${session_id}`
  const quiet = await connectProtocol({ url: relay.url, token: tokens.minji, name: 'quiet' })
  for (const client of [minji, quiet]) await client.subscribe(channel)
  const deltas = (client: ProtocolClient, text: string) => client.frames.filter((frame) => frame.channel === channel && frame.type === 'claude_response' && frame.data.stream && text.includes(frame.data.content))
  for (const [index, stream] of [false, true].entries()) {
    const gate = createGate()
    const text = `The tide is at ${index} metres, and rising.`
    api.when(`tide ${index}`).say(text, { chunkChars: 5, everyMs: 2 }).hold(gate).say(' ')
    await quiet.ask('claude_message', { session_id, content: `tide ${index}`, ...(stream ? {} : { stream }) })
    await gate.reached
    gate.open()
    await Promise.all([minji, quiet].map((client) => client.until((frame) => frame.channel === channel && frame.type === 'claude_response' && frame.data.completed && frame.data.content.startsWith(text), 'the whole')))
    expect(deltas(minji, text).length).toBeGreaterThan(0)
    expect(deltas(quiet, text).length > 0).toBe(stream)
  }
  quiet.close()
}, 30_000)

test('R1: a prompt without a session is answered, then told as a new session, then goes on as any other', async () => {
  api.when('out of nothing').say('Here I am.')
  const script = await connectProtocol({ url: relay.url, token: tokens.jun, simple: true, name: 'script' })
  const answer = await script.ask('claude_message', { content: 'out of nothing' })
  expect(Object.keys(answer).sort()).toEqual(['execution_id', 'message_id', 'queue_position', 'session_id'])
  expect(answer.queue_position).toBe(0)
  const channel = `session:${answer.session_id}`
  await script.until((frame) => frame.channel === channel && frame.type === 'claude_response' && frame.data.completed, 'the answer of the model')
  const at = (test: (frame: (typeof script.frames)[number]) => boolean) => script.frames.findIndex(test)
  const order = [at((frame) => frame.type === 'success'), at((frame) => frame.type === 'session_created' && frame.data.session_id === answer.session_id), at((frame) => frame.channel === channel && frame.type === 'message'), at((frame) => frame.type === 'claude_response')]
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(order[0]).toBeGreaterThan(0)
  expect(script.frames[order[1]!]!.channel).toBe(`user:${jun.frames[0]!.data.user.id}`)
  expect(orderProblem(script.events(channel))).toBeNull()
  expect(script.events(channel)[0]!.seq).toBe(1)
  script.close()
}, 30_000)

test('C5: a relay that goes down closes with 4503 and says in milliseconds when to come back', async () => {
  const short = await startRelay()
  const token = await short.token('minji')
  const clients = await Promise.all(Array.from({ length: 3 }, () => connectProtocol({ url: short.url, token })))
  const [closes] = await Promise.all([Promise.all(clients.map((client) => client.closed)), short.stop()])
  for (const { code, reason } of closes) {
    expect(code).toBe(CLOSE.draining)
    expect(reason).toMatch(/^\d{4}$/)
  }
  expect(new Set(closes.map(({ reason }) => reason)).size).toBe(3)
})

test('C5: the twenty-first socket of one user is closed with 4429, the others stay', async () => {
  const small = await startRelay({ settings: { MAX_CONNECTIONS_PER_USER: '2' } })
  const token = await small.token('minji')
  const first = await connectProtocol({ url: small.url, token })
  const second = await connectProtocol({ url: small.url, token })
  const third = new WebSocket(`${small.url.replace('http', 'ws')}/ws`, ['ensemble.v1', `bearer.${token}`])
  expect(await new Promise<number>((resolve) => (third.onclose = ({ code }) => resolve(code)))).toBe(CLOSE.tooMany)
  for (const client of [first, second]) expect((await client.request('ping')).ok).toBe(true)
  await small.stop()
})

/** A connection on a socket that only writes down, and the time that passes for it. */
function patient(who: 'signed' | 'unsigned', hears: boolean, take: Take = async () => undefined) {
  const clock = manualClock()
  const told: (number | 'ping')[] = []
  const socket: Socket = { send: (text) => text.length, close: (code) => void told.push(code ?? 0), subscribe() {}, unsubscribe() {}, getBufferedAmount: () => 0, ping: () => void told.push('ping') }
  const log = createLog(() => undefined, clock)
  const connection = new Connection('c', 'v1', { address: '', agent: null, hop: null }, { clock, log, newTraceId: () => 't', affords: () => true, flights: createFlights(1), take })
  connection.opened(socket)
  if (who === 'signed') connection.who = { userId: 'u', name: 'u', role: 'user', sid: 's', kind: 'access', scopes: null, expiresAt: clock.now() + 900_000, address: null, agent: null }
  clock.every(() => connection.isOpen() && tick(connection, clock.now(), hears), 1_000)
  return { clock, told, connection }
}

test('C6: the relay pings every 30 s, closes after 75 s of silence, and after 5 minutes without a subscription', () => {
  const silent = patient('signed', true)
  silent.clock.advance(74_000)
  expect(silent.told).toEqual(['ping', 'ping'])
  silent.clock.advance(3_000)
  expect(silent.told).toEqual(['ping', 'ping', CLOSE.silent])

  const idle = patient('signed', false)
  for (let passed = 0; passed < LIMITS.idleWithoutSubscriptionMs; passed += 20_000) {
    expect(idle.told.filter((each) => each !== 'ping')).toEqual([])
    idle.connection.receive('{"type":"ping"}')
    idle.clock.advance(20_000)
  }
  idle.clock.advance(2_000)
  expect(idle.told.at(-1)).toBe(CLOSE.silent)

  const busy = patient('signed', true)
  for (let passed = 0; passed < 860_000; passed += 20_000) {
    busy.connection.receive('{"type":"ping"}')
    busy.clock.advance(20_000)
  }
  expect(busy.told.filter((each) => each !== 'ping')).toEqual([])
  // And a token ends when it ends (C3).
  busy.connection.receive('{"type":"ping"}')
  busy.clock.advance(42_000)
  expect(busy.told.at(-1)).toBe(CLOSE.unauthorized)
})

test('C1: whoever has not said who they are within ten seconds is closed with 4401', () => {
  const { clock, told } = patient('unsigned', false)
  clock.advance(10_000)
  expect(told).toEqual([])
  clock.advance(1_000)
  expect(told).toEqual([CLOSE.unauthorized])
})

test('L3: many messages that are refused at once are not one step of the event loop: the others have their turns between them', async () => {
  let taken = 0
  const all = Promise.withResolvers<void>()
  const { connection, clock } = patient('signed', true, async () => {
    taken += 1
    if (taken === 300) all.resolve()
    throw new Refused('RATE_LIMITED', 'too many', { retryAfterMs: 1 })
  })
  const frame = JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ type: 'typing', id: `${index}`, data: { session_id: 's' } })))
  for (let index = 0; index < 3; index++) connection.receive(frame)
  const seen: number[] = []
  while (taken < 300) {
    seen.push(taken)
    clock.advance(0)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  await all.promise
  expect(seen.length).toBeGreaterThan(5)
})
