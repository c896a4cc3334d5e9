// Sessions and workspaces over HTTP: every route with its rule, its shape, and bad input that changes nothing.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { rest } from '#protocol'
import * as z from 'zod/mini'
import { type Door, openDoor } from './http-door.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let door: Door
let id: string
const tokens: Record<string, string> = {}
beforeAll(async () => {
  rig = await sessionsRig()
  door = openDoor(rig)
  for (const name of ['owner', 'collaborator', 'viewer', 'stranger']) tokens[name] = await door.token(name)
  tokens['admin'] = await door.token('admin', 'admin')
  id = (await door.json('/claude/sessions', { token: tokens['owner'], json: { title: '회의', visibility: 'private' } })).body.session_id
  for (const role of ['collaborator', 'viewer']) {
    const user = await rig.auth.accounts.find(role)
    await door.json(`/claude/sessions/${id}/participants`, { token: tokens['owner'], json: { user_id: user!.id, role } })
  }
  await turn(rig, id, 1)
})
afterAll(async () => {
  await door.stop()
  await rig.end()
})

const get = (path: string, name = 'owner') => door.json(path, { token: tokens[name] })
const userId = async (name: string) => (await rig.auth.accounts.find(name))!.id

describe('the matrix of rules', () => {
  const all = { owner: 200, collaborator: 200, viewer: 200, admin: 200, stranger: 404, nobody: 401 }
  const owners = { ...all, collaborator: 403, viewer: 403 }
  const routes: [string, string, Record<string, number>, unknown?][] = [
    ['GET', '', all],
    ['GET', '/state', all],
    ['GET', '/events', all],
    ['GET', '/logs', all],
    ['GET', '/export', all],
    ['GET', '/participants', all],
    ['POST', '/join', all, {}],
    ['PATCH', '', { ...all, viewer: 403 }, { title: 'new' }],
    ['PATCH', '', owners, { archived: false }],
    ['PATCH', '', owners, { visibility: 'private' }],
    ['POST', '/fork', { owner: 201, collaborator: 201, viewer: 201, admin: 201, stranger: 404, nobody: 401 }, {}],
  ]
  for (const [method, path, expected, json] of routes) {
    test(`${method} …/:id${path} ${json && method === 'PATCH' ? JSON.stringify(json) : ''}`, async () => {
      const found: Record<string, number> = {}
      for (const name of Object.keys(expected)) {
        const response = await door.send(`/claude/sessions/${id}${path}`, { token: tokens[name], method, json })
        await response.arrayBuffer()
        found[name] = response.status
      }
      expect(found).toEqual(expected)
    })
  }

  test('owners only: invite, role, removal of others, delete, restore', async () => {
    const other = (await door.json('/claude/sessions', { token: tokens['owner'], json: { visibility: 'private' } })).body.session_id as string
    for (const role of ['collaborator', 'viewer']) await door.json(`/claude/sessions/${other}/participants`, { token: tokens['owner'], json: { user_id: await userId(role), role } })
    const target = await userId('collaborator')
    const calls: [string, string, unknown?][] = [
      ['POST', '/participants', { user_id: target }],
      ['PATCH', `/participants/${target}`, { role: 'owner' }],
      ['DELETE', `/participants/${target}`],
      ['DELETE', ''],
      ['POST', '/restore', {}],
    ]
    for (const [method, path, json] of calls) {
      const statuses: number[] = []
      for (const name of ['viewer', 'stranger', 'nobody']) statuses.push((await door.send(`/claude/sessions/${other}${path}`, { token: tokens[name], method, json })).status)
      expect([path, ...statuses]).toEqual([path, 403, 404, 401])
    }
    expect(await rig.auth.standing(await rig.person('collaborator'), other)).toBe('collaborator')
  })
})

