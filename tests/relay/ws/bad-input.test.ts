// Whatever comes over a socket: an answer within two seconds or a close, no word of the relay's insides, no changed row; two others never notice.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLOSE, LIMITS } from '#protocol'
import { startBystanders, type Bystanders } from '../../support/bystander.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

/** Longer than this is a hang. */
const patienceMs = 2_000

let relay: StartedRelay
let token: string
let others: Bystanders
let sessionId: string
let foreignId: string
let rows: string[]

/** Ids are unique per user, over all of their sockets. */
const open = () => connectProtocol({ url: relay.url, token, name: `attacker-${crypto.randomUUID()}` })

beforeAll(async () => {
  relay = await startRelay({ settings: { MESSAGES_PER_SECOND: '10000', PROMPTS_PER_SECOND: '100000', MAX_CONNECTIONS_PER_USER: '100' } })
  token = await relay.token('attacker')
  const client = await open()
  sessionId = (await client.ask('create_session', { title: 'Of the attacker' })).session_id
  client.close()
  const victim = await connectProtocol({ url: relay.url, token: await relay.token('victim') })
  foreignId = (await victim.ask('create_session', { title: 'Of somebody else', visibility: 'private' })).session_id
  victim.close()
  others = await startBystanders(relay)
  rows = others.rows()
})
afterAll(async () => {
  const { worstMs, told } = await others.stop()
  await relay.stop()
  expect(told).toBeGreaterThan(20)
  expect(worstMs).toBeLessThan(patienceMs)
})

/** What a frame is answered with, or the code of the close. The relay still answers afterwards, and says nothing of itself. */
async function send(frame: string | Uint8Array<ArrayBuffer>, to?: ProtocolClient): Promise<string> {
  const client = to ?? (await open())
  const before = client.frames.length
  client.raw(frame)
  const answered = client.until((each) => client.frames.indexOf(each) >= before && ['error', 'success', 'pong'].includes(each.type), 'an answer', patienceMs)
  const outcome = await Promise.race([answered.then(({ type, data }) => (type === 'error' ? (data.code as string) : type)), client.closed.then(({ code }) => `closed ${code}`)])
  expect(JSON.stringify(client.frames)).not.toMatch(/\bat .+:\d+:\d+|node_modules|relay\/|\/tmp\//)
  if (!to) client.close()
  return outcome
}

/** `make(n)` as large as a frame may be. */
function filled(make: (count: number) => string): string {
  let count = 1
  for (let step = 1 << 20; step >= 1; step >>= 1) if (make(count + step).length < LIMITS.frameBytes) count += step
  return make(count)
}
const wide = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index.toString(36)}":0`).join(',')}}`
const deep = (levels: number) => `${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}`
const answering = (input: string) => `{"type":"permission_response","id":"${crypto.randomUUID()}","data":{"session_id":"${sessionId}","request_id":"r","behavior":"allow","updated_input":${input}}}`
const hundred = (message: string) => `[${Array.from({ length: 100 }, () => message).join(',')}]`
const about = (data: object, type = 'command', id: unknown = crypto.randomUUID()) => JSON.stringify({ type, id, data })

