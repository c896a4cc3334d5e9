// A reader by share link: what they may and may not see and do, through both doors, and how soon it is over.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { FROM_BROWSER, SUBPROTOCOL, type FromBrowserType } from '#protocol'
import { eventually } from '../../support/eventually.ts'
import { startGateWorld, type GateWorld } from '../../support/gate-world.ts'
import { connectProtocol, orderProblem, type ProtocolClient } from '../../support/protocol-client.ts'

let world: GateWorld
beforeAll(async () => {
  world = await startGateWorld()
})
afterAll(() => world.stop())

const sessionPath = (id: string) => `/claude/sessions/${id}`
const hour = { expires_in: '1h' }

type Link = { link_id: string; url: string; secret: string }
async function makeLink(sessionId: string, by: 'owner' | 'admin' = 'owner', life = '1h'): Promise<Link> {
  const { status, body } = await world.ask(by, 'POST', `${sessionPath(sessionId)}/links`, { expires_in: life })
  expect(status).toBe(201)
  return { link_id: body.link_id, url: body.url, secret: new URL(body.url).hash.slice(1) }
}
const enter = (link: string, secret: string) => world.fetchWith(null, 'POST', '/auth/link', { link, secret })
async function tokenOf({ link_id, secret }: Link): Promise<string> {
  const { status, body } = await enter(link_id, secret)
  expect(status).toBe(200)
  return body.access_token
}
const connect = async (link: Link) => connectProtocol({ url: world.relay.url, token: await tokenOf(link), name: 'reader' })
const invite = (session_id: string, role: string, name: 'stranger' | 'owner' = 'stranger') => world.clients.owner.ask('invite_user', { session_id, target_user_id: world.idOf(name), role })
const openAndPrivate = (session_id: string, visibility: string) => world.clients.owner.ask('command', { session_id, command: 'set_visibility', args: { visibility } })

describe('making one', () => {
  test('K1: owners make, list and end links; the secret is said once, and only its hash is kept', async () => {
    const id = await world.session()
    for (const who of ['collaborator', 'viewer', 'globalViewer'] as const) {
      for (const [method, path, body] of [['POST', '', hour], ['GET', ''], ['DELETE', '/l-none']] as const) {
        expect([who, method, (await world.ask(who, method, `${sessionPath(id)}/links${path}`, body)).status]).toEqual([who, method, 403])
      }
    }
    const { link_id, url, secret } = await makeLink(id)
    expect(url).toBe(`${world.relay.url}/l/${link_id}#${secret}`)
    expect(Buffer.from(secret, 'base64url').length).toBe(16)
    const { body } = await world.ask('owner', 'GET', `${sessionPath(id)}/links`)
    expect(body.links).toMatchObject([{ link_id, created_by: { id: world.idOf('owner'), name: 'owner' }, used_at: null }])
    expect(JSON.stringify(body)).not.toContain(secret)
    const kept = await world.storage.query<Record<string, unknown>>('SELECT * FROM share_links WHERE id = ?', [link_id])
    expect(JSON.stringify(kept)).not.toContain(secret)
    await enter(link_id, secret)
    expect((await world.ask('owner', 'GET', `${sessionPath(id)}/links`)).body.links[0].used_at).toBeNumber()
    expect((await world.ask('owner', 'DELETE', `${sessionPath(id)}/links/${link_id}`)).status).toBe(200)
    expect((await world.ask('owner', 'GET', `${sessionPath(id)}/links`)).body.links).toEqual([])
    const audit = await world.storage.query<{ action: string; detail: string }>("SELECT action, detail FROM audit WHERE session_id = ? AND action LIKE 'session.link%' ORDER BY id", [id])
    expect(audit.map(({ action }) => action)).toEqual(['session.link', 'session.link_end'])
    expect(JSON.stringify(audit)).not.toContain(secret)
    expect(JSON.stringify(world.relay.logged)).not.toContain(secret)
  })

  test('K1: a life that there is not is refused, and so is the fifty-first', async () => {
    const id = await world.session()
    for (const bad of [{}, { expires_in: '2h' }, { expires_in: 5 }, { expires_in: null }]) expect([bad, (await world.ask('owner', 'POST', `${sessionPath(id)}/links`, bad)).status]).toEqual([bad, 400])
    const links: Link[] = []
    for (let index = 0; index < 50; index++) links.push(await makeLink(id, 'owner', '30d'))
    expect((await world.ask('owner', 'POST', `${sessionPath(id)}/links`, hour)).body.code).toBe('CONFLICT')
    await world.ask('owner', 'DELETE', `${sessionPath(id)}/links/${links[0]!.link_id}`)
    await makeLink(id)
  })

  test('a link of one session is not ended through another', async () => {
    const [one, other] = [await world.session(), await world.session()]
    const { link_id } = await makeLink(one)
    expect((await world.ask('owner', 'DELETE', `${sessionPath(other)}/links/${link_id}`)).status).toBe(404)
    expect((await world.ask('owner', 'GET', `${sessionPath(one)}/links`)).body.links).toHaveLength(1)
  })
})

