// The WebSocket door against a real relay: handshake, frames, order, bad input, and that nobody else notices.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SUBPROTOCOL } from '#protocol'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let minji: string
let sessionId: string
let calm: ProtocolClient

beforeAll(async () => {
  relay = await startRelay({ settings: { MESSAGES_PER_SECOND: '1000', MAX_CONNECTIONS_PER_USER: '500' } })
  minji = await relay.token('minji')
  calm = await connectProtocol({ url: relay.url, token: minji, name: 'calm' })
  sessionId = (await calm.ask('create_session', { title: 'Harbour' })).session_id
  await calm.subscribe(`session:${sessionId}`)
})
afterAll(() => relay.stop())

const open = (token = minji) => connectProtocol({ url: relay.url, token })

/** What the handshake comes to for somebody who speaks plain HTTP. */
async function handshake(headers: Record<string, string>, path = '/ws'): Promise<number> {
  const response = await fetch(`${relay.url}${path}`, {
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers },
  })
  return response.status
}

/** Code of the close, or what was said before. */
function socketWith(protocols: string[] | undefined, first?: string, path = '/ws'): Promise<{ frames: any[]; code: number | null }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}${path}`, protocols)
    const frames: any[] = []
    socket.onopen = () => first !== undefined && socket.send(first)
    socket.onmessage = ({ data }) => {
      frames.push(JSON.parse(String(data)))
      socket.close()
      resolve({ frames, code: null })
    }
    socket.onclose = ({ code }) => resolve({ frames, code })
  })
}

describe('C1 C2: the handshake', () => {
  test('a token as subprotocol, as query, or as first message', async () => {
    for (const simple of [false, true]) {
      const client = await connectProtocol({ url: relay.url, token: minji, simple })
      expect(client.frames[0]).toMatchObject({ type: 'connected', data: { user: { name: 'minji', role: 'user' }, protocol: 1 } })
      client.close()
    }
    const late = await socketWith([SUBPROTOCOL], JSON.stringify({ type: 'auth', data: { token: minji } }))
    expect(late.frames[0]).toMatchObject({ type: 'connected' })
  })

  test.each(['garbage', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', `${'a'.repeat(9000)}`])('a wrong token is 401 (%#)', async (token) => {
    expect(await handshake({ 'sec-websocket-protocol': `${SUBPROTOCOL}, bearer.${token}` })).toBe(401)
  })

  test('a mutated token is 401, in the query as well, and never in the log', async () => {
    const mutated = `${minji.slice(0, -2)}${minji.at(-2) === 'A' ? 'B' : 'A'}${minji.at(-1)}`
    expect(await handshake({}, `/ws?token=${mutated}`)).toBe(401)
    expect(JSON.stringify(relay.logged)).not.toContain(mutated)
  })

  test('C4: a foreign Host is 421, a foreign Origin 403', async () => {
    expect(await handshake({ host: 'evil.example' })).toBe(421)
    expect(await handshake({ origin: 'https://evil.example', 'sec-websocket-protocol': `${SUBPROTOCOL}, bearer.${minji}` })).toBe(403)
  })

  test('before auth everything but auth is UNAUTHORIZED', async () => {
    const { frames } = await socketWith([SUBPROTOCOL], JSON.stringify({ type: 'create_session', id: 'a', data: {} }))
    expect(frames[0]).toMatchObject({ type: 'error', id: 'a', data: { code: 'UNAUTHORIZED' } })
  })

  test('C2: auth on a live connection renews only for the same user', async () => {
    const client = await open()
    expect((await client.request('auth', { token: minji })).ok).toBe(true)
    const other = await client.request('auth', { token: await relay.token('jun') })
    expect(other).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    client.close()
  })

  test('a plain GET is refused and says why', async () => {
    const response = await fetch(`${relay.url}/ws`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'VALIDATION' })
  })
})

describe('F2 F3: bad frames are refused, the connection stays, others do not notice', () => {
  const bad = ['', 'null', '[]', '123', '"x"', '\uFEFF{}', '['.repeat(100_000), '{"type":"__proto__"}', '{"type":7}', '[[{"type":"ping"}]]', '{"type":"ping","id":{}}']
  test.each(bad)('%#', async (text) => {
    const client = await open()
    client.raw(text)
    await client.until((frame) => frame.type === 'error', 'the refusal')
    expect((await client.request('ping')).ok).toBe(true)
    expect((await calm.request('ping')).ok).toBe(true)
    client.close()
  })

  test('F5: binary garbage counts as bad frames; twenty of them close with 4400', async () => {
    const client = await open()
    for (let index = 0; index < 20; index++) client.raw(new Uint8Array([1, 2, 3, index]))
    expect((await client.closed).code).toBe(4400)
    expect((await calm.request('ping')).ok).toBe(true)
  })

  test('F1: a frame over 1 MiB closes that connection alone', async () => {
    const client = await open()
    client.raw(JSON.stringify({ type: 'ping', data: { filler: 'x'.repeat(1_100_000) } }))
    expect([1009, 1006]).toContain((await client.closed).code)
    expect((await calm.request('ping')).ok).toBe(true)
  })

  test('F3: an array is answered message by message, in order', async () => {
    const client = await open()
    client.raw(JSON.stringify([{ type: 'ping', id: 'one' }, { type: 'nope', id: 'two' }, { type: 'subscribe', id: 'three', channel: 'broadcast', data: {} }]))
    await client.until((frame) => frame.id === 'three', 'the last answer')
    expect(client.frames.filter((frame) => frame.id).map((frame) => [frame.id, frame.type])).toEqual([['one', 'pong'], ['two', 'error'], ['three', 'success']])
    client.close()
  })
})

describe('H4 H5 H6: positions', () => {
  test.each([[-1], [1.5], [1e308], ['5']])('the seq %p is VALIDATION', async (seq) => {
    expect(await calm.request('subscribe', { position: { epoch: 'e', seq } }, { channel: 'broadcast' })).toMatchObject({ ok: false, error: { code: 'VALIDATION' } })
  })

  test('a position ahead of the log or of another epoch is not recovered, and nothing follows', async () => {
    const client = await open()
    const { epoch } = client.frames[0]!.data
    for (const position of [{ epoch, seq: 1_000_000 }, { epoch: 'other', seq: 0 }]) {
      expect(await client.subscribe(`session:${sessionId}`, { position })).toMatchObject({ recovered: false, from: null })
    }
    await calm.ask('command', { session_id: sessionId, command: 'note', args: { content: 'for others' } })
    await calm.until((frame) => frame.type === 'message' && frame.data.content === 'for others')
    expect(client.events(`session:${sessionId}`)).toEqual([])
    client.close()
  })

  test("somebody else's private channel is answered like one that does not exist", async () => {
    const { session_id } = await calm.ask('create_session', { visibility: 'private' })
    const jun = await open(await relay.token('jun'))
    const strip = (answer: Awaited<ReturnType<typeof jun.request>>) => (answer.ok ? answer : { ...answer.error, trace_id: '' })
    const [hidden, missing] = [await jun.request('subscribe', {}, { channel: `session:${session_id}` }), await jun.request('subscribe', {}, { channel: 'session:nothing' })]
    expect(strip(hidden)).toEqual(strip(missing))
    expect(hidden).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect(await jun.request('subscribe', {}, { channel: `user:${calm.frames[0]!.data.user.id}` })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect((await jun.request('subscribe', {}, { channel: 'system' })).ok).toBe(false)
    jun.close()
  })
})

describe('I1 I2: once means once', () => {
  test('the same id fifty times at once is one effect and fifty equal answers', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => open()))
    const answers = await Promise.all(clients.flatMap((client) => Array.from({ length: 10 }, () => client.request('create_session', { title: 'Once' }, { id: 'the-one' }))))
    const ids = new Set(answers.map((answer) => (answer.ok ? answer.data.session_id : answer.error.code)))
    expect(ids.size).toBe(1)
    for (const client of clients) client.close()
  })

  test('the same id with another body is refused', async () => {
    await calm.ask('create_session', { title: 'A' }, { id: 'reused' })
    expect(await calm.request('create_session', { title: 'B' }, { id: 'reused' })).toMatchObject({ ok: false, error: { code: 'ID_REUSED' } })
  })

  test('I3: a final refusal is remembered, one to be tried again is not', async () => {
    const body = { session_id: 'nothing', command: 'hold' }
    const first = await calm.request('command', body, { id: 'refused-once' })
    expect(await calm.request('command', body, { id: 'refused-once' })).toMatchObject({ ok: false, error: { code: first.ok ? '' : first.error.code } })

    const other = await startRelay({ settings: { PROMPTS_PER_SECOND: '1' } })
    const client = await connectProtocol({ url: other.url, token: await other.token('priya') })
    const { session_id } = await client.ask('create_session', {})
    const note = (id: string) => client.request('command', { session_id, command: 'note', args: { content: id } }, { id })
    let last = 0
    while ((await note(`note-${last}`)).ok) last += 1
    // The same id and body, until it is let through: had the refusal been kept, it never would be.
    let again = await note(`note-${last}`)
    while (!again.ok) {
      expect(again.error).toMatchObject({ code: 'RATE_LIMITED', retry_after_ms: expect.any(Number) })
      again = await note(`note-${last}`)
    }
    expect(again.data).toHaveProperty('message_id')
    client.close()
    await other.stop()
  })
})

describe('F4: simple connections', () => {
  test('hear what they create before its first event, without subscribing, one message a frame', async () => {
    const client = await connectProtocol({ url: relay.url, token: minji, simple: true, name: 'simple' })
    const { session_id } = await client.ask('create_session', { title: 'From a script' })
    const first = await client.until((frame) => frame.channel === `session:${session_id}` && frame.seq !== undefined, 'its first event')
    expect(first.seq).toBe(1)
    const answer = client.frames.findIndex((frame) => frame.type === 'success')
    expect(answer).toBeLessThan(client.frames.indexOf(first))
    client.close()
  })

  test('hear what they fork as well, prompt and upload into, and nothing of what others do elsewhere', async () => {
    const client = await connectProtocol({ url: relay.url, token: minji, simple: true, name: 'forker' })
    const fork = await client.ask('command', { session_id: sessionId, command: 'fork', args: {} })
    expect(fork.session_id).not.toBe(sessionId)
    await calm.ask('command', { session_id: fork.session_id, command: 'note', args: { content: 'in the fork' } })
    await client.until((frame) => frame.channel === `session:${fork.session_id}` && frame.data.content === 'in the fork', 'what is said in the fork')
    await calm.ask('command', { session_id: sessionId, command: 'note', args: { content: 'in the original' } })
    await client.request('ping')
    expect(client.frames.filter((frame) => frame.channel === `session:${sessionId}`)).toEqual([])
    await client.ask('file_upload', { session_id: sessionId, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' })
    await client.until((frame) => frame.channel === `session:${sessionId}` && frame.type === 'file_uploaded', 'what it has uploaded')
    client.close()
  })
})

test('C3: a revoked user is out within a second', async () => {
  const token = await relay.token('sofia')
  const client = await open(token)
  const began = performance.now()
  await relay.relay.auth.accounts.remove('sofia')
  expect((await client.closed).code).toBe(4401)
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(await handshake({ 'sec-websocket-protocol': `${SUBPROTOCOL}, bearer.${token}` })).toBe(401)
})

test('L1, F6: prompts over the limit say when to come back; carets over it are dropped without a word, but answered if they have an id', async () => {
  const other = await startRelay({ settings: { PROMPTS_PER_SECOND: '2', SIGNS_PER_SECOND: '2' } })
  const client = await connectProtocol({ url: other.url, token: await other.token('priya') })
  const { session_id } = await client.ask('create_session', {})
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => client.request('command', { session_id, command: 'note', args: { content: `${index}` } })))
  const refused = answers.filter((answer) => !answer.ok)
  expect(refused.length).toBeGreaterThan(0)
  for (const answer of refused) expect(answer).toMatchObject({ error: { code: 'RATE_LIMITED', retry_after_ms: expect.any(Number) } })
  for (let index = 0; index < 20; index++) client.raw(JSON.stringify({ type: 'typing', data: { session_id } }))
  const signs = await Promise.all(['typing', 'cursor_update'].flatMap((type) => [1, 2].map(() => client.request(type, { session_id, position: { line: 1, column: 1 } }))))
  expect(signs.map(({ ok }) => ok)).toEqual([true, true, true, true])
  expect(client.frames.filter((frame) => frame.type === 'error' && !frame.id)).toEqual([])
  await other.stop()
}, 30_000)

test('I2: repeats of what was answered, or is being answered, cost nothing', async () => {
  const other = await startRelay({ settings: { PROMPTS_PER_SECOND: '1' } })
  const client = await connectProtocol({ url: other.url, token: await other.token('priya') })
  const { session_id } = await client.ask('create_session', {})
  const note = (id: string) => client.request('command', { session_id, command: 'note', args: { content: id } }, { id })
  const repeats = await Promise.all(Array.from({ length: 20 }, () => note('same')))
  repeats.push(...(await Promise.all(Array.from({ length: 20 }, () => note('same')))))
  expect(new Set(repeats.map((answer) => (answer.ok ? answer.data.message_id : answer.error.code))).size).toBe(1)
  expect((await note('next')).ok).toBe(true)
  client.close()
  await other.stop()
})

describe('what an attacker tried', () => {
  test('a removed user who repeats an old command hears its answer and nothing of the session', async () => {
    const token = await relay.token('mallory')
    const mallory = await connectProtocol({ url: relay.url, token })
    const { session_id } = await calm.ask('create_session', { visibility: 'private' })
    const target_user_id = mallory.frames[0]!.data.user.id
    await calm.ask('invite_user', { session_id, target_user_id, role: 'collaborator' })
    const body = { session_id, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' }
    await mallory.ask('file_upload', body, { id: 'mine' })
    await calm.ask('remove_user', { session_id, target_user_id })
    const spy = await connectProtocol({ url: relay.url, token, simple: true })
    expect((await spy.request('file_upload', body, { id: 'mine' })).ok).toBe(true)
    await calm.subscribe(`session:${session_id}`)
    await calm.ask('command', { session_id, command: 'note', args: { content: 'among us' } })
    await calm.until((frame) => frame.type === 'message' && frame.data.content === 'among us')
    await spy.request('ping')
    expect(spy.frames.filter((frame) => frame.channel === `session:${session_id}`)).toEqual([])
    mallory.close()
    spy.close()
  })

  test('sockets that do not sign in cannot take the places of those who do', async () => {
    const small = await startRelay({ settings: { MAX_CONNECTIONS: '30' } })
    const token = await small.token('minji')
    const silent = Array.from({ length: 60 }, () => new WebSocket(`${small.url.replace('http', 'ws')}/ws`, [SUBPROTOCOL]))
    const outcomes = await Promise.all(silent.map((socket) => new Promise<'open' | 'refused'>((resolve) => {
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })))
    // Twenty places, of which one address leaves as many as it holds.
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(10)
    const honest = await connectProtocol({ url: small.url, token })
    expect((await honest.request('ping')).ok).toBe(true)
    for (const socket of silent) socket.close()
    honest.close()
    await small.stop()
  })
})