describe('F2: what is no message', () => {
  const bad: [string, string | Uint8Array<ArrayBuffer>, string][] = [
    ['nothing', '', 'BAD_FRAME'],
    ['null', 'null', 'BAD_FRAME'],
    ['an empty list', '[]', 'BAD_FRAME'],
    ['a number', '123', 'BAD_FRAME'],
    ['a text', '"ping"', 'BAD_FRAME'],
    ['a byte order mark', '\uFEFF{"type":"ping"}', 'BAD_FRAME'],
    ['100,000 brackets', '['.repeat(100_000), 'BAD_FRAME'],
    ['100,000 closed brackets', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'BAD_FRAME'],
    ['a trailing comma', '{"type":"ping",}', 'BAD_FRAME'],
    ['NaN', '{"type":"ping","timestamp":NaN}', 'BAD_FRAME'],
    ['no type', '{"id":"x"}', 'BAD_FRAME'],
    ['a type that is none', '{"type":{"a":1}}', 'BAD_FRAME'],
    ['101 messages', `[${Array(101).fill('{"type":"ping"}').join(',')}]`, 'BAD_FRAME'],
    ['__proto__ as type', '{"type":"__proto__","id":"x"}', 'VALIDATION'],
    ['__proto__ as data', '{"type":"create_session","id":"x","data":{"__proto__":{"title":"x"},"title":7}}', 'VALIDATION'],
    ['__proto__ as channel', '{"type":"subscribe","id":"x","channel":"__proto__","data":{}}', 'VALIDATION'],
    ['a list as channel', '{"type":"subscribe","id":"x","channel":["broadcast"],"data":{}}', 'VALIDATION'],
    ['an object as id', '{"type":"ping","id":{}}', 'VALIDATION'],
    ['an id of 129 characters', about({}, 'ping', 'x'.repeat(129)), 'VALIDATION'],
    ['a list as data', '{"type":"create_session","id":"x","data":[]}', 'VALIDATION'],
    ['the id of a path', about({ session_id: '../../etc/passwd', command: 'hold' }), 'VALIDATION'],
    ['NUL in an id', about({ session_id: 'a\u0000b', command: 'hold' }), 'VALIDATION'],
    ['SQL as an id', about({ session_id: "x' OR 1=1;--", command: 'hold' }), 'VALIDATION'],
    ['an unknown command', about({ session_id: 's', command: 'constructor' }), 'VALIDATION'],
    ['a title of a megabyte', about({ session_id: 's', command: 'rename', args: { title: 'x'.repeat(1_000_000) } }), 'VALIDATION'],
    ['a negative size', about({ filename: 'a', content_type: '', size: -1, data: '' }, 'file_upload'), 'VALIDATION'],
    ['a fractional size', about({ filename: 'a', content_type: '', size: 1.5, data: '' }, 'file_upload'), 'VALIDATION'],
    ['a huge size', about({ filename: 'a', content_type: '', size: 1e308, data: '' }, 'file_upload'), 'VALIDATION'],
    ['a size that is not kept', about({ filename: 'a', content_type: '', size: 5, data: 'aGk=' }, 'file_upload'), 'VALIDATION'],
    ['binary garbage', new Uint8Array(10_000).map((_, index) => (index * 37) & 255), 'BAD_FRAME'],
    ['UTF-8 cut in the middle, as binary', new Uint8Array([0x22, 0xed, 0x95]), 'BAD_FRAME'],
  ]
  test.each(bad)('%s', async (_, frame, outcome) => expect(await send(frame)).toBe(outcome))

  test('__proto__ as id is an id like any other', async () => {
    expect(await send('{"type":"ping","id":"__proto__"}')).toBe('pong')
    expect(await send(about({ session_id: 'nothing', command: 'hold' }, 'command', '__proto__'))).toBe('NOT_FOUND')
    expect(await send(about({ session_id: 'nothing', command: 'hold' }, 'command', 'constructor'))).toBe('NOT_FOUND')
  })

  test('what is of somebody else is answered like what does not exist', async () => {
    for (const data of [{ command: 'hold' }, { command: 'rename', args: { title: 'x' } }, { command: 'fork', args: {} }, { command: 'interrupt', args: { execution_id: 'x' } }]) {
      expect(await send(about({ session_id: foreignId, ...data }, 'command', crypto.randomUUID()))).toBe('NOT_FOUND')
      expect(await send(about({ session_id: 's-nothing', ...data }, 'command', crypto.randomUUID()))).toBe('NOT_FOUND')
    }
    for (const channel of [`session:${foreignId}`, 'session:nothing', `task:${foreignId}`, 'user:nobody', 'workspace:nothing']) {
      expect(await send(JSON.stringify({ type: 'subscribe', id: 'x', channel, data: {} }))).toBe('NOT_FOUND')
    }
  })

  test('twenty of them close the socket', async () => {
    const client = await open()
    for (let index = 0; index < LIMITS.badFramesPer10s; index++) client.raw('[]')
    expect((await client.closed).code).toBe(CLOSE.badFrames)
  })
})