describe('coming in', () => {
  test('K2: wrong, ended, expired and never made are one answer', async () => {
    const id = await world.session()
    const [right, ended, old] = [await makeLink(id), await makeLink(id), await makeLink(id)]
    await world.ask('owner', 'DELETE', `${sessionPath(id)}/links/${ended.link_id}`)
    await world.storage.commit({ statements: [{ sql: 'UPDATE share_links SET expires_at = 1 WHERE id = ?', params: [old.link_id] }] })
    const strip = ({ status, body: { trace_id: _, timestamp: _at, ...said } }: { status: number; body: Record<string, unknown> }) => ({ status, ...said })
    const answers = await Promise.all(
      [[right.link_id, ended.secret], [ended.link_id, ended.secret], [old.link_id, old.secret], ['l-none', right.secret]].map(async ([link, secret]) => strip(await enter(link!, secret!))),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0]!)
    expect(answers[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED' })
    for (const bad of [{}, { link: right.link_id }, { link: '../x', secret: 'a' }, { link: right.link_id, secret: 'x'.repeat(5_000) }, { link: { a: 1 }, secret: [] }]) {
      expect((await world.fetchWith(null, 'POST', '/auth/link', bad)).status).toBeOneOf([400, 413])
    }
  })

  test('K2: guesses are slowed down, and keep no right secret out', async () => {
    const link = await makeLink(await world.session())
    const codes: string[] = []
    for (let index = 0; index < 8; index++) codes.push((await enter(link.link_id, `guess-${index}`)).body.code)
    expect(codes.at(-1)).toBe('RATE_LIMITED')
    expect((await enter(link.link_id, link.secret)).status).toBe(200)
  })

  test('K2: a right secret comes in ten times a second, a hundred at once, and keeps no other link out', async () => {
    const [link, other] = [await makeLink(await world.session()), await makeLink(await world.session())]
    const statuses = await Promise.all(Array.from({ length: 300 }, async () => (await enter(link.link_id, link.secret)).status))
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(100)
    expect(statuses).toContain(429)
    expect((await enter(other.link_id, other.secret)).status).toBe(200)
  })

  test('K2: its token lives five minutes at most, and no longer than the link', async () => {
    const link = await makeLink(await world.session())
    const before = Date.now()
    const { body } = await enter(link.link_id, link.secret)
    expect(body.expires_at).toBeLessThanOrEqual(Date.now() + 5 * 60_000)
    expect(body.link_expires_at).toBeGreaterThanOrEqual(before + 3_599_000)
    await world.storage.commit({ statements: [{ sql: 'UPDATE share_links SET expires_at = ? WHERE id = ?', params: [Date.now() + 60_000, link.link_id] }] })
    expect((await enter(link.link_id, link.secret)).body.expires_at).toBeLessThanOrEqual(Date.now() + 60_000)
  })
})

describe('what it opens', () => {
  let id: string
  let link: Link
  let token: string
  beforeAll(async () => {
    id = await world.worked()
    link = await makeLink(id)
    token = await tokenOf(link)
  })
  const opened = ['GET /claude/sessions/:id/state', 'GET /claude/sessions/:id/events']

  test('K3: two routes, and every other of the whole table is refused', async () => {
    const bodies: Record<string, object> = { 'POST /claude/sessions': { title: 'mine' } }
    const outcomes: Record<string, number> = {}
    const expected: Record<string, number> = {}
    for (const { method, path, access, byTicket } of world.relay.relay.routes) {
      if (access === 'open') continue
      const name = `${method} ${path.replace('/api/v1', '')}`
      const at = path.startsWith('/api/v1/claude/sessions') ? id : 'w-1'
      const url = path.replace('/api/v1', '').replace(':id', at).replace(':user', world.idOf('viewer')).replace(':tool', 'use').replace(':part', 'output').replace(/:\w+/g, 'x')
      const outside = path.startsWith('/api/v1') ? url : `/../..${url}`
      outcomes[name] = (await world.fetchWith(token, method, outside, method === 'GET' || method === 'HEAD' ? undefined : (bodies[name] ?? {}))).status
      expected[name] = opened.includes(name) ? 200 : byTicket ? 401 : 403
    }
    expect(outcomes).toEqual(expected)
    expect(Object.keys(outcomes).length).toBeGreaterThan(25)
    expect((await world.fetchWith(token, 'GET', '/../../readyz')).body.reasons).toBeUndefined()
  })

  test('K3: another session is not there for it, whether there is one or not', async () => {
    const other = await world.session()
    for (const part of ['state', 'events']) {
      for (const session of [other, 's-none']) expect([part, (await world.fetchWith(token, 'GET', `${sessionPath(session)}/${part}`)).status]).toEqual([part, 404])
    }
  })

  test('K3: of the messages it may subscribe to its session, and every other is refused', async () => {
    const reader = await connect(link)
    const session_id = id
    const data: { [T in FromBrowserType]?: object } = {
      create_session: {},
      claude_message: { session_id, content: 'hi' },
      command: { session_id, command: 'note', args: { content: 'hi' } },
      permission_response: { session_id, request_id: 'r', behavior: 'allow', scope: 'once' },
      queue_update: { session_id, message_id: 'm', action: 'cancel' },
      join_collaboration: { session_id },
      leave_collaboration: { session_id },
      invite_user: { session_id, target_user_id: world.idOf('stranger') },
      remove_user: { session_id, target_user_id: world.idOf('viewer') },
      set_role: { session_id, target_user_id: world.idOf('viewer'), role: 'owner' },
      cursor_update: { session_id, position: { line: 1, column: 1 } },
      typing: { session_id },
      file_upload: { session_id, filename: 'a', content_type: '', size: 2, data: 'aGk=' },
      upload_start: { file_id: 'f', session_id, filename: 'a', content_type: '', size: 2, total_chunks: 1 },
      upload_chunk: { file_id: 'f', chunk_index: 0, data: 'aGk=', is_last: true },
      share_file: { file_id: 'f', target_session_id: session_id },
      delete_file: { file_id: 'f' },
    }
    const before = await world.state(id)
    const outcomes: Record<string, string> = {}
    for (const type of Object.keys(FROM_BROWSER) as FromBrowserType[]) {
      if (type === 'auth') continue
      const answer = await reader.request(type, data[type] ?? {}, { channel: `session:${id}` })
      outcomes[type] = answer.ok ? 'ok' : answer.error.code
    }
    const allowed = ['ping', 'subscribe', 'unsubscribe']
    expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((type) => [type, allowed.includes(type) ? 'ok' : 'FORBIDDEN'])))
    expect(await world.state(id)).toEqual(before)
    const execution = ((await world.ask('owner', 'GET', `${sessionPath(id)}/events`)).body.events as { type: string; data: { execution_id: string } }[]).find(({ type }) => type === 'task')!.data.execution_id
    const { id: workspace } = await world.relay.relay.workspaces.standard()
    for (const channel of [`session:${await world.session()}`, 'session:none', `task:${execution}`, `user:${world.idOf('owner')}`, `user:link-${link.link_id}`, `workspace:${workspace}`, 'system', 'broadcast']) {
      const answer = await reader.request('subscribe', {}, { channel })
      expect([channel, answer.ok ? 'ok' : answer.error.code]).toEqual([channel, 'NOT_FOUND'])
    }
    reader.close()
  })

  test('K3: its token comes with the handshake of a v1 connection, and no other token takes its place', async () => {
    const handshake = (headers: Record<string, string>, query = '') =>
      fetch(`${world.relay.url}/ws${query}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers } })
    expect((await handshake({}, `?token=${token}`)).status).toBe(400)
    // What follows one execution alone tells all of it, what programs print as well.
    const { body } = await world.ask('owner', 'GET', `${sessionPath(id)}/events`)
    const { execution_id } = (body.events as { type: string; data: { execution_id: string } }[]).find(({ type }) => type === 'task')!.data
    const following = (await fetch(`${world.relay.url}/ws/executions/${execution_id}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': `${SUBPROTOCOL}, bearer.${token}` } })).status
    expect(following).toBe(403)
    const unsigned = new WebSocket(`${world.relay.url.replace('http', 'ws')}/ws`, [SUBPROTOCOL])
    const said = new Promise<{ data: { code?: string } }>((resolve) => (unsigned.onmessage = ({ data }) => resolve(JSON.parse(String(data)) as never)))
    await new Promise((resolve) => (unsigned.onopen = resolve))
    unsigned.send(JSON.stringify({ type: 'auth', id: 'a', data: { token } }))
    expect((await said).data.code).toBe('FORBIDDEN')
    unsigned.close()
    const reader = await connect(link)
    expect((await reader.request('auth', { token: await tokenOf(link) })).ok).toBeTrue()
    for (const other of [world.tokens['owner']!, await tokenOf(await makeLink(id))]) {
      const answer = await reader.request('auth', { token: other })
      expect(answer.ok ? 'ok' : answer.error.code).toBe('FORBIDDEN')
    }
    expect((await world.clients.owner.request('auth', { token })).ok).toBeFalse()
    reader.close()
  })

  test('K3: a hundred read by one link, the next is told to come later', async () => {
    const mine = await makeLink(id)
    const fresh = await tokenOf(mine)
    const readers = await Promise.all(Array.from({ length: 100 }, () => connectProtocol({ url: world.relay.url, token: fresh })))
    expect(await connectProtocol({ url: world.relay.url, token: fresh }).then(() => 'in', (error: Error) => error.message)).toContain('4429')
    for (const reader of readers) reader.close()
  })
})

