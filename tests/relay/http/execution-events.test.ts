// Following one execution: server-sent events and sockets, from any event on, to its end, by those who may.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import { createGate } from '../../../relay/demo/script.ts'
import type { Follower, FollowEnd } from '../../../relay/executions/follow.ts'
import { executionEventRoutes } from '../../../relay/http/execution-events.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol, orderProblem } from '../../support/protocol-client.ts'
import { readEvents } from '../../support/read-events.ts'
import { startExecuteRig } from './execute-rig.ts'

setDefaultTimeout(60_000)

const rig = await startExecuteRig()
const [ada, grace] = [await rig.script('ada'), await rig.script('grace')]
afterAll(() => rig.stop())

const eventsOf = (id: string, query = '') => `${rig.relay.url}/api/v1/claude/executions/${id}/events${query}`
const socketOf = (id: string, query = '') => ({ url: rig.relay.url, path: `/ws/executions/${id}${query}` })

/** Of all that need none of their own. */
const { session_id: shared } = (await ada.call('POST', 'claude/sessions', {})).body

/** Stands in the middle of its answer until the gate is opened. */
async function halfway(words: string, more: object = { session_id: shared }, script = ada) {
  const gate = createGate()
  rig.api.when(words).say('Half of it').hold(gate).say(' and the rest.')
  const { body } = await script.execute({ prompt: words, ...more })
  await gate.reached
  return { gate, id: body.execution_id as string, session_id: body.session_id as string }
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const isFinal = (status: string) => ({ type, message }: { type: string; message: { data: Record<string, any> } }) => type === 'task' && message.data.status === status

test('A3: an API token that is revoked hears nothing more: its stream ends in the middle of the answer', async () => {
  const { accounts, signIn, identify, apiTokens } = { ...rig.relay.relay.auth }
  const user = (await accounts.find('ada'))!
  const browser = await signIn.byCode(await signIn.createCode(user.id, { loopbackOnly: false }), { address: null, agent: null })
  const asked = { who: await identify(browser.accessToken, { address: null, agent: null }), answering: () => ({ committed: () => undefined }) }
  const { id: tokenId, token } = await apiTokens.make(asked, { name: 'follower', scopes: ['read'], expires_in_days: 1 })
  const { gate, id } = await halfway('until it is revoked')
  const reading = await readEvents(eventsOf(id), token)
  await reading.until(({ id: seq, type }) => seq === null && type === 'claude_response')
  await apiTokens.revoke(asked, tokenId)
  await reading.ended
  expect((await readEvents(eventsOf(id), token)).status).toBe(401)
  expect(reading.told.some(({ type, message }) => type === 'task' && message.data['status'] === 'completed')).toBeFalse()
  gate.open()
})

describe('X5: server-sent events', () => {
  test('all from the first on, live deltas between them, and an end after the final task', async () => {
    const { gate, id, session_id } = await halfway('follow me')
    const reading = await readEvents(eventsOf(id), ada.token)
    expect([reading.status, reading.headers.get('content-type'), reading.headers.get('cache-control')]).toEqual([200, 'text/event-stream; charset=utf-8', 'no-store'])
    await reading.until(({ id: seq, type }) => seq === null && type === 'claude_response')
    gate.open()
    expect(await reading.ended).toBe('ended')
    const { body } = await ada.call('GET', `claude/executions/${id}`)
    expect(reading.events().map((each) => each.id)).toEqual(numbers(1, body.seq))
    expect(reading.told.at(-1)).toMatchObject({ id: body.seq, type: 'task', message: { channel: `task:${id}`, seq: body.seq, data: { session_id, status: 'completed' } } })
    expect(reading.events().map(({ type, message }) => type === message.type)).not.toContain(false)
    expect(reading.events().map(({ type }) => type)).toEqual(expect.arrayContaining(['message', 'progress', 'claude_response', 'task']))
    const written = reading.told.filter(({ id: seq, type }) => seq === null && type === 'claude_response').map(({ message }) => message.data.content).join('')
    expect(['Half of it', ' and the rest.'].every((piece) => written.includes(piece))).toBeTrue()
  })

  test('after the last one that the reader has, by header or query; the header is newer; after the end there is nothing', async () => {
    const { body } = await ada.execute({ prompt: 'short' })
    const { seq } = await ada.ended(body.execution_id)
    const ids = async (query: string, headers: Record<string, string> = {}) => {
      const reading = await readEvents(eventsOf(body.execution_id, query), ada.token, headers)
      await reading.ended
      return [reading.status, ...reading.events().map((each) => each.id)]
    }
    expect(await ids('?after=2')).toEqual([200, ...numbers(3, seq)])
    expect(await ids('', { 'last-event-id': String(seq - 1) })).toEqual([200, seq])
    const { epoch } = rig.relay.relay.storage
    expect(await ids('', { 'last-event-id': `${epoch}.${seq - 1}` })).toEqual([200, seq])
    expect(await ids(`?after=${epoch}.${seq}`)).toEqual([204])
    expect(await ids('?after=1', { 'last-event-id': String(seq - 1) })).toEqual([200, seq])
    expect(await ids(`?after=${seq}`)).toEqual([204])
    expect(await ids(`?after=${seq + 1}`)).toEqual([409])
    for (const bad of ['-1', '1.-5', 'x', '1e3', '.5', `${epoch}.`, `${epoch}.x`, `${epoch} 1`, '9'.repeat(30)]) expect([bad, ...(await ids('', { 'last-event-id': bad }))]).toEqual([bad, 400])
    for (const bad of ['?after=-1', '?after=x', `?after=${epoch}.`]) expect([bad, ...(await ids(bad))]).toEqual([bad, 400])
    const head = await fetch(eventsOf(body.execution_id), { method: 'HEAD', headers: { authorization: `Bearer ${ada.token}` } })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  })

  test('one that waits is followed from before its beginning; without deltas when that was asked for', async () => {
    const first = await halfway('ahead of it')
    rig.api.when('behind it').say('No pieces.', { chunkChars: 2 })
    const { body } = await ada.execute({ prompt: 'behind it', session_id: first.session_id, stream: false })
    const reading = await readEvents(eventsOf(body.execution_id), ada.token)
    await reading.until(isFinal('pending'))
    first.gate.open()
    expect(await reading.ended).toBe('ended')
    expect(reading.told.map(({ id }) => id)).toEqual(numbers(1, reading.told.length))
    expect(reading.told.find(({ type }) => type === 'claude_response')?.message.data.content).toBe('No pieces.')
  })

  test('a long one is told from the first event, however far behind its reader is', async () => {
    const { gate, id } = await halfway('a long one')
    const channel = `session:${(await ada.call('GET', `claude/executions/${id}`)).body.session_id as string}`
    const text = 'x'.repeat(900)
    const { relay } = rig.relay
    for (let page = 0; page < 12; page++) {
      await relay.channels.publish({ events: Array.from({ length: 500 }, (_, index) => ({ channel, type: 'log', task: id, data: { session_id: channel.slice(8), level: 'info', source: 'relay', text: `${page * 500 + index} ${text}` } })) })
    }
    const reading = await readEvents(eventsOf(id), ada.token)
    await reading.until(({ message }) => message.data.text?.startsWith('5999 '))
    gate.open()
    expect(await reading.ended).toBe('ended')
    expect(reading.events().map((each) => each.id)).toEqual(numbers(1, reading.events().length))
    expect(reading.events().length).toBeGreaterThan(6_000)
  })
})

describe('X6: who may follow, and for how long', () => {
  test('strangers are told what they are told of one that does not exist; a removed reader is sent away', async () => {
    const { body } = await ada.call('POST', 'claude/sessions', { visibility: 'private' })
    const { gate, id } = await halfway('in private', { session_id: body.session_id })
    const refusal = async (of: string) => {
      const reading = await readEvents(eventsOf(of), grace.token)
      await reading.ended
      const { trace_id: _, timestamp: _at, ...said } = JSON.parse(reading.rest())
      return [reading.status, said]
    }
    expect(await refusal(id)).toEqual(await refusal('nothing'))
    const me = (await grace.call('GET', 'me')).body.user.id as string
    await ada.call('POST', `claude/sessions/${body.session_id}/participants`, { user_id: me, role: 'viewer' })
    const reading = await readEvents(eventsOf(id), grace.token)
    const socket = await connectProtocol({ ...socketOf(id), token: grace.token })
    await reading.until(({ type }) => type === 'claude_response')
    const mine = await readEvents(eventsOf(id), ada.token)
    await ada.call('DELETE', `claude/sessions/${body.session_id}/participants/${me}`)
    expect(await reading.ended).toBe('ended')
    expect(await socket.closed).toMatchObject({ code: 4403 })
    expect(await refusal(id)).toMatchObject([404, { code: 'NOT_FOUND' }])
    gate.open()
    await mine.until(isFinal('completed'))
    expect(reading.told.some(isFinal('completed'))).toBeFalse()
  })

  test('a sign-in that is over ends what it follows', async () => {
    const heidi = await rig.script('heidi')
    const { gate, id } = await halfway('until signed out', {}, heidi)
    const reading = await readEvents(eventsOf(id), heidi.token)
    const socket = await connectProtocol({ ...socketOf(id), token: heidi.token })
    await heidi.call('POST', 'auth/logout')
    expect(await reading.ended).toBe('ended')
    expect(await socket.closed).toMatchObject({ code: 4401 })
    gate.open()
    expect((await readEvents(eventsOf(id), heidi.token)).status).toBe(401)
  })

  test('one who reads nothing for a while holds nobody up, and is fed from the log when it reads again', async () => {
    const { gate, id, session_id } = await halfway('for a slow one')
    const { channels } = rig.relay.relay
    const tcp = connect(rig.relay.port, '127.0.0.1')
    tcp.write(`GET /api/v1/claude/executions/${id}/events HTTP/1.1\r\nHost: 127.0.0.1:${rig.relay.port}\r\nAuthorization: Bearer ${ada.token}\r\n\r\n`)
    const ids: number[] = []
    let line = ''
    tcp.on('data', (chunk) => {
      const lines = (line + chunk.toString('latin1')).split('\n')
      line = lines.pop()!
      for (const each of lines) if (each.startsWith('id: ')) ids.push(Number(each.slice(each.lastIndexOf('.') + 1)))
    })
    await eventually('it reads', () => ids.length > 0)
    tcp.pause()
    const quick = await readEvents(eventsOf(id), ada.token)
    const text = 'y'.repeat(60_000)
    for (let last = 19; last < 600; last += 20) {
      await channels.publish({ events: Array.from({ length: 20 }, (_, index) => ({ channel: `session:${session_id}`, type: 'log', task: id, data: { session_id, level: 'info', source: 'relay', text: `${last - 19 + index} ${text}` } })) })
      await quick.until(({ message }) => message.data.text?.startsWith(`${last} `))
    }
    gate.open()
    expect(await quick.ended).toBe('ended')
    const all = quick.events().length
    expect(ids.length).toBeLessThan(all)
    tcp.resume()
    await eventually('it has read all', () => ids.at(-1) === all)
    expect(ids).toEqual(numbers(1, all))
    tcp.destroy()
  })

  test('one that is sent away and takes nothing of what it was told counts until it is gone', async () => {
    const { body } = await ada.call('POST', 'claude/sessions', { visibility: 'private' })
    const session_id = body.session_id as string
    const me = (await grace.call('GET', 'me')).body.user.id as string
    await ada.call('POST', `claude/sessions/${session_id}/participants`, { user_id: me, role: 'viewer' })
    const { gate, id } = await halfway('for one who takes nothing', { session_id })
    const { channels } = rig.relay.relay
    const text = 'z'.repeat(60_000)
    for (let page = 0; page < 15; page++) {
      await channels.publish({ events: Array.from({ length: 20 }, () => ({ channel: `session:${session_id}`, type: 'log', task: id, data: { session_id, level: 'info', source: 'relay', text } })) })
    }
    const admin = await rig.script('root', 'admin')
    const counted = async () => Number(/^ensemble_execution_followers\{over="sse"\} (\d+)/m.exec(await (await fetch(`${rig.relay.url}/metrics`, { headers: { authorization: `Bearer ${admin.token}` } })).text())![1])
    await eventually('nobody follows yet', async () => (await counted()) === 0)
    const before = channels.counts().members
    const tcp = connect(rig.relay.port, '127.0.0.1')
    tcp.once('data', () => tcp.pause())
    tcp.write(`GET /api/v1/claude/executions/${id}/events HTTP/1.1\r\nHost: 127.0.0.1:${rig.relay.port}\r\nAuthorization: Bearer ${grace.token}\r\n\r\n`)
    await eventually('it follows', () => channels.counts().members === before + 1)
    await ada.call('DELETE', `claude/sessions/${session_id}/participants/${me}`)
    await eventually('it is sent away', () => channels.counts().members === before)
    expect(await counted()).toBe(1)
    tcp.destroy()
    await eventually('it is gone', async () => (await counted()) === 0)
    gate.open()
  })

  test('what is written at its end has to be taken, whether it ends at once or later; one who has taken all is let go', async () => {
    for (const isOver of [true, false]) {
      let [asked, stopped] = [0, 0]
      let end: (why: FollowEnd) => void = () => undefined
      const executions = {
        isTold: async () => false,
        async follow(_who: unknown, _id: unknown, _reached: unknown, follower: Follower) {
          follower.take({ type: 'log', id: 'e.1', text: '{}' })
          end = follower.end
          if (isOver) end('over')
          return { drained: () => undefined, renewed: () => undefined, stop: () => void (stopped += 1) }
        },
      }
      const [route] = executionEventRoutes({ executions } as never)
      const call = { who: {}, params: { id: 'e' }, query: {}, request: new Request('http://relay/'), lasting: () => () => void (asked += 1) }
      const answer = (await route!.handle(call as never)) as Response
      expect([asked, stopped]).toEqual([isOver ? 1 : 0, 0])
      if (!isOver) end('behind')
      expect([asked, stopped]).toEqual([1, 0])
      expect(await answer.text()).toContain('id: e.1')
      expect(stopped).toBe(1)
    }
  })
})

describe('X7: a socket that carries one execution', () => {
  for (const simple of [true, false]) {
    test(`${simple ? 'token in the query' : 'token as subprotocol'}: all from the first on, nothing else, closed after the final task`, async () => {
      const { gate, id, session_id } = await halfway(`by socket ${simple}`)
      const client = await connectProtocol({ ...socketOf(id), token: ada.token, simple })
      await client.until(({ type, seq }) => type === 'claude_response' && seq === undefined, 'a delta')
      // Elsewhere things happen, which are none of this socket's business.
      await ada.execute({ prompt: 'elsewhere' })
      expect(await client.request('subscribe', {}, { channel: `session:${session_id}` })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
      expect(await client.request('claude_message', { content: 'hello' })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
      expect(await client.request('ping')).toMatchObject({ ok: true })
      gate.open()
      expect(await client.closed).toMatchObject({ code: 1000 })
      const events = client.events(`task:${id}`)
      expect([events[0]!.seq, orderProblem(events), events.at(-1)]).toMatchObject([1, null, { type: 'task', data: { status: 'completed' } }])
      expect(client.frames.filter(({ channel }) => channel !== undefined && channel !== `task:${id}`)).toEqual([])

      const again = await connectProtocol({ ...socketOf(id, `?after=${events.length - 2}`), token: ada.token, simple: false })
      expect(await again.closed).toMatchObject({ code: 1000 })
      expect(again.events(`task:${id}`).map(({ seq }) => seq)).toEqual([events.length - 1, events.length])
    })
  }

  test('a token that comes as the first message does as well; without one, or for what is not theirs, nothing is told', async () => {
    const { body } = await ada.execute({ prompt: 'late token' })
    await ada.ended(body.execution_id)
    const listen = async (token: string) => {
      const socket = new WebSocket(`${rig.relay.url.replace('http', 'ws')}/ws/executions/${body.execution_id}`)
      const types: string[] = []
      socket.addEventListener('message', ({ data }) => void types.push((JSON.parse(String(data)) as { type: string }).type))
      await new Promise((resolve) => socket.addEventListener('open', resolve))
      socket.send(JSON.stringify({ type: 'auth', id: 'a', data: { token } }))
      const { code } = await new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
      return { code, types }
    }
    const mine = await listen(ada.token)
    expect([mine.code, mine.types.filter((type) => type === 'task').length]).toEqual([1000, 2])
    const closed = await ada.call('POST', 'claude/sessions', { visibility: 'private' })
    const hidden = await ada.execute({ prompt: 'hidden', session_id: closed.body.session_id })
    const shake = async (path: string, token: string | null = grace.token) =>
      (await fetch(`${rig.relay.url}${path}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...(token && { 'sec-websocket-protocol': `ensemble.v1, bearer.${token}` }) } })).status
    expect(await shake(`/ws/executions/${hidden.body.execution_id}`)).toBe(404)
    expect(await shake('/ws/executions/nothing')).toBe(404)
    expect(await shake('/ws/executions/%2e%2e')).toBe(404)
    expect(await shake(`/ws/executions/${body.execution_id}?after=-1`)).toBe(400)
    expect(await shake(`/ws/executions/${body.execution_id}?after=999`)).toBe(409)
    expect(await shake(`/ws/executions/${hidden.body.execution_id}`, 'garbage')).toBe(401)
  })

  test('what a follower leaves behind is nothing', async () => {
    const { gate, id } = await halfway('count them')
    const before = rig.relay.relay.channels.counts().members
    const readings = await Promise.all(Array.from({ length: 5 }, () => readEvents(eventsOf(id), ada.token)))
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connectProtocol({ ...socketOf(id), token: ada.token })))
    await eventually('they are there', () => rig.relay.relay.channels.counts().members === before + 10)
    for (const reading of readings) reading.stop()
    for (const socket of sockets) socket.close()
    await eventually('they are gone', () => rig.relay.relay.channels.counts().members === before)
    gate.open()
  })
})