describe('F11: more than anybody means', () => {
  const large: [string, () => string, string][] = [
    ['an object as wide as fits', () => filled((count) => answering(wide(count))), 'BAD_FRAME'],
    ['a list of empty objects', () => filled((count) => answering(`{"a":[${'{},'.repeat(count)}0]}`)), 'BAD_FRAME'],
    ['a list of empty lists', () => filled((count) => answering(`{"a":[${'[],'.repeat(count)}0]}`)), 'BAD_FRAME'],
    ['a list of numbers', () => filled((count) => answering(`{"a":[${'0,'.repeat(count)}0]}`)), 'BAD_FRAME'],
    ['brackets in brackets', () => filled((count) => answering(`{"a":${'['.repeat(count)}${']'.repeat(count)}}`)), 'BAD_FRAME'],
    ['objects of 60 levels', () => filled((count) => answering(`{"a":[${`${deep(60)},`.repeat(count)}0]}`)), 'BAD_FRAME'],
    ['fields that nobody reads', () => filled((count) => `{"type":"ping","id":"x","more":${wide(count)}}`), 'BAD_FRAME'],
    ['a hundred messages with wide objects', () => hundred(answering(wide(900))), 'BAD_FRAME'],
    ['a hundred messages with deep objects', () => hundred(answering(deep(1_500))), 'BAD_FRAME'],
    ['an object of 65 levels', () => answering(deep(65)), 'VALIDATION'],
    ['an object as wide as is allowed', () => answering(wide(LIMITS.valuesPerFrame - 100)), 'NOT_FOUND'],
    ['quotes and backslashes of a megabyte', () => about({ session_id: 's', command: 'note', args: { content: '\\"'.repeat(250_000) } }), 'VALIDATION'],
    ['a prompt of nothing but commas and brackets', () => about({ session_id: 'nothing', content: ',[{'.repeat(80_000) }, 'claude_message'), 'NOT_FOUND'],
  ]
  test.each(large)('%s', async (_, make, outcome) => expect(await send(make())).toBe(outcome))

  test('again and again, as much as one user may send: the others hear each other meanwhile', async () => {
    const frame = filled((count) => answering(`{"a":[${'{"b":0},'.repeat(2_000)}0],"c":"${'x'.repeat(count)}"}`))
    const clients = await Promise.all(Array.from({ length: 3 }, open))
    const own = await startBystanders(relay)
    for (let round = 0; round < 12; round++) for (const client of clients) client.raw(frame)
    const outcomes = await Promise.all(clients.map((client) => Promise.race([client.request('ping').then(({ ok }) => ok), client.closed.then(({ code }) => code)])))
    const { worstMs, told } = await own.stop()
    expect(told).toBeGreaterThan(0)
    expect(worstMs).toBeLessThan(patienceMs)
    for (const outcome of outcomes) expect<unknown[]>([true, CLOSE.tooMany]).toContain(outcome)
    for (const client of clients) client.close()
  })

  test('L3: whoever has not signed in says little', async () => {
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws`, ['ensemble.v1'])
    const closed = new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code)))
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', data: { token: 'x'.repeat(LIMITS.unsignedFrameBytes) } }))
    expect(await closed).toBe(CLOSE.unauthorized)
  })

  test('L3: bytes are limited whatever they say: a flood of large pings ends with 4429', async () => {
    const client = await open()
    const ping = JSON.stringify({ type: 'ping', data: { more: 'x'.repeat(1_000_000) } })
    for (let sent = 0; sent < LIMITS.userBytesPerSecond * 3; sent += ping.length) client.raw(ping)
    expect((await client.closed).code).toBe(CLOSE.tooMany)
  })
})

describe('L2: subscriptions', () => {
  test('ten thousand in a hundred frames: answered or closed, and nobody waits for it', async () => {
    const client = await open()
    for (let frame = 0; frame < 100; frame++) {
      client.raw(JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ type: 'subscribe', id: `s${frame}-${index}`, channel: index % 2 ? `session:${sessionId}` : `session:none-${frame}-${index}`, data: { history: 500 } }))))
    }
    // For asking too much or for not reading all the answers; what it still wanted to send can keep the code from coming through (C5).
    expect([CLOSE.tooMany, CLOSE.slowReader, 1006]).toContain((await client.closed).code)
  })

  test('two hundred at once on one connection, and not one more', async () => {
    const client = await open()
    const ids: string[] = []
    for (let index = 0; index <= LIMITS.subscriptionsPerConnection; index++) ids.push((await client.ask('create_session', { visibility: 'private' })).session_id)
    const outcomes = []
    for (const id of ids) outcomes.push(await client.request('subscribe', {}, { channel: `session:${id}` }))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(LIMITS.subscriptionsPerConnection)
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED' } })
    // Room again as soon as one is left; one that is there already takes none.
    await client.ask('unsubscribe', {}, { channel: `session:${ids[0]}` })
    expect((await client.request('subscribe', {}, { channel: `session:${ids.at(-1)}` })).ok).toBe(true)
    expect((await client.request('subscribe', {}, { channel: `session:${ids.at(-1)}` })).ok).toBe(true)
    client.close()
    rows = others.rows()
  })
})

test('no row has changed, nothing was a bug', () => {
  expect(others.rows()).toEqual(rows)
  expect(relay.logged.filter((line) => line['level'] === 'error')).toEqual([])
})