describe('what it shows', () => {
  test('K4: the conversation as it comes, number by number, and nothing of who is here', async () => {
    const id = await world.worked()
    const reader = await connect(await makeLink(id))
    const { seq } = await reader.subscribe(`session:${id}`, { history: 500 })
    await world.clients.viewer.subscribe(`session:${id}`)
    await world.clients.collaborator.ask('typing', { session_id: id })
    await world.clients.collaborator.ask('cursor_update', { session_id: id, position: { line: 2, column: 3 } })
    await invite(id, 'viewer')
    await world.clients.owner.ask('remove_user', { session_id: id, target_user_id: world.idOf('stranger') })
    await world.clients.owner.ask('share_file', { file_id: await world.fileOf(id, 'owner'), target_session_id: id })
    await world.clients.owner.ask('command', { session_id: id, command: 'note', args: { content: 'between us alone' } })
    await world.clients.owner.ask('claude_message', { session_id: id, content: 'work' })
    await reader.until((frame) => frame.type === 'message' && frame.seq! > seq && frame.data.content === 'work', 'the prompt')
    await reader.until((frame) => frame.type === 'task' && frame.seq! > seq && frame.data.status === 'completed', 'the end')
    expect(orderProblem(reader.events(`session:${id}`))).toBeNull()
    expect(reader.frames.some(({ type, data }) => type === 'claude_response' && data.stream === true)).toBeTrue()
    const types = new Set(reader.frames.map(({ type }) => type))
    for (const type of ['presence', 'typing', 'cursor_moved', 'participant_joined', 'file_uploaded', 'file_shared', 'session_state']) expect([type, types.has(type)]).toEqual([type, false])
    const told = JSON.stringify(reader.frames)
    for (const name of ['collaborator', 'viewer', 'stranger', 'removed', 'globalViewer', 'admin'] as const) expect([name, told.includes(world.idOf(name))]).toEqual([name, false])
    expect(told).not.toContain('a.txt')
    expect(told).not.toContain('between us alone')
    for (const frame of reader.frames) {
      if (frame.type === 'participant_left') expect(frame.data).toEqual({ session_id: id, user_id: 'nobody', username: '' })
      if (frame.type === 'session') expect(frame.data).toMatchObject({ owner_id: 'nobody', owner_name: '' })
    }
    // Nobody sees that somebody reads.
    expect(JSON.stringify(world.clients.owner.frames.filter(({ type }) => type === 'presence'))).not.toContain('link-')
    reader.close()
  })

  test('K4: over REST the same pages with the same numbers, and a state without people', async () => {
    const id = await world.worked()
    await world.fileOf(id, 'owner')
    await world.clients.owner.ask('command', { session_id: id, command: 'note', args: { content: 'between us alone' } })
    const token = await tokenOf(await makeLink(id))
    const [seen, all] = [await world.fetchWith(token, 'GET', `${sessionPath(id)}/events`), await world.ask('owner', 'GET', `${sessionPath(id)}/events`)]
    type Kept = { seq: number; type: string; data: object }
    const numbers = (events: Kept[]) => events.map(({ seq }) => seq)
    expect(numbers(seen.body.events)).toEqual(numbers(all.body.events))
    const conversation = (events: Kept[]) => events.filter(({ type, data }) => ['message', 'claude_response', 'progress', 'task', 'queue'].includes(type) && !('role' in data && data.role === 'note'))
    expect(conversation(seen.body.events)).toEqual(conversation(all.body.events))
    const text = JSON.stringify(seen.body)
    for (const name of ['collaborator', 'viewer', 'globalViewer', 'removed'] as const) expect([name, text.includes(world.idOf(name))]).toEqual([name, false])
    expect(text).not.toContain('a.txt')
    expect(text).not.toContain('between us alone')
    const { body: state } = await world.fetchWith(token, 'GET', `${sessionPath(id)}/state`)
    expect(state).toMatchObject({ participants: [], session: { session_id: id, title: 'Closed', people: [], owner_id: 'nobody', owner_name: '', role: 'viewer' } })
    expect(JSON.stringify(state)).not.toContain(world.idOf('owner'))
  })
})

