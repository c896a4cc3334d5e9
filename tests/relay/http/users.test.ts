// Users as admins manage them, and people with their own account: what is allowed, what ends, and that it is felt at once.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { accountsRig, type AccountsRig } from './accounts-rig.ts'

const password = 'right horse battery'

let rig: AccountsRig
let storage: Storage
let admin: { id: string; token: string }
beforeAll(async () => {
  rig = await accountsRig()
  storage = await openStorage({ url: rig.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  admin = await rig.browser('ada', 'admin')
})
afterAll(async () => {
  await storage.close()
  await rig.stop()
})

const list = async (query = '') => (await rig.ask(admin.token, 'GET', `users${query}`)).body as { users: { id: string; name: string; role: string; deleted_at: number | null }[]; total: number; next: string | null }
const codeOf = (link: string) => new URL(link).hash.slice('#code='.length)
const signIn = (body: object) => rig.ask(null, 'POST', 'auth/login', body)

describe('users', () => {
  test('are listed by name, in pages, and found by a part of it', async () => {
    for (const name of ['Bo', 'bea', '가람', 'a_b']) await rig.ask(admin.token, 'POST', 'users', { name })
    const names: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      names.push(...page.users.map((user) => user.name))
      expect([page.users.length <= 2, page.total]).toEqual([true, 5])
      cursor = page.next
    }
    expect(names).toEqual(['a_b', 'ada', 'bea', 'Bo', '가람'])
    expect((await list('?q=_')).users.map(({ name }) => name)).toEqual(['a_b'])
    expect((await list('?q=B')).users.map(({ name }) => name)).toEqual(['a_b', 'bea', 'Bo'])
  })

  test('come in by a link, once, and set a password of their own', async () => {
    const { status, body } = await rig.ask(admin.token, 'POST', 'users', { name: 'mira', role: 'viewer', link: true })
    expect([status, new URL(body['link']).origin]).toEqual([201, rig.url])
    const first = await signIn({ code: codeOf(body['link']) })
    expect(first.body['user']).toEqual({ id: body['id'], name: 'mira', role: 'viewer' })
    expect((await signIn({ code: codeOf(body['link']) })).status).toBe(401)
    expect((await rig.ask(first.body['access_token'], 'POST', 'me/password', { new: password })).status).toBe(200)
    expect((await signIn({ username: 'MIRA', password })).status).toBe(200)
  })

  test('a name is one, and is nobody else’s', async () => {
    for (const [name, status] of [['Ada', 409], ['', 400], ['<b>', 400], ['x'.repeat(65), 400]] as const) expect([name, (await rig.ask(admin.token, 'POST', 'users', { name })).status]).toEqual([name, status])
    const bo = (await list('?q=bo')).users.find(({ name }) => name === 'Bo')!
    expect((await rig.ask(admin.token, 'PATCH', `users/${bo.id}`, { name: 'ADA' })).body['details']).toEqual({ reason: 'name_taken' })
    expect((await rig.ask(admin.token, 'PATCH', `users/${bo.id}`, { name: 'Boris' })).status).toBe(200)
    expect((await list('?q=boris')).total).toBe(1)
    expect((await rig.ask(admin.token, 'PATCH', 'users/u-none', { role: 'admin' })).status).toBe(404)
  })

  test('a short password makes nobody', async () => {
    expect((await rig.ask(admin.token, 'POST', 'users', { name: 'short', password: 'short' })).status).toBe(400)
    expect((await list('?q=short')).total).toBe(0)
  })

  test('A4: a token of the console opens no way in, for whomever', async () => {
    const script = await rig.token('boss', 'admin')
    const { id } = (await rig.relay.auth.accounts.find('boss'))!
    for (const [path, body] of [[`users/${id}/reset`, { way: 'password' }], [`users/${id}/reset`, { way: 'link' }], ['users', { name: 'more', link: true }], ['users', { name: 'more', password }]] as const) {
      expect([path, (await rig.ask(script, 'POST', path, body)).status]).toEqual([path, 403])
    }
    expect((await rig.ask(script, 'POST', 'users', { name: 'nobody yet' })).status).toBe(201)
    for (const name of ['nobody yet', 'boss']) await rig.relay.auth.accounts.remove(name)
  })

  test('A5: the last admin stays one, also when two try to take each other’s place at once', async () => {
    for (const [method, body] of [['DELETE', undefined], ['PATCH', { role: 'user' }]] as const) {
      const { status, body: answer } = await rig.ask(admin.token, method, `users/${admin.id}`, body)
      expect([method, status, answer['details']]).toEqual([method, 409, { reason: 'last_admin' }])
    }
    const second = await rig.browser('eda', 'admin')
    const both = await Promise.all([rig.ask(admin.token, 'PATCH', `users/${second.id}`, { role: 'user' }), rig.ask(second.token, 'PATCH', `users/${admin.id}`, { role: 'user' })])
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1)
    const admins = await storage.query<{ id: string }>("SELECT id FROM users WHERE role = 'admin' AND deleted_at IS NULL")
    expect(admins).toHaveLength(1)
    // Whoever is left makes things as they were.
    const left = admins[0]!.id === admin.id ? admin : second
    await rig.ask(left.token, 'PATCH', `users/${admin.id}`, { role: 'admin' })
    await rig.ask(admin.token, 'DELETE', `users/${second.id}`)
  })

  test('A5: a removed user is out at once, and what was theirs is an admin’s', async () => {
    const gone = await rig.browser('gus', 'user', password)
    const { body } = await rig.ask(gone.token, 'POST', 'claude/sessions', { title: 'Mine', visibility: 'private' })
    const client = await connectProtocol({ url: rig.url, token: gone.token })
    expect((await rig.ask(admin.token, 'DELETE', `users/${gone.id}`)).status).toBe(200)
    expect((await client.closed).code).toBe(4401)
    expect([(await rig.ask(gone.token, 'GET', 'me')).status, (await signIn({ username: 'gus', password })).status, (await rig.ask(admin.token, 'DELETE', `users/${gone.id}`)).status]).toEqual([401, 401, 404])
    await eventually('the session passes on', async () => {
      const { body: roster } = await rig.ask(admin.token, 'GET', `claude/sessions/${body['session_id']}/participants`)
      return (roster['participants'] as { user_id: string; role: string }[]).some(({ user_id, role }) => user_id === admin.id && role === 'owner')
    })
    expect([(await list('?q=gus')).total, (await list('?q=gus&deleted=true')).users[0]!.deleted_at === null]).toEqual([0, false])
    expect((await rig.ask(admin.token, 'POST', 'users', { name: 'gus' })).status).toBe(201)
  })

  test('C2: a changed role or name is felt by an open socket, and told to it', async () => {
    const nia = await rig.browser('nia')
    const client = await connectProtocol({ url: rig.url, token: nia.token })
    expect((await client.request('create_session', {})).ok).toBeTrue()
    await rig.ask(admin.token, 'PATCH', `users/${nia.id}`, { role: 'viewer' })
    expect(await client.request('create_session', {})).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    await rig.ask(admin.token, 'PATCH', `users/${nia.id}`, { role: 'admin' })
    expect((await client.request('subscribe', {}, { channel: 'system' })).ok).toBeTrue()
    await rig.ask(admin.token, 'PATCH', `users/${nia.id}`, { role: 'user' })
    const left = await client.until((frame) => frame.type === 'error' && frame.id === undefined)
    expect(left.data).toMatchObject({ code: 'NOT_FOUND', details: { channel: 'system' } })
    await rig.ask(admin.token, 'PATCH', `users/${nia.id}`, { name: 'Nia' })
    await client.until((frame) => frame.type === 'connected' && frame.data.user.name === 'Nia')
    expect(client.frames.filter((frame) => frame.type === 'connected').map(({ data }) => data.user)).toEqual([
      ...['user', 'viewer', 'admin', 'user'].map((role) => ({ id: nia.id, name: 'nia', role })),
      { id: nia.id, name: 'Nia', role: 'user' },
    ])
    client.close()
  })

  test.each(['link', 'password'] as const)('A5: a reset by %s ends every way in and opens one', async (way) => {
    const name = `reset ${way}`
    const person = await rig.browser(name, 'user', password)
    const api = await rig.apiToken(person.token, ['read'])
    const { body } = await rig.ask(admin.token, 'POST', `users/${person.id}/reset`, { way })
    for (const token of [person.token, api.token]) expect((await rig.ask(token, 'GET', 'me')).status).toBe(401)
    expect((await signIn({ username: name, password })).status).toBe(401)
    const again = way === 'link' ? { code: codeOf(body['link']) } : { username: name, password: body['password'] }
    expect((await signIn(again)).status).toBe(200)
    expect((await signIn(again)).status).toBe(way === 'link' ? 401 : 200)
    const kept = JSON.stringify([await storage.query('SELECT * FROM audit'), await storage.query('SELECT * FROM answers'), await storage.query('SELECT * FROM users'), await storage.query('SELECT * FROM sign_in_codes'), rig.logged])
    for (const secret of [body['password'], body['link'] && codeOf(body['link'])]) if (secret) expect(kept).not.toContain(secret)
  })
})

