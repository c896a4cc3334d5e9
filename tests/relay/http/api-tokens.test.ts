// API tokens: told once, bound to scopes, user and time, and gone at once on every road.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { FROM_BROWSER, scopeOfMessage, SCOPES, SUBPROTOCOL, type FromBrowser, type Scope } from '#protocol'
import { scopesOf } from '../../../relay/http/route.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { accountsRig, type AccountsRig } from './accounts-rig.ts'

let rig: AccountsRig
let storage: Storage
let minji: { id: string; token: string }
let admin: { id: string; token: string }
beforeAll(async () => {
  rig = await accountsRig({ settings: { MAX_CONNECTIONS_PER_USER: '100', PROMPTS_PER_SECOND: '100000' } })
  storage = await openStorage({ url: rig.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  minji = await rig.browser('minji')
  admin = await rig.browser('ada', 'admin')
})
afterAll(async () => {
  await storage.close()
  await rig.stop()
})

const make = (token: string, more: object = {}) => rig.ask(token, 'POST', 'tokens', { name: 'CI', scopes: ['read', 'run'], expires_in_days: 30, ...more })

describe('A1: a token', () => {
  test('is told once, with a prefix and a checksum, and is nowhere kept', async () => {
    const { status, body, headers } = await make(minji.token)
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body['token']).toMatch(/^ens_[0-9A-Za-z]{49}$/)
    expect(body).toMatchObject({ name: 'CI', scopes: ['read', 'run'], user_id: minji.id, used_at: null, ending: body['token'].slice(-4) })
    expect(body['expires_at'] - body['created_at']).toBe(30 * 24 * 3_600_000)
    const { text } = await rig.ask(minji.token, 'GET', 'tokens')
    expect(text).toContain(body['id'])
    expect(text).not.toContain(body['token'])
    for (const table of ['api_tokens', 'sign_ins', 'answers', 'audit']) expect(JSON.stringify(await storage.query(`SELECT * FROM ${table}`))).not.toContain(body['token'])
    expect(JSON.stringify(rig.logged)).not.toContain(body['token'])
  })

  test('is never kept as an answer, whatever key comes with the request', async () => {
    const ask = () => rig.ask(minji.token, 'POST', 'tokens', { name: 'twice', scopes: ['read'], expires_in_days: 1 }, { 'idempotency-key': 'same' })
    const [first, second] = [await ask(), await ask()]
    expect(first.body['token']).not.toBe(second.body['token'])
    expect(await storage.query("SELECT * FROM answers WHERE id = 'same'")).toEqual([])
  })

  test('has an end between a day and a year, a name, and at least one scope', async () => {
    const bad = [{ expires_in_days: 0 }, { expires_in_days: 366 }, { expires_in_days: null }, { expires_in_days: 1.5 }, { scopes: [] }, { scopes: ['root'] }, { scopes: 'read' }, { name: ' ' }, { name: 'a\u0000b' }, { name: 'x'.repeat(81) }]
    for (const more of bad) expect([more, (await make(minji.token, more)).status]).toEqual([more, 400])
  })

  test('opens REST and the socket in every place where a token can be', async () => {
    const { token } = await rig.apiToken(minji.token, ['read'])
    expect((await rig.ask(token, 'GET', 'me')).body['user']).toEqual({ id: minji.id, name: 'minji', role: 'user' })
    for (const simple of [false, true]) {
      const client = await connectProtocol({ url: rig.url, token, simple })
      expect((await client.until((frame) => frame.type === 'connected')).data['user'].id).toBe(minji.id)
      client.close()
    }
    const late = new WebSocket(`${rig.url.replace('http', 'ws')}/ws`, [SUBPROTOCOL])
    const answered = new Promise<string>((resolve) => (late.onmessage = ({ data }) => resolve(String(data))))
    late.onopen = () => late.send(JSON.stringify({ type: 'auth', id: 'a', data: { token } }))
    expect(await answered).toContain('connected')
    late.close()
  })

  test('with a letter changed is refused without a look-up, one that was never made as well', async () => {
    const { token } = await rig.apiToken(minji.token, ['read'])
    const changed = token.slice(0, -10) + (token.at(-10) === 'a' ? 'b' : 'a') + token.slice(-9)
    for (const text of [changed, token.slice(0, -1), `${token}x`, 'ens_', `ens_${'0'.repeat(49)}`, token.toUpperCase()]) expect([text, (await rig.ask(text, 'GET', 'me')).status]).toEqual([text, 401])
  })

  test('says about when it was used, and does not write at every use', async () => {
    const { id, token } = await rig.apiToken(minji.token, ['read'])
    const used = async () => (await rig.ask(minji.token, 'GET', 'tokens')).body['tokens'].find((each: { id: string }) => each.id === id).used_at as number | null
    expect(await used()).toBeNull()
    await rig.ask(token, 'GET', 'me')
    await eventually('the first use is kept', async () => (await used()) !== null)
    const first = await used()
    for (let i = 0; i < 5; i++) await rig.ask(token, 'GET', 'me')
    expect(await used()).toBe(first)
  })

  test('is listed a page at a time, and found by its name, its owner, its last characters', async () => {
    const [owner, admin] = [await rig.browser('Paged Owner'), await rig.browser('paging-root', 'admin')]
    const endings: string[] = []
    for (let n = 0; n < 5; n++) endings.push(((await make(owner.token, { name: `tide_${n}` })).body['token'] as string).slice(-4))
    await make(owner.token, { name: 'tidex' })
    const list = async (query: string, token = owner.token) => (await rig.ask(token, 'GET', `tokens?${query}`)).body as { tokens: { name: string }[]; total: number; next: string | null }
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof list>> = await list(`limit=4${cursor && `&cursor=${cursor}`}`)
      expect(page.total).toBe(6)
      seen.push(...page.tokens.map(({ name }) => name))
      cursor = page.next
    }
    expect(seen.sort()).toEqual(['tide_0', 'tide_1', 'tide_2', 'tide_3', 'tide_4', 'tidex'])
    expect((await list('q=TIDE_')).total).toBe(5)
    expect((await list(`q=${endings[2]}`)).tokens.map(({ name }) => name)).toContain('tide_2')
    expect((await list('all=true&q=paged%20OWN', admin.token)).total).toBe(6)
    expect((await rig.ask(owner.token, 'GET', 'tokens?all=true')).status).toBe(403)
    for (const query of ['cursor=garbage', 'limit=0', 'limit=201']) expect([query, (await rig.ask(owner.token, 'GET', `tokens?${query}`)).status]).toEqual([query, 400])
  })

  test('is one of at most fifty of a user', async () => {
    const jun = await rig.browser('jun')
    for (let i = 0; i < 50; i++) expect((await make(jun.token, { name: `t${i}` })).status).toBe(201)
    const { status, body } = await make(jun.token)
    expect([status, body['details']]).toEqual([409, { reason: 'too_many_tokens' }])
  })
})