describe('its end', () => {
  /** Reads along, until `end` closes the socket. */
  async function ends(what: string, end: (id: string, link: Link) => Promise<unknown>, visible = true): Promise<void> {
    const id = await world.session()
    if (visible) await openAndPrivate(id, 'workspace')
    const link = await makeLink(id)
    const reader: ProtocolClient = await connect(link)
    const token = await tokenOf(link)
    await reader.subscribe(`session:${id}`)
    await end(id, link)
    expect([what, (await reader.closed).code]).toEqual([what, 4401])
    await eventually(what, async () => (await world.fetchWith(token, 'GET', `${sessionPath(id)}/state`)).status === 401)
    expect([401, 429]).toContain((await enter(link.link_id, link.secret)).status)
    expect((await world.ask('admin', 'GET', `${sessionPath(id)}/links`)).body.links ?? []).toEqual([])
  }

  test('K5: taken back', () => ends('taken back', (id, { link_id }) => world.ask('owner', 'DELETE', `${sessionPath(id)}/links/${link_id}`)))
  test('K5: its session is deleted', () => ends('deleted', (id) => world.ask('owner', 'DELETE', sessionPath(id))))
  test('K5: its session is erased', () => ends('erased', (id) => world.ask('owner', 'DELETE', `${sessionPath(id)}?purge=true`)))
  test('K5: its session becomes private', () => ends('private', (id) => openAndPrivate(id, 'private')))
  test('K5: whoever made it is removed from the session', () =>
    ends('removed', async (session_id) => {
      await world.clients.admin.ask('set_role', { session_id, target_user_id: world.idOf('collaborator'), role: 'owner' })
      await world.clients.collaborator.ask('remove_user', { session_id, target_user_id: world.idOf('owner') })
    }))
  test('K5: it expires, to the second', async () => {
    const id = await world.session()
    const link = await makeLink(id)
    await world.storage.commit({ statements: [{ sql: 'UPDATE share_links SET expires_at = ? WHERE id = ?', params: [Date.now() + 2_500, link.link_id] }] })
    const reader = await connect(link)
    await reader.subscribe(`session:${id}`)
    expect((await reader.closed).code).toBe(4401)
    await eventually('nobody comes in by it', async () => (await enter(link.link_id, link.secret)).status !== 200)
  })
  test('K5: whoever made it is deleted', async () => {
    const token = await world.relay.token('passer-by')
    const { session_id } = (await world.fetchWith(token, 'POST', '/claude/sessions', { title: 'Theirs' })).body
    const { body } = await world.fetchWith(token, 'POST', `${sessionPath(session_id)}/links`, hour)
    const link = { link_id: body.link_id, url: body.url, secret: new URL(body.url).hash.slice(1) }
    const reader = await connect(link)
    await world.relay.relay.auth.accounts.remove('passer-by')
    expect((await reader.closed).code).toBe(4401)
  })
  test('K5: a private session may be given a link of its own', async () => {
    const id = await world.session()
    const reader = await connect(await makeLink(id))
    expect((await reader.subscribe(`session:${id}`)).recovered).toBeTrue()
    reader.close()
  })
})