describe('shapes', () => {
  test('list, row, state and events are what the contract says', async () => {
    const fits = <S extends z.core.$ZodType>(schema: S, { status, body }: { status: number; body: unknown }): z.infer<S> => {
      expect(status).toBe(200)
      return z.parse(schema, body)
    }
    const list = fits(rest.sessionsPage, await get('/claude/sessions?limit=5'))
    expect(list.sessions.length).toBe(Math.min(5, list.total))
    expect(fits(rest.sessionRow, await get(`/claude/sessions/${id}`, 'viewer'))).toMatchObject({ session_id: id, role: 'viewer', visibility: 'private' })
    const state = fits(rest.sessionSnapshot, await get(`/claude/sessions/${id}/state`))
    const page = fits(rest.eventsPage, await get(`/claude/sessions/${id}/events?limit=2&before=${state.seq + 1}`))
    expect(page.events.map(({ seq }) => seq)).toEqual([state.seq - 1, state.seq])
    expect(page).toMatchObject({ epoch: rig.storage.epoch, top: state.seq })
    expect((await get(`/claude/sessions/${id}/logs?limit=100`)).body).toEqual({ session_id: id, logs: [], count: 0 })
    fits(rest.workspaces, await get('/workspaces'))
    fits(rest.tree, await get(`/workspaces/${rig.workspace.id}/tree?q=x`))
    fits(rest.trustReport, await get(`/workspaces/${rig.workspace.id}/trust`))
  })

  test('the cursor of one page leads to the next', async () => {
    for (let n = 0; n < 5; n++) await rig.begin(await rig.person('pager'), { title: `p${n}` })
    const token = await door.token('pager')
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await door.json(`/claude/sessions?limit=2&q=p&cursor=${next}`, { token })
      seen.push(...body.sessions.map(({ title }: { title: string }) => title))
      next = body.next
    }
    expect(seen.sort()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4'])
  })

  test('exports stream with a name that keeps its Hangul', async () => {
    expect((await door.json(`/claude/sessions/${id}`, { token: tokens['collaborator'], method: 'PATCH', json: { title: '주간 회의 (3차)' } })).status).toBe(200)
    const response = await door.send(`/claude/sessions/${id}/export?format=json`, { token: tokens['viewer'] })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${Buffer.from('주간 회의 (3차).json').toString('latin1')}"; filename*=UTF-8''${encodeURIComponent('주간 회의 (3차).json').replace('(', '%28').replace(')', '%29')}`)
    const body = (await response.json()) as { session: { title: string }; events: unknown[] }
    expect(body.session.title).toBe('주간 회의 (3차)')
    expect(body.events.length).toBe(await rig.events.top(`session:${id}`))
    const markdown = await door.send(`/claude/sessions/${id}/export`, { token: tokens['viewer'] })
    expect(await markdown.text()).toContain('### Claude\n\n대답 1')
  })
})