describe('A2: scopes', () => {
  const outOfScope = ({ status, body }: { status: number; body: Record<string, any> }) => status === 403 && body['details']?.reason === 'scope'

  test('each route of the table is open to the scope it names, and to no other', async () => {
    const tokens = await Promise.all(SCOPES.map(async (scope) => [scope, (await rig.apiToken(admin.token, [scope])).token] as const))
    const routes = rig.relay.routes.filter((route) => route.access !== 'open' && !route.byTicket)
    const wrong: unknown[] = []
    for (const route of routes) {
      for (const [scope, token] of tokens) {
        const path = route.path.startsWith('/api/v1/') ? route.path.slice('/api/v1/'.length) : `../..${route.path}`
        const answer = await rig.ask(token, route.method, `${path.replace(/:\w+/g, 'none')}${path.endsWith('deliveries') ? '?execution_id=none' : ''}`, route.method === 'GET' || route.method === 'HEAD' ? undefined : {})
        // One that asks for more than its action does is open to no token of a single scope.
        const needed = scopesOf(route)
        // HEAD tells its status alone.
        const refused = route.method === 'HEAD' ? answer.status === 403 : outOfScope(answer)
        if (refused !== (needed.length !== 1 || needed[0] !== scope)) wrong.push([route.method, route.path, scope, answer.status, answer.body['details']])
      }
    }
    expect(wrong).toEqual([])
    expect(routes.length).toBeGreaterThan(40)
  })

  test('each message is open to the scope it needs, and to no other', async () => {
    const commands = FROM_BROWSER.command._zod.def.options.map((option) => option.shape.command._zod.def.values[0]!)
    const args: Record<string, object> = { interrupt: { execution_id: 'none' }, rewind: { message_id: 'none' }, set_model: { model: 'opus' }, set_permission_mode: { permission_mode: 'plan' }, set_visibility: { visibility: 'private' }, rename: { title: 'x' }, fork: {}, note: { content: 'x' }, trust: { trusted: false } }
    const at = { session_id: 'none' }
    const messages = [
      ...commands.map((command) => ({ type: 'command', data: { ...at, command, args: args[command] } })),
      ...['move', 'edit', 'cancel', 'send_now'].map((action) => ({ type: 'queue_update', data: { ...at, message_id: 'none', action, content: 'x' } })),
      { type: 'subscribe', channel: 'session:none', data: {} },
      { type: 'join_collaboration', data: at },
      { type: 'leave_collaboration', data: at },
      { type: 'unsubscribe', channel: 'session:none', data: {} },
      { type: 'create_session', data: {} },
      { type: 'claude_message', data: { ...at, content: 'x' } },
      { type: 'permission_response', data: { request_id: 'none', behavior: 'deny' } },
      { type: 'invite_user', data: { ...at, target_user_id: 'none' } },
      { type: 'remove_user', data: { ...at, target_user_id: 'none' } },
      { type: 'set_role', data: { ...at, target_user_id: 'none', role: 'viewer' } },
      { type: 'cursor_update', data: { ...at, position: { line: 1, column: 1 } } },
      { type: 'typing', data: at },
      { type: 'upload_start', data: { file_id: 'none', session_id: 'none', filename: 'a', content_type: '', size: 2, total_chunks: 1 } },
      { type: 'upload_chunk', data: { file_id: 'none', chunk_index: 0, data: 'aGk=', is_last: true } },
      { type: 'share_file', data: { file_id: 'none', target_session_id: 'none' } },
      { type: 'delete_file', data: { file_id: 'none' } },
      { type: 'file_upload', data: { filename: 'a.txt', content_type: '', size: 2, data: 'aGk=' } },
    ] as { type: string; channel?: string; data: object }[]
    expect([...new Set(messages.map(({ type }) => type)), 'auth', 'ping'].sort()).toEqual(Object.keys(FROM_BROWSER).sort())
    const wrong: unknown[] = []
    for (const scope of SCOPES) {
      const { token } = await rig.apiToken(admin.token, [scope])
      const client = await connectProtocol({ url: rig.url, token })
      for (const { type, channel, data } of messages) {
        const answer = await client.request(type, data, { channel })
        const refused = !answer.ok && answer.error.code === 'FORBIDDEN' && (answer.error.details as { reason?: string })?.reason === 'scope'
        if (refused !== (scopeOfMessage({ type, data } as unknown as FromBrowser) !== scope)) wrong.push([scope, type, data, answer])
      }
      client.close()
    }
    expect(wrong).toEqual([])
  })

  test('a mode that asks nobody is an answer ahead of time, also where a session begins', async () => {
    const session = (token: string, permission_mode: string) => rig.ask(token, 'POST', 'claude/sessions', { permission_mode })
    const run = await rig.apiToken(minji.token, ['read', 'run'])
    const both = await rig.apiToken(minji.token, ['run', 'approve'])
    expect([(await session(run.token, 'plan')).status, (await session(run.token, 'acceptEdits')).status, (await session(both.token, 'acceptEdits')).status]).toEqual([201, 403, 201])
  })

  test('what a change needs beside reading is asked for too: a token that reads changes nothing', async () => {
    const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Tides' })
    const { token } = await rig.apiToken(minji.token, ['read'])
    const at = `claude/sessions/${body['session_id']}`
    for (const patch of [{ title: 'Mine' }, { visibility: 'private' }, { archived: true }, { permission_mode: 'plan' }, { model: 'opus' }]) expect([patch, (await rig.ask(token, 'PATCH', at, patch)).status]).toEqual([patch, 403])
    expect((await rig.ask(token, 'PATCH', at, { read_seq: 1 })).status).toBe(200)
    expect((await rig.ask(token, 'DELETE', `${at}/participants/${minji.id}`)).status).toBe(403)
    expect((await rig.ask(minji.token, 'GET', at)).body).toMatchObject({ title: 'Tides', visibility: 'workspace' })
  })

  test('a token that reads comes into no session: it joins where its user is already', async () => {
    const hana = await rig.browser('hana')
    const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Tides' })
    const session_id = body['session_id'] as string
    const { token } = await rig.apiToken(hana.token, ['read'])
    const client = await connectProtocol({ url: rig.url, token })
    const shown = async () => [(await rig.ask(minji.token, 'GET', `claude/sessions/${session_id}/participants`)).body['participants'].length, (await rig.ask(minji.token, 'GET', `claude/sessions/${session_id}/events`)).body['events'].length]
    const before = await shown()
    expect(await rig.ask(token, 'POST', `claude/sessions/${session_id}/join`)).toMatchObject({ status: 403, body: { details: { reason: 'scope', scope: 'run' } } })
    expect(await client.request('join_collaboration', { session_id })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    expect(await shown()).toEqual(before)
    expect((await rig.ask((await rig.apiToken(hana.token, ['read', 'run'])).token, 'POST', `claude/sessions/${session_id}/join`)).status).toBe(200)
    expect((await rig.ask(token, 'POST', `claude/sessions/${session_id}/join`)).body).toEqual({ role: 'collaborator' })
    expect(await client.request('join_collaboration', { session_id })).toMatchObject({ ok: true })
    client.close()
  })

  test('who may not read hears nothing: not of the session it begins, nor of its own person', async () => {
    const { token } = await rig.apiToken(minji.token, ['run'])
    const client = await connectProtocol({ url: rig.url, token, simple: true })
    await client.ask('create_session', { title: 'Unheard' })
    await client.request('ping', {})
    expect(client.frames.filter(({ channel }) => channel !== undefined)).toEqual([])
    client.close()
  })
})

describe('A3: a token never exceeds its user', () => {
  test('with run a session goes into the trash and comes back; to erase it takes admin', async () => {
    const [ci, managing] = [await rig.apiToken(minji.token, ['read', 'run']), await rig.apiToken(minji.token, ['read', 'run', 'admin'])]
    const id = (await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Kept' })).body['session_id'] as string
    const remove = async (token: string, query = '') => (await rig.ask(token, 'DELETE', `claude/sessions/${id}${query}`)).body
    for (const state of ['there', 'in the trash']) {
      expect([state, await remove(ci.token, '?purge=true')]).toEqual([state, expect.objectContaining({ code: 'FORBIDDEN', details: { reason: 'scope', scope: 'admin' } })])
      await remove(ci.token)
    }
    expect((await rig.ask(ci.token, 'POST', `claude/sessions/${id}/restore`)).status).toBe(200)
    expect(await remove(managing.token, '?purge=true')).toEqual({})
    expect((await rig.ask(minji.token, 'GET', `claude/sessions/${id}`)).status).toBe(404)
  })

  test('of an admin it is an admin’s only with the scope admin, but for figures', async () => {
    const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Closed', visibility: 'private' })
    const at = `claude/sessions/${body['session_id']}`
    const [plain, full, figures] = [await rig.apiToken(admin.token, ['read', 'run', 'files']), await rig.apiToken(admin.token, ['read', 'admin']), await rig.apiToken(admin.token, ['metrics'])]
    expect([(await rig.ask(plain.token, 'GET', at)).status, (await rig.ask(full.token, 'GET', at)).status]).toEqual([404, 200])
    expect([(await rig.ask(plain.token, 'GET', 'me')).body['user'].role, (await rig.ask(full.token, 'GET', 'me')).body['user'].role]).toEqual(['user', 'admin'])
    expect([(await rig.ask(figures.token, 'GET', '../../metrics')).status, (await rig.ask(plain.token, 'GET', '../../metrics')).status]).toEqual([200, 403])
  })

  test('of a user it opens nothing of the relay, and no token of figures is made', async () => {
    const all = await rig.apiToken(minji.token, ['read', 'run', 'files', 'approve', 'admin'])
    for (const path of ['users', 'audit', 'tokens?all=true', '../../metrics']) expect([path, (await rig.ask(all.token, 'GET', path)).status]).toEqual([path, 403])
    expect((await make(minji.token, { scopes: ['metrics'] })).status).toBe(403)
  })

  async function open(name: string): Promise<{ person: { id: string; token: string }; id: string; token: string; client: ProtocolClient }> {
    const person = await rig.browser(name)
    const made = await rig.apiToken(person.token, ['read', 'run'])
    return { person, ...made, client: await connectProtocol({ url: rig.url, token: made.token, name }) }
  }
  async function isOver(token: string, client: ProtocolClient): Promise<void> {
    expect((await client.closed).code).toBe(4401)
    expect((await rig.ask(token, 'GET', 'me')).status).toBe(401)
  }

  test('revoked by its owner it is over at once, on open sockets too', async () => {
    const { person, id, token, client } = await open('rose')
    expect((await rig.ask(person.token, 'DELETE', `tokens/${id}`)).status).toBe(200)
    await isOver(token, client)
    expect((await rig.ask(person.token, 'GET', 'tokens')).body['tokens']).toEqual([])
    expect((await rig.ask(person.token, 'GET', 'me')).status).toBe(200)
  })

  test('revoked by an admin as well; by another user it does not exist', async () => {
    const { id, token, client } = await open('sofia')
    expect((await rig.ask(minji.token, 'DELETE', `tokens/${id}`)).status).toBe(404)
    expect((await rig.ask(admin.token, 'DELETE', `tokens/${id}`)).status).toBe(200)
    await isOver(token, client)
    expect((await rig.ask(admin.token, 'DELETE', `tokens/${id}`)).status).toBe(404)
  })

  test('of a removed user it is over at once', async () => {
    const { person, token, client } = await open('priya')
    expect((await rig.ask(admin.token, 'DELETE', `users/${person.id}`)).status).toBe(200)
    await isOver(token, client)
  })

  test('of a user who becomes a viewer it only reads from then on', async () => {
    const { person, token, client } = await open('alexandros')
    const { session_id } = await client.ask('create_session', { title: 'Before' })
    expect((await rig.ask(admin.token, 'PATCH', `users/${person.id}`, { role: 'viewer' })).status).toBe(200)
    const prompt = await client.request('claude_message', { session_id, content: 'hi' })
    expect(prompt.ok ? 'ok' : prompt.error.code).toBe('FORBIDDEN')
    expect((await rig.ask(token, 'POST', 'claude/sessions', {})).status).toBe(403)
    expect((await rig.ask(token, 'GET', `claude/sessions/${session_id}`)).status).toBe(200)
    client.close()
  })
})

test('I3: what a token was too weak for is not kept: a browser may send it again under the same key', async () => {
  const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Before' })
  const { token } = await rig.apiToken(minji.token, ['read'])
  const asked = (by: string) => rig.ask(by, 'PATCH', `claude/sessions/${body['session_id']}`, { permission_mode: 'acceptEdits' }, { 'idempotency-key': 'once' })
  const run = await rig.apiToken(minji.token, ['read', 'run'])
  for (const weak of [token, run.token]) expect((await asked(weak)).body['details']).toMatchObject({ reason: 'scope' })
  expect((await asked(minji.token)).status).toBe(200)
})

describe('A4: no token grows', () => {
  test('an API token makes no tokens, passwords, links or sign-ins, whatever its scopes', async () => {
    const { token } = await rig.apiToken(admin.token, [...SCOPES])
    const calls: [string, string, object?][] = [
      ['POST', 'tokens', { name: 'more', scopes: ['read'], expires_in_days: 1 }],
      ['POST', 'auth/devices'],
      ['POST', 'auth/logout'],
      ['POST', 'me/password', { new: 'long enough' }],
      ['GET', 'me/sign-ins'],
      ['DELETE', 'me/sign-ins'],
      ['POST', 'users', { name: 'eve', password: 'long enough' }],
      ['POST', 'users', { name: 'eve', link: true }],
      ['POST', `users/${minji.id}/reset`, { way: 'link' }],
    ]
    for (const [method, path, body] of calls) expect([method, path, (await rig.ask(token, method, path, body)).status]).toEqual([method, path, 403])
    // What is left of managing users is roles and names.
    expect((await rig.ask(token, 'POST', 'users', { name: 'no way in' })).status).toBe(201)
  })

  test('nor does a token of the console', async () => {
    const script = await rig.token('minji')
    expect((await make(script)).status).toBe(403)
    expect((await rig.ask(script, 'POST', 'me/password', { new: 'long enough' })).status).toBe(403)
  })

  test('each is in the audit: who made it, with which scopes, who revoked it', async () => {
    const kim = await rig.browser('kim')
    const { id } = await rig.apiToken(kim.token, ['read', 'approve'] satisfies Scope[])
    await rig.ask(admin.token, 'DELETE', `tokens/${id}`)
    const { body } = await rig.ask(admin.token, 'GET', `audit?q=${id}`)
    expect(body['entries']).toMatchObject([
      { action: 'api_token_revoked', username: 'ada', target: { name: 'kim' }, detail: { token_id: id } },
      { action: 'api_token_made', username: 'kim', target: null, detail: { scopes: ['read', 'approve'] } },
    ])
  })
})
