// The audit as it is read: filters, pages, whose rights it was, and a CSV that no spreadsheet misreads.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { systemClock } from '../../../relay/clock.ts'
import { auditRoutes } from '../../../relay/http/audit.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage } from '../../../relay/storage/storage.ts'
import { eventually } from '../../support/eventually.ts'
import { accountsRig, type AccountsRig } from './accounts-rig.ts'

type Entry = { id: number; action: string; username: string; as_admin: boolean; address: string | null; session_title: string | null; session_title_then: string | null; target: { id?: string; name: string } | null; detail: Record<string, unknown> }

let rig: AccountsRig
let admin: { id: string; token: string }
let minji: { id: string; token: string }
beforeAll(async () => {
  rig = await accountsRig()
  admin = await rig.browser('ada', 'admin')
  minji = await rig.browser('minji')
})
afterAll(() => rig.stop())

const read = async (query = '') => (await rig.ask(admin.token, 'GET', `audit${query}`)).body as { entries: Entry[]; next: string | null }

describe('A7: the audit', () => {
  test('is read newest first, in pages without a hole, by action, person, time and word', async () => {
    for (const name of ['one', 'two', 'three']) await rig.ask(admin.token, 'POST', 'users', { name })
    const all = (await read('?limit=200')).entries
    const paged: Entry[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await read(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      paged.push(...page.entries)
      cursor = page.next
    }
    expect(paged).toEqual(all)
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a))
    expect((await read('?action=user_added&q=two')).entries.map(({ detail }) => detail['name'])).toEqual(['two'])
    expect(new Set((await read('?action=user_added,sign_in')).entries.map(({ action }) => action))).toEqual(new Set(['user_added', 'sign_in']))
    expect(new Set((await read(`?user=${minji.id}`)).entries.map(({ username }) => username))).toEqual(new Set(['minji']))
    expect([(await read(`?from=${Date.now() + 60_000}`)).entries.length, (await read('?to=1')).entries.length]).toEqual([0, 0])
    expect((await read('?q=%25')).entries).toEqual([])
    // What a person can read is found, also whom it was done to; a part of an id that nobody sees is not.
    const lot = (await rig.ask(admin.token, 'POST', 'users', { name: 'lot' })).body as { id: string }
    await rig.ask(admin.token, 'PATCH', `users/${lot.id}`, { role: 'viewer' })
    const found = async (q: string) => (await read(`?action=user_added,role_set&q=${encodeURIComponent(q)}`)).entries.map(({ action }) => action)
    expect([await found('LOT'), await found(lot.id), await found(lot.id.slice(0, 18)), await found('user_id'), await found('VIEW')]).toEqual([['role_set', 'user_added'], ['role_set', 'user_added'], [], [], ['role_set']])
    // Whom a row is about is found by the name that is shown, also where its details have an id alone.
    const jimin = (await rig.ask(admin.token, 'POST', 'users', { name: '지민' })).body as { id: string }
    const tides = `claude/sessions/${(await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Harbour' })).body['session_id']}`
    expect((await rig.ask(minji.token, 'POST', `${tides}/participants`, { user_id: jimin.id, role: 'collaborator' })).status).toBe(200)
    expect((await rig.ask(minji.token, 'PATCH', `${tides}/participants/${jimin.id}`, { role: 'owner' })).status).toBe(200)
    expect((await read(`?q=${encodeURIComponent('지민')}`)).entries.map(({ action }) => action)).toEqual(['session.set_role', 'session.invite', 'user_added'])
    // In any case and composition of letters.
    await rig.browser('Éloïse', 'admin')
    for (const q of ['Éloïse', 'éLOÏSE', 'E\u0301loi\u0308se']) expect([q, (await read(`?action=sign_in&q=${encodeURIComponent(q)}`)).entries.map(({ username }) => username)]).toEqual([q, ['Éloïse']])
    for (const bad of ['?cursor=x', '?action=A%20B', '?from=-1', '?limit=0']) expect([bad, (await rig.ask(admin.token, 'GET', `audit${bad}`)).status]).toEqual([bad, 400])
  })

  test('says whether only the rights of an admin allowed it', async () => {
    const session = async (token: string, visibility: string) => (await rig.ask(token, 'POST', 'claude/sessions', { title: 'Tides', visibility })).body['session_id'] as string
    const [closed, shared, own] = [await session(minji.token, 'private'), await session(minji.token, 'workspace'), await session(admin.token, 'private')]
    for (const id of [closed, shared, own]) await rig.ask(admin.token, 'PATCH', `claude/sessions/${id}`, { permission_mode: 'plan' })
    for (const id of [closed, shared, own]) await rig.ask(admin.token, 'PATCH', `claude/sessions/${id}`, { archived: true })
    await rig.ask(minji.token, 'PATCH', `claude/sessions/${closed}`, { archived: false })
    const of = async (id: string, action: string) => (await read(`?session_id=${id}&action=${action}`)).entries.map(({ username, as_admin }) => [username, as_admin])
    expect(await of(closed, 'session.permission_mode')).toEqual([['ada', true]])
    // Everybody of the workspace may choose a mode there; archiving is for owners.
    expect(await of(shared, 'session.permission_mode')).toEqual([['ada', false]])
    expect(await of(shared, 'session.change')).toEqual([['ada', true]])
    expect([await of(own, 'session.permission_mode'), await of(own, 'session.change')]).toEqual([[['ada', false]], [['ada', false]]])
    expect(await of(closed, 'session.change')).toEqual([['minji', false], ['ada', true]])
    for (const id of [closed, own]) await rig.ask(admin.token, 'DELETE', `claude/sessions/${id}?purge=true`)
    expect([await of(closed, 'session.purge'), await of(own, 'session.purge')]).toEqual([[['ada', true]], [['ada', false]]])
  })

  test('names who was handed a session, also in the table, and whoever took one for themself', async () => {
    const session = (await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Tides', visibility: 'workspace' })).body['session_id'] as string
    const rosa = await rig.browser('rosa')
    for (const token of [rosa.token, admin.token]) await rig.ask(token, 'POST', `claude/sessions/${session}/join`)
    for (const [by, to] of [[minji.token, rosa.id], [admin.token, admin.id]] as const) expect((await rig.ask(by, 'POST', `claude/sessions/${session}/hand-over`, { user_id: to })).status).toBe(200)
    const query = `?session_id=${session}&action=session.hand_over`
    expect((await read(query)).entries.map(({ target }) => target)).toEqual([{ id: admin.id, name: 'ada' }, { id: rosa.id, name: 'rosa' }])
    const csv = await rig.ask(admin.token, 'GET', `audit/export${query}`)
    expect(csv.text).toContain(`session.hand_over,,${rosa.id},rosa,`)
  })

  test('has each new title of a session with the one before it, whoever gave it, and none that is as it was', async () => {
    const session = (await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Tides', visibility: 'private' })).body['session_id'] as string
    for (const [token, title] of [[minji.token, 'Ebb'], [minji.token, 'Ebb'], [admin.token, 'Flood']] as const) expect((await rig.ask(token, 'PATCH', `claude/sessions/${session}`, { title })).status).toBe(200)
    const { entries } = await read(`?session_id=${session}&action=session.rename`)
    expect(entries.map(({ username, as_admin, detail }) => [username, as_admin, detail])).toEqual([
      ['ada', true, { from: 'Ebb', to: 'Flood' }],
      ['minji', false, { from: 'Tides', to: 'Ebb' }],
    ])
    expect((await read(`?session_id=${session}&action=session.act_as_admin`)).entries).toEqual([])
    // What was done before is told by the name of then, and of an erased one as far as the renames say it.
    for (const visibility of ['workspace', 'private']) await rig.ask(minji.token, 'PATCH', `claude/sessions/${session}`, { visibility })
    await rig.ask(minji.token, 'PATCH', `claude/sessions/${session}`, { title: 'Neap' })
    const titles = async () => (await read(`?session_id=${session}&action=session.rename,session.change`)).entries.map(({ action, session_title: now, session_title_then: then }) => [action, now, then])
    expect(await titles()).toEqual([
      ['session.rename', 'Neap', 'Neap'],
      ['session.change', 'Neap', 'Flood'],
      ['session.change', 'Neap', 'Flood'],
      ['session.rename', 'Neap', 'Flood'],
      ['session.rename', 'Neap', 'Ebb'],
    ])
    // Each is found by the title that is shown with it, and not by another.
    for (const [q, count] of [['neap', 1], ['Flood', 4], ['Ebb', 3]] as const) expect([q, (await read(`?session_id=${session}&q=${q}`)).entries.length]).toEqual([q, count])
    await rig.ask(minji.token, 'DELETE', `claude/sessions/${session}?purge=true`)
    expect((await titles()).map(([, now, then]) => [now, then])).toEqual([[null, null], [null, 'Flood'], [null, 'Flood'], [null, 'Flood'], [null, 'Ebb']])
  })

  test('says so as well of workspaces, of an answer for always, and not of what membership of a workspace allows', async () => {
    const { storage } = rig.relay
    const jun = await rig.browser('jun')
    const run = (sql: string, ...params: string[]) => storage.commit({ statements: [{ sql, params, changes: 1 }] })
    await run("INSERT INTO workspaces (id, path, name, owner_id, is_default, created_at) VALUES ('w-jun', '/w-jun', 'w-jun', ?, 0, 0)", jun.id)
    await run("INSERT INTO workspace_members (workspace_id, user_id) VALUES ('w-jun', ?)", admin.id)
    const { body } = await rig.ask(jun.token, 'POST', 'claude/sessions', { title: 'Reefs', visibility: 'workspace' })
    const id = body['session_id'] as string
    await run("UPDATE sessions SET workspace_id = 'w-jun' WHERE id = ?", id)
    const who = await rig.relay.auth.identify(admin.token, { address: null, agent: null })
    const asAdmin = async (action: 'permission.answer' | 'session.permission_mode' | 'workspace.rename', detail: object, sessionId: string | null) => {
      await storage.commit({ statements: [rig.relay.auth.audit(who, action, detail, sessionId)] })
      const [row] = await storage.query<{ as_admin: number }>('SELECT as_admin FROM audit ORDER BY id DESC LIMIT 1')
      return row!.as_admin === 1
    }
    // A member of the workspace may answer there, for this once.
    expect(await asAdmin('permission.answer', { scope: 'once' }, id)).toBe(false)
    expect(await asAdmin('permission.answer', { scope: 'always' }, id)).toBe(true)
    expect([await asAdmin('session.permission_mode', { mode: 'plan' }, id), await asAdmin('session.permission_mode', { mode: 'bypassPermissions' }, id)]).toEqual([false, true])
    expect(await asAdmin('workspace.rename', { workspace_id: 'w-jun', name: 'x' }, null)).toBe(true)
    await run('UPDATE workspaces SET owner_id = ? WHERE id = ?', admin.id, 'w-jun')
    expect([await asAdmin('workspace.rename', { workspace_id: 'w-jun', name: 'x' }, null), await asAdmin('permission.answer', { scope: 'always' }, id)]).toEqual([false, false])
    // In the default one 'always' is an admin's right alone, also for who is in the session.
    const own = (await rig.ask(admin.token, 'POST', 'claude/sessions', { title: 'Own' })).body['session_id'] as string
    expect([await asAdmin('permission.answer', { scope: 'once' }, own), await asAdmin('permission.answer', { scope: 'always' }, own)]).toEqual([false, true])
  })

  test('has who read a session by the rights of an admin alone, one row an hour, over REST and a socket, and no search', async () => {
    const session = async (visibility: string) => (await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Currents', visibility })).body['session_id'] as string
    const [closed, heard, shared] = [await session('private'), await session('private'), await session('workspace')]
    const reads = async (id: string) => (await read(`?session_id=${id}&action=session.read`)).entries.map(({ username, as_admin, address }) => [username, as_admin, address])
    await rig.ask(admin.token, 'GET', 'claude/sessions?q=Currents')
    expect(await reads(closed)).toEqual([])
    const paths = ['state', 'events', 'logs', 'export', 'participants', 'audit']
    const answers = await Promise.all(paths.map((path) => rig.ask(admin.token, 'GET', `claude/sessions/${closed}/${path}`)))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
    for (const path of paths) expect([path, (await rig.ask(admin.token, 'GET', `claude/sessions/${shared}/${path}`)).status]).toEqual([path, 200])
    await rig.ask(minji.token, 'GET', `claude/sessions/${closed}/events`)
    expect([await reads(closed), await reads(shared)]).toEqual([[['ada', true, '127.0.0.1']], []])
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/ws?token=${admin.token}`)
    socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', id: 'a', channel: `session:${heard}`, data: {} }))
    await eventually('the row of who listens', async () => (await reads(heard)).length > 0)
    socket.close()
    expect(await reads(heard)).toEqual([['ada', true, '127.0.0.1']])
  })

  test('has from where a tunnel of this machine says that somebody comes, beside the address that was seen', async () => {
    const headers = { host: 'a.trycloudflare.com', 'x-forwarded-for': '198.51.100.7' }
    expect((await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Far', visibility: 'private' }, headers)).status).toBe(201)
    await rig.ask(null, 'POST', 'auth/login', { username: 'minji', password: 'wrong' }, headers)
    await rig.ask(admin.token, 'POST', 'users', { name: 'far' }, headers)
    const entries = (await read('?q=198.51.100.7')).entries as (Entry & { hop: string | null })[]
    expect(entries.map(({ action, address, hop }) => [action, address, hop])).toEqual([['user_added', '127.0.0.1', '198.51.100.7'], ['sign_in_failed', '127.0.0.1', '198.51.100.7']])
    const csv = await (await fetch(`${rig.url}/api/v1/audit/export?action=user_added&q=198.51`, { headers: { authorization: `Bearer ${admin.token}` } })).text()
    expect(csv).toContain(',127.0.0.1,198.51.100.7,')
    // Over a socket as well, in the audit and in the log.
    const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Farther' })
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/ws?token=${minji.token}`, { headers } as never)
    socket.onopen = () => socket.send(JSON.stringify({ type: 'command', id: 'hide', data: { command: 'set_visibility', session_id: body['session_id'], args: { visibility: 'private' } } }))
    await eventually('what was done over the socket', async () => (await read('?q=198.51.100.7&action=session.change')).entries.length > 0)
    expect((await read('?q=198.51.100.7&action=session.change')).entries).toMatchObject([{ username: 'minji', address: '127.0.0.1', hop: '198.51.100.7' }])
    socket.close(4000)
    const ofSocket = (event: string) => rig.logged.filter((line) => line['event'] === event && line['hop'] === '198.51.100.7')
    await eventually('the end of the socket', () => ofSocket('disconnected').length > 0)
    const about = { user_id: minji.id, kind: 'simple', address: '127.0.0.1', hop: '198.51.100.7', connection_id: expect.any(String) }
    expect([ofSocket('connected'), ofSocket('disconnected')]).toMatchObject([[about], [{ ...about, code: 4000, ms: expect.any(Number) }]])
    expect(rig.logged.findLast((line) => line['event'] === 'request' && line['user_id'] === minji.id)).toMatchObject({ address: '127.0.0.1' })
    expect(rig.logged.filter((line) => line['event'] === 'request' && line['user_id'] === minji.id && line['hop'] === '198.51.100.7')).toHaveLength(1)
    // Whom no tunnel brings may say what they like.
    await rig.ask(admin.token, 'POST', 'users', { name: 'near' }, { 'x-forwarded-for': '198.51.100.8' })
    expect((await read('?q=198.51.100.8')).entries).toEqual([])
  })

  test('of a session is for its owners, who are not told from where', async () => {
    const { body } = await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Audited' })
    const at = `claude/sessions/${body['session_id']}`
    const jun = await rig.browser('jun')
    await rig.ask(minji.token, 'POST', `${at}/participants`, { user_id: jun.id, role: 'collaborator' })
    expect((await rig.ask(jun.token, 'GET', `${at}/audit`)).status).toBe(403)
    const own = (await rig.ask(minji.token, 'GET', `${at}/audit`)).body['entries'] as Entry[]
    expect(own).toMatchObject([{ action: 'session.invite', username: 'minji', target: { name: 'jun' }, address: null, session_title: 'Audited' }])
    expect(((await rig.ask(admin.token, 'GET', `${at}/audit`)).body['entries'] as Entry[])[0]!.address).toBe('127.0.0.1')
    await rig.ask(minji.token, 'DELETE', at)
    expect((await rig.ask(minji.token, 'GET', `${at}/audit`)).status).toBe(200)
  })

  test('has failed sign-ins, one row an hour for each user and place with their count, and never what was typed as a name', async () => {
    await rig.browser('leo', 'user', 'right horse battery')
    for (let i = 0; i < 3; i++) await rig.ask(null, 'POST', 'auth/login', { username: 'leo', password: 'wrong' })
    for (let i = 0; i < 3; i++) await rig.ask(null, 'POST', 'auth/login', { username: `MySecretPassword${i}`, password: 'wrong' })
    const failed = (await read('?action=sign_in_failed&limit=200')).entries
    const counts = (name: string) => failed.filter(({ username, address }) => username === name && address === '127.0.0.1').map(({ detail }) => Number(detail['count']))
    // An hour may have begun in between.
    expect(counts('leo').reduce((sum, count) => sum + count, 0)).toBe(3)
    expect([counts('leo').length <= 2, counts('').length <= 2]).toEqual([true, true])
    expect(JSON.stringify(failed)).not.toContain('MySecret')
  }, 60_000)

  test('as CSV has every row, one header, a byte order mark, and no formula', async () => {
    const storage = await openStorage({ url: rig.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
    const row = (name: string, agent: string) => ({ sql: "INSERT INTO audit (at, user_id, username, action, detail, address, agent) VALUES (1000, 'u-csv', ?, 'tested', '{\"a\":\"b,\\\"c\\\"\"}', NULL, ?)", params: [name, agent] })
    await storage.commit({ statements: [row('=HYPERLINK("http://evil")', 'a\r\nb'), row('김민지', '+1'), ...Array.from({ length: 1_200 }, (_, i) => row(`n${i}`, 'x'))] })
    await storage.close()
    const response = await fetch(`${rig.url}/api/v1/audit/export?user=u-csv`, { headers: { authorization: `Bearer ${admin.token}` } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    expect([response.headers.get('content-type'), response.headers.get('content-disposition')]).toEqual(['text/csv; charset=utf-8; header=present', expect.stringContaining('audit.csv')])
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(text.split('\r\n').filter((line) => line.includes('tested'))).toHaveLength(1_202)
    expect(text.split('time,user_id')).toHaveLength(2)
    expect(text).toContain(',"\'=HYPERLINK(""http://evil"")",')
    expect(text).toContain("김민지,tested,,,,,,,\"{\"\"a\"\":\"\"b,\\\"\"c\\\"\"\"\"}\",,,'+1\r\n")
    expect(text).toContain('"a\r\nb"\r\n')
  })

  test('as CSV ends for a slow reader who may not read it any more', async () => {
    const former = await rig.browser('former', 'admin')
    const { auth, storage } = rig.relay
    const row = { sql: "INSERT INTO audit (at, user_id, username, action, detail, address, agent) VALUES (1000, 'u-slow', 'slow', 'tested', '{}', NULL, NULL)", params: [] }
    await storage.commit({ statements: Array.from({ length: 1_200 }, () => row) })
    const who = await auth.identify(former.token, { address: '127.0.0.1', agent: null })
    const route = auditRoutes({ auth }).find(({ path }) => path.endsWith('/export'))!
    const { promise, resolve } = Promise.withResolvers<AsyncGenerator<string>>()
    await route.handle({ who, query: { user: 'u-slow' }, streamed: (pieces: AsyncGenerator<string>) => (resolve(pieces), new ReadableStream()) } as never)
    const pieces = await promise
    await pieces.next()
    expect((await pieces.next()).value).toContain('tested')
    expect((await rig.ask(admin.token, 'PATCH', `users/${former.id}`, { role: 'user' })).status).toBe(200)
    expect(await pieces.next().then(() => 'told', ({ code }) => code)).toBe('FORBIDDEN')
    expect((await pieces.next()).done).toBe(true)
  })
})