describe('changes', () => {
  test('one Idempotency-Key makes one session; another body under it is refused', async () => {
    const send = (title: string) => door.json('/claude/sessions', { token: tokens['owner'], json: { title }, headers: { 'idempotency-key': 'key-1' } })
    const answers = await Promise.all([send('one'), send('one'), send('one')])
    expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(await send('two')).toMatchObject({ status: 409, body: { code: 'ID_REUSED' } })
  })

  test('leaving is removing oneself; the last owner cannot', async () => {
    const other = (await door.json('/claude/sessions', { token: tokens['owner'], json: {} })).body.session_id as string
    await door.json(`/claude/sessions/${other}/join`, { token: tokens['stranger'], json: {} })
    const path = async (name: string) => `/claude/sessions/${other}/participants/${await userId(name)}`
    expect(await door.json(await path('stranger'), { token: tokens['stranger'], method: 'DELETE' })).toMatchObject({ status: 200 })
    expect(await door.json(await path('owner'), { token: tokens['owner'], method: 'DELETE' })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
  })

  test('DELETE is the trash, restore brings back, purge ends it', async () => {
    const other = (await door.json('/claude/sessions', { token: tokens['owner'], json: {} })).body.session_id as string
    const path = `/claude/sessions/${other}`
    const status = async (method: string, more = '') => (await door.send(path + more, { token: tokens['owner'], method, ...(method === 'POST' ? { json: {} } : {}) })).status
    expect(await status('DELETE')).toBe(200)
    expect(await status('GET')).toBe(404)
    expect(await status('DELETE')).toBe(404)
    expect(await status('POST', '/restore')).toBe(200)
    expect(await status('GET')).toBe(200)
    expect(await status('DELETE', '?purge=true')).toBe(200)
    expect(await status('POST', '/restore')).toBe(404)
  })

  test('trust needs the workspace\'s owner and the hash that was shown', async () => {
    const path = `/workspaces/${rig.workspace.id}/trust`
    const { hash } = (await get(path)).body
    expect((await door.json(path, { token: tokens['owner'], json: { trusted: true, hash } })).status).toBe(403)
    expect((await door.json(path, { token: tokens['admin'], json: { trusted: true, hash: 'other' } })).status).toBe(409)
    expect(await door.json(path, { token: tokens['admin'], json: { trusted: true, hash } })).toEqual({ status: 200, body: { trusted: true } })
    expect((await get('/workspaces')).body.workspaces[0]).toMatchObject({ trusted: true, owner: false, default: true })
  })
})

describe('bad input is refused with 4xx and changes nothing', () => {
  const paths = [
    '/claude/sessions?limit=1e9', '/claude/sessions?limit=0', '/claude/sessions?limit=NaN', '/claude/sessions?limit=-1', '/claude/sessions?cursor=%00', '/claude/sessions?archived=maybe',
    '/claude/sessions/:id/events?before=-1', '/claude/sessions/:id/events?after=1.5', '/claude/sessions/:id/events?limit=501', '/claude/sessions/:id/events?before=1e308', '/claude/sessions/:id/events?after=x',
    '/claude/sessions/:id/logs?limit=100000', '/claude/sessions/:id/export?format=pdf', '/claude/sessions/..%2f..%2fetc', '/claude/sessions/%00', "/claude/sessions/'%20OR%201=1", '/claude/sessions/__proto__',
    '/workspaces/nope/tree?q=a', '/workspaces/nope/trust', '/files/nope', '/files/..%2f..%2fensemble.db',
  ]
  test.each(paths)('GET %s', async (path) => {
    const { status, body } = await get(path.replace(':id', id))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body).toMatchObject({ code: expect.any(String), trace_id: expect.any(String) })
    expect(JSON.stringify(body)).not.toContain('at ')
  })

  test.each([
    ['PATCH', { title: '' }],
    ['PATCH', { title: 'x'.repeat(201) }],
    ['PATCH', { visibility: 'public' }],
    ['PATCH', { model: '--settings=evil' }],
    ['PATCH', { permission_mode: 'yolo' }],
    ['PATCH', { read_seq: -1 }],
    ['PATCH', []],
    ['PATCH', 'text'],
  ])('%s %j', async (method, json) => {
    const before = await rig.sessions.get(id)
    const top = await rig.events.top(`session:${id}`)
    expect((await door.json(`/claude/sessions/${id}`, { token: tokens['owner'], method, json })).status).toBe(400)
    expect(await rig.sessions.get(id)).toEqual(before)
    expect(await rig.events.top(`session:${id}`)).toBe(top)
  })

  test('hostile texts in a search find nothing and break nothing', async () => {
    for (const q of ["'; DROP TABLE sessions; --", '%', '_', '\\', '"', '\u0000', '\ud800', '🙂', '%'.repeat(200)]) {
      const { status } = await get(`/claude/sessions?q=${encodeURIComponent(q.toWellFormed())}`)
      expect([200, 400]).toContain(status)
      const tree = await get(`/workspaces/${rig.workspace.id}/tree?q=${encodeURIComponent(q.toWellFormed())}`)
      expect([200, 400]).toContain(tree.status)
    }
    expect((await get('/claude/sessions')).body.total).toBeGreaterThan(0)
  })
})