describe('A6: one’s own account', () => {
  test('a new password ends the other sign-ins and not this one, nor API tokens', async () => {
    const here = await rig.browser('kai', 'user', password)
    const there = await rig.browser('kai')
    const api = await rig.apiToken(here.token, ['read'])
    const client = await connectProtocol({ url: rig.url, token: there.token })
    expect((await rig.ask(here.token, 'POST', 'me/password', { old: password, new: 'another horse' })).status).toBe(200)
    expect((await client.closed).code).toBe(4401)
    expect([(await rig.ask(here.token, 'GET', 'me')).status, (await rig.ask(there.token, 'GET', 'me')).status, (await rig.ask(api.token, 'GET', 'me')).status]).toEqual([200, 401, 200])
    expect([(await signIn({ username: 'kai', password })).status, (await signIn({ username: 'kai', password: 'another horse' })).status]).toEqual([401, 200])
  })

  test('a wrong old one, none, or a short new one changes nothing', async () => {
    const { token } = await rig.browser('lea', 'user', password)
    for (const old of ['wrong', undefined]) expect((await rig.ask(token, 'POST', 'me/password', { old, new: 'another horse' })).body).toMatchObject({ code: 'FORBIDDEN', details: { reason: 'wrong_password' } })
    expect((await rig.ask(token, 'POST', 'me/password', { old: password, new: 'short' })).status).toBe(400)
    expect((await signIn({ username: 'lea', password })).status).toBe(200)
  })

  test('of a password nothing is kept under a key', async () => {
    const { token } = await rig.browser('pat')
    await rig.ask(token, 'POST', 'me/password', { new: password }, { 'idempotency-key': 'p' })
    expect(await storage.query("SELECT * FROM answers WHERE id = 'p'")).toEqual([])
  })

  test('the old one is guessed five times a minute, and signing in goes on', async () => {
    const slow = await accountsRig({ settings: { SIGN_INS_PER_MINUTE: '5' } })
    const { token } = await slow.browser('sam', 'user', password)
    const tries = []
    for (let i = 0; i < 6; i++) tries.push((await slow.ask(token, 'POST', 'me/password', { old: 'wrong', new: 'another horse' })).status)
    expect(tries).toEqual([403, 403, 403, 403, 403, 429])
    expect((await slow.ask(token, 'POST', 'me/password', { old: password, new: 'another horse' })).status).toBe(429)
    const wrong = await slow.ask(null, 'POST', 'auth/login', { username: 'sam', password: 'wrong' })
    expect(wrong.body['details']).toEqual({ reason: 'wrong', tries_left: 4 })
    expect((await slow.ask(null, 'POST', 'auth/login', { username: 'sam', password })).status).toBe(200)
    await slow.stop()
  })

  test('devices are listed with this one marked, and end one by one or all others together', async () => {
    const here = await rig.browser('ray')
    const [second, third] = [await rig.browser('ray'), await rig.browser('ray')]
    const script = await rig.token('ray')
    const mine = async () => (await rig.ask(here.token, 'GET', 'me/sign-ins')).body['sign_ins'] as { sid: string; kind: string; current: boolean; address: string | null }[]
    const all = await mine()
    expect(all.map(({ kind }) => kind).sort()).toEqual(['access', 'access', 'access', 'cli'])
    expect(all.filter(({ current }) => current)).toHaveLength(1)
    expect(all.find(({ current }) => current)!.address).toBe('127.0.0.1')
    const sidOf = (token: string) => (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid
    expect((await rig.ask(admin.token, 'DELETE', `me/sign-ins/${sidOf(second.token)}`)).status).toBe(404)
    const client = await connectProtocol({ url: rig.url, token: second.token })
    expect((await rig.ask(here.token, 'DELETE', `me/sign-ins/${sidOf(second.token)}`)).status).toBe(200)
    expect((await client.closed).code).toBe(4401)
    expect((await rig.ask(here.token, 'DELETE', 'me/sign-ins')).status).toBe(200)
    for (const token of [second.token, third.token, script]) expect((await rig.ask(token, 'GET', 'me')).status).toBe(401)
    expect((await mine()).map(({ current }) => current)).toEqual([true])
  })

  test('of an API token none is to be seen there, and it is not ended there', async () => {
    const here = await rig.browser('tia')
    const { id, token } = await rig.apiToken(here.token, ['read'])
    expect((await rig.ask(here.token, 'DELETE', `me/sign-ins/${id}`)).status).toBe(404)
    expect((await rig.ask(token, 'GET', 'me')).status).toBe(200)
  })
})
