// Every route of the table × everybody who must not, by the contract's table of rights: with real ids, so that a missing check would let it through, as it does those who may.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import type { SessionAction } from '#protocol'
import { RELAY_RIGHTS } from '../../protocol/rights-table.ts'
import { begun, browserOf, deliveryIn, type Foreign } from '../../support/gate-things.ts'
import { writeTerminalSession } from '../../support/terminal-session.ts'
import { eventually } from '../../support/eventually.ts'
import { tusBegins } from '../../support/tus-sender.ts'
import { changesOf, rowsOf } from '../../support/rows-of.ts'
import { BAD_TOKENS, startGateWorld, type Act, type GateWorld, type Name } from '../../support/gate-world.ts'

let world: GateWorld
const workspace = 'w-matrix'
let made = 0
/** A workspace that the owner added, with two members. */
async function added(name: string): Promise<string> {
  const id = name === workspace ? name : `w-${++made}-${name}`
  const of = (each: Name) => world.idOf(each)
  const { outcome } = await world.storage.commit({
    statements: [
      { sql: 'INSERT INTO workspaces (id, path, name, owner_id, created_at) VALUES (?, ?, ?, ?, 0)', params: [id, `${world.relay.home.workspace}/${id}`, 'x', of('owner')] },
      { sql: 'INSERT INTO workspace_members (workspace_id, user_id) VALUES (?, ?), (?, ?)', params: [id, of('collaborator'), id, of('globalViewer')] },
    ],
  })
  expect(outcome).toBe('committed')
  return id
}

const conversation = '00000000-0000-4000-8000-000000000001'
beforeAll(async () => {
  world = await startGateWorld()
  await added(workspace)
  writeTerminalSession(world.relay.home.claudeHome, `${world.relay.home.workspace}/${workspace}`, conversation)
})
afterAll(() => world.stop())

type Body = object | FormData
type Row = { right: SessionAction; what?: string; of?: Name; path?: (id: string, world: GateWorld) => string | Promise<string>; body?: (id: string, world: GateWorld) => Body | Promise<Body>; headers?: (id: string) => Record<string, string>; session?: Act['session']; ends?: Act['ends']; before?: (id: string, world: GateWorld) => Promise<unknown> }
const base = '/claude/sessions'
const upload = (session_id: string) => {
  const form = new FormData()
  form.set('session_id', session_id)
  form.set('file', new File(['hi'], 'a.txt'))
  return form
}
const patched = (right: SessionAction, body: object): Row => ({ right, what: Object.keys(body).join(), body: () => body })

/**
 * 'open': to strangers. 'by ticket': to whoever has one, no token counts. 'signed-in': for every user, about themselves alone. 'member', 'owner of the workspace', 'admin': of the relay.
 * 'socket': by the handshake.
 * Rows: what is decided by somebody's standing in a session. Whoever adds a route has thought about it here.
 */
const ROUTES: Record<string, 'open' | 'socket' | 'by ticket' | 'signed-in' | 'member' | 'owner of the workspace' | 'admin' | Row[]> = {
  'POST /auth/login': 'open',
  'POST /auth/refresh': 'open',
  'POST /auth/link': 'open',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /docs/:file': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /ws': 'socket',
  'GET /ws/executions/:id': 'socket',
  'GET /metrics': 'admin',
  'GET /admin/storage': 'admin',
  'GET /audit': 'admin',
  'GET /audit/export': 'admin',
  'GET /users': 'admin',
  'POST /users': 'admin',
  'PATCH /users/:id': 'admin',
  'POST /users/:id/reset': 'admin',
  'DELETE /users/:id': 'admin',
  'GET /stats': 'admin',
  'GET /stats/sessions': 'admin',
  'POST /processes/:process/stop': 'admin',
  'POST /auth/logout': 'signed-in',
  'POST /auth/devices': 'signed-in',
  'GET /me': 'signed-in',
  'POST /me/password': 'signed-in',
  'GET /me/sign-ins': 'signed-in',
  'DELETE /me/sign-ins': 'signed-in',
  'DELETE /me/sign-ins/:sid': 'signed-in',
  'GET /tokens': 'signed-in',
  'POST /tokens': 'signed-in',
  'DELETE /tokens/:id': 'signed-in',
  'GET /people': 'signed-in',
  'GET /claude/search': 'signed-in',
  'GET /usage': [{ right: 'see_usage', path: (id) => `/usage?session_id=${id}` }],
  'GET /usage.csv': [{ right: 'see_usage', path: (id) => `/usage.csv?session_id=${id}` }],
  'GET /usage/budget': 'signed-in',
  'GET /budgets': 'admin',
  'PUT /budgets/:user': 'admin',
  'DELETE /budgets/:user': 'admin',
  'GET /workspaces': 'signed-in',
  'POST /workspaces': 'admin',
  'GET /workspaces/folders': 'admin',
  'GET /workspaces/:id': 'member',
  'PATCH /workspaces/:id': 'owner of the workspace',
  'DELETE /workspaces/:id': 'owner of the workspace',
  'GET /workspaces/:id/members': 'owner of the workspace',
  'PUT /workspaces/:id/members/:user': 'owner of the workspace',
  'DELETE /workspaces/:id/members/:user': 'owner of the workspace',
  'GET /workspaces/:id/tree': 'member',
  'GET /workspaces/:id/terminal-sessions': 'member',
  'POST /workspaces/:id/terminal-sessions/:conversation/import': 'member',
  'GET /workspaces/:id/trust': 'member',
  'POST /workspaces/:id/trust': 'owner of the workspace',
  [`GET ${base}`]: 'signed-in',
  [`POST ${base}`]: 'member',
  [`GET ${base}/:id`]: [{ right: 'read' }],
  [`PATCH ${base}/:id`]: [
    patched('read', { read_seq: 1 }),
    patched('rename', { title: 'Mine' }),
    patched('set_visibility', { visibility: 'workspace' }),
    patched('archive', { archived: true }),
    patched('set_model', { model: 'opus' }),
    patched('set_mode', { permission_mode: 'plan' }),
    { ...patched('set_open_mode', { permission_mode: 'dontAsk' }), what: 'an open mode' },
  ],
  [`DELETE ${base}/:id`]: [{ right: 'delete' }, { right: 'delete', what: 'for good', path: (id) => `${base}/${id}?purge=true` }],
  [`POST ${base}/:id/restore`]: [{ right: 'delete', before: (id, world) => world.ask('owner', 'DELETE', `${base}/${id}`) }],
  [`GET ${base}/:id/state`]: [{ right: 'read' }],
  [`GET ${base}/:id/events`]: [{ right: 'read' }],
  [`GET ${base}/:id/logs`]: [{ right: 'read_logs' }],
  [`GET ${base}/:id/export`]: [{ right: 'export' }, { right: 'export', what: 'as JSON', path: (id) => `${base}/${id}/export?format=json` }],
  [`POST ${base}/:id/fork`]: [{ right: 'fork', session: 'worked', body: () => ({}) }],
  [`GET ${base}/:id/audit`]: [{ right: 'read_audit' }],
  [`GET ${base}/:id/participants`]: [{ right: 'see_roster' }],
  [`POST ${base}/:id/participants`]: [{ right: 'invite', body: (_, world) => ({ user_id: world.idOf('stranger'), role: 'viewer' }) }],
  [`POST ${base}/:id/hand-over`]: [{ right: 'set_role', body: (_, world) => ({ user_id: world.idOf('collaborator') }) }],
  [`POST ${base}/:id/join`]: [{ right: 'read' }],
  [`PATCH ${base}/:id/participants/:user`]: [{ right: 'set_role', path: (id, world) => `${base}/${id}/participants/${world.idOf('viewer')}`, body: () => ({ role: 'owner' }) }],
  [`DELETE ${base}/:id/participants/:user`]: [{ right: 'remove', path: (id, world) => `${base}/${id}/participants/${world.idOf('admin')}` }],
  [`GET ${base}/:id/links`]: [{ right: 'links' }],
  [`POST ${base}/:id/links`]: [{ right: 'links', body: () => ({ expires_in: '1h' }) }],
  [`DELETE ${base}/:id/links/:link`]: [{ right: 'links', path: async (id, world) => `${base}/${id}/links/${(await world.ask('owner', 'POST', `${base}/${id}/links`, { expires_in: '1h' })).body.link_id}` }],
  [`GET ${base}/:id/offers`]: [{ right: 'read' }],
  [`GET ${base}/:id/context`]: [{ right: 'read' }],
  [`GET ${base}/:id/tools/:tool/:part`]: [{ right: 'read', path: (id) => `${base}/${id}/tools/use/output` }],
  'POST /claude/execute': [{ right: 'prompt', path: () => '/claude/execute', body: (session_id) => ({ session_id, prompt: 'hello' }) }],
  'GET /claude/executions': 'signed-in',
  'GET /claude/executions/:id': [{ right: 'read', session: 'busy', path: (id, world) => `/claude/executions/${world.executionOf(id)}` }],
  'GET /claude/executions/:id/events': [
    {
      right: 'read',
      // Of one that is over, so that it ends.
      path: async (id, world) => {
        const execution = world.executionOf(id)
        await world.ask('owner', 'POST', `/claude/executions/${execution}/cancel`)
        return `/claude/executions/${execution}/events`
      },
      session: 'busy',
      ends: true,
    },
  ],
  'POST /claude/executions/:id/cancel': [{ right: 'interrupt', session: 'busy', ends: true, path: (id, world) => `/claude/executions/${world.executionOf(id)}/cancel` }],
  'POST /claude/executions/:id/continue': [{ right: 'continue', session: 'busy', path: (id, world) => `/claude/executions/${world.waitingOf(id)}/continue` }],
  'POST /files/upload': [{ right: 'upload', path: () => '/files/upload', body: upload }, { right: 'upload', what: 'named in the query', path: (id) => `/files/upload?session_id=${id}`, body: upload }],
  'OPTIONS /files/tus': 'open',
  'POST /files/tus': [{ right: 'upload', path: () => '/files/tus', headers: (session_id) => tusBegins({ filename: 'a.txt', session_id }, 2) }],
  ...Object.fromEntries(['HEAD', 'PATCH', 'DELETE'].map((method) => [`${method} /files/tus/:id`, 'signed-in' as const])),
  'GET /files': [{ right: 'read', path: (id) => `/files?session_id=${id}` }],
  // The same right as that to take something back: of owners, and of whoever asked for it.
  'GET /webhooks/deliveries': [{ right: 'webhook', of: 'collaborator', path: async (id, world) => `/webhooks/deliveries?execution_id=${await deliveryIn(id, world)}` }],
  'POST /webhooks/deliveries/:id/retry': [{ right: 'webhook', of: 'collaborator', path: async (id, world) => `/webhooks/deliveries/${await deliveryIn(id, world)}/retry`, body: () => ({}) }],
  'DELETE /webhooks/deliveries/:id': [{ right: 'webhook', of: 'collaborator', path: async (id, world) => `/webhooks/deliveries/${await deliveryIn(id, world, 'pending')}` }],
  'GET /files/:id': [{ right: 'download', path: async (id, world) => `/files/${await world.fileOf(id, 'owner')}` }],
  'GET /files/:id/download': 'by ticket',
  'POST /files/:id/ticket': [{ right: 'download', path: async (id, world) => `/files/${await world.fileOf(id, 'owner')}/ticket` }],
  'POST /files/archives': [{ right: 'download', path: () => '/files/archives', body: async (session_id, world) => (await world.fileOf(session_id, 'owner'), { session_id }) }],
  'GET /files/archives/:id': 'by ticket',
  'POST /files/:id/share': [
    { right: 'share_file', what: 'out of it', path: async (id, world) => `/files/${await world.fileOf(id, 'owner')}/share`, body: async (_, world) => ({ target_session_id: await world.openToAll() }) },
    { right: 'share_file', what: 'into it', path: async (_, world) => `/files/${await world.fileOf(await world.openToAll(), 'owner')}/share`, body: (id) => ({ target_session_id: id }) },
  ],
  'DELETE /files/:id': [
    { right: 'delete_file', of: 'owner', what: 'of the owner', path: async (id, world) => `/files/${await world.fileOf(id, 'owner')}` },
    { right: 'delete_file', of: 'collaborator', what: 'of the collaborator', path: async (id, world) => `/files/${await world.fileOf(id, 'collaborator')}` },
  ],
}
const FOREIGN: Record<string, (world: GateWorld) => Promise<Foreign>> = {
  ...Object.fromEntries(['HEAD', 'PATCH', 'DELETE'].map((method) => [`${method} /files/tus/:id`, begun])),
  'DELETE /me/sign-ins/:sid': async (world) => {
    await browserOf(world)
    const { body } = await world.ask('owner', 'GET', '/me/sign-ins')
    return { path: `/me/sign-ins/${body.sign_ins.find((each: { current: boolean }) => !each.current).sid}`, answer: 404 }
  },
  'GET /tokens': () => Promise.resolve({ path: '/tokens?all=true', answer: 403, by: 'admin' }),
  'DELETE /tokens/:id': async (world) => {
    const { body } = await world.fetchWith(await browserOf(world), 'POST', '/tokens', { name: 'theirs', scopes: ['read'], expires_in_days: 1 })
    return { path: `/tokens/${body.id}`, answer: 404 }
  },
  'GET /claude/search': async (world) => ({ path: `/claude/search?q=work&session_id=${await world.worked()}`, answer: 'nothing' }),
  'GET /claude/executions': async (world) => ({ path: `/claude/executions?session_id=${await world.worked()}`, answer: 'nothing' }),
  [`GET ${base}`]: async (world) => {
    await world.session(workspace)
    return { path: `${base}?workspace_id=${workspace}`, answer: 'nothing' }
  },
}
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path.replace(/^\/api\/v1/, '')}`
const methodOf = (name: string) => name.split(' ')[0]!
const pathOf = (name: string) => name.split(' ')[1]!
/** Outside of /api/v1. */
const fullPath = (path: string) => (/^\/(metrics|healthz|readyz|ws)/.test(path) ? `/../..${path}` : path)
const named = (kind: string) => Object.entries(ROUTES).flatMap(([name, row]) => (row === kind ? [name] : []))

test('every route has its row here, and no row is of a route that is gone', () => {
  expect(Object.keys(ROUTES).sort()).toEqual(world.relay.relay.routes.map(nameOf).sort())
})

test('what changes something is never open to a GET', () => {
  for (const route of world.relay.relay.routes) expect(route.method === 'GET' && (route.body !== undefined || route.rawBody !== undefined)).toBeFalse()
})

describe('in a session', () => {
  for (const [name, rows] of Object.entries(ROUTES)) {
    for (const { what, path, body, headers, before, ...row } of typeof rows === 'string' ? [] : rows) {
      const act: Act = {
        ...row,
        name: what ? `${name}: ${what}` : name,
        async prepare(in_, id) {
          await before?.(id, in_)
          return { via: 'http', method: methodOf(name), path: (await path?.(id, in_)) ?? pathOf(name).replace(':id', id), body: await body?.(id, in_), headers: headers?.(id) }
        },
      }
      test(act.name, () => world.judge(act), 60_000)
    }
  }

  test('strangers are told nothing but what they are told of one that does not exist', async () => {
    const id = await world.session()
    for (const [name, rows] of Object.entries(ROUTES)) {
      if (typeof rows === 'string' || !pathOf(name).startsWith(base)) continue
      const at = (session: string) => pathOf(name).replace(':id', session).replace(':user', world.idOf('viewer')).replace(':tool', 'use').replace(':part', 'output').replace(':link', 'l')
      const body = methodOf(name) === 'GET' ? undefined : ((await rows[0]!.body?.(id, world)) as object)
      const strip = ({ status, body: { trace_id: _, timestamp: _t, ...rest } }: { status: number; body: Record<string, unknown> }) => ({ status, ...rest })
      for (const who of ['stranger', 'removed'] as const) {
        const real = strip(await world.ask(who, methodOf(name), at(id), body))
        expect([name, real]).toEqual([name, strip(await world.ask(who, methodOf(name), at('s-none'), body))])
        expect([name, real.status]).toEqual([name, 404])
      }
    }
  })

  test('the whole of a tool call is plain text that no browser runs', async () => {
    const id = await world.session()
    const response = await fetch(`${world.relay.url}/api/v1${base}/${id}/tools/use/output`, { headers: { authorization: `Bearer ${world.tokens['viewer']}` } })
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-content-type-options'), await response.text()]).toEqual([200, 'text/plain; charset=utf-8', 'nosniff', 'all of it'])
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    for (const path of ['use/input', 'use/other', 'another/output']) expect((await world.ask('owner', 'GET', `${base}/${id}/tools/${path}`)).status).toBe(404)
  })

  test('a file in no session is its uploader’s alone', async () => {
    const form = new FormData()
    form.set('file', new File(['hi'], 'mine.txt'))
    const { body } = await world.ask('collaborator', 'POST', '/files/upload', form)
    for (const method of ['GET', 'DELETE']) expect([method, (await world.ask('owner', method, `/files/${body.file_id}`)).status]).toEqual([method, 404])
    expect((await world.ask('collaborator', 'DELETE', `/files/${body.file_id}`)).status).toBe(200)
  })
})

describe('what everybody may about themselves', () => {
  test('whatever can name somebody else’s thing is tried with it', () => {
    const canName = named('signed-in').filter((name) => {
      const { query } = world.relay.relay.routes.find((each) => nameOf(each) === name)!
      const fields = query ? Object.keys(z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }).properties ?? {}) : []
      return name.includes(':') || fields.some((field) => field === 'all' || /(^|_)id$/.test(field))
    })
    expect(Object.keys(FOREIGN).sort()).toEqual(canName.sort())
  })

  for (const [name, foreign] of Object.entries(FOREIGN)) {
    test(`${name}: not about others`, async () => {
      const { path, answer, by = 'owner', headers } = await foreign(world)
      const ask = async (who: Name | 'admin') => {
        const { status, body } = await world.ask(who, methodOf(name), path, undefined, headers)
        const list = Object.values(body).find(Array.isArray) as unknown[] | undefined
        return status === 200 && list?.length === 0 && answer === 'nothing' ? 'nothing' : status
      }
      const goesThrough = () => eventually(`${by} is let through`, async () => [200, 204].includes((await ask(by)) as number))
      // First that there is something to read, or last that there still is something to end.
      if (answer === 'nothing') await goesThrough()
      await world.changingNothing(async () => {
        for (const who of ['stranger', 'removed'] as const) expect([who, await ask(who)]).toEqual([who, answer])
      })
      await goesThrough()
    })
  }
})

describe('without a token that counts', () => {
  for (const kind of ['none', ...BAD_TOKENS]) {
    test(`${kind}: UNAUTHORIZED on every route that is not open`, async () => {
      const id = await world.session()
      const outcomes: Record<string, unknown> = {}
      const before = rowsOf(world.relay)
      for (const name of Object.keys(ROUTES).filter((each) => ROUTES[each] !== 'open' && ROUTES[each] !== 'socket')) {
        const ids: Record<string, string> = { id: pathOf(name).startsWith(base) ? id : workspace, user: world.idOf('viewer'), tool: 'use', part: 'output', conversation, link: 'l', sid: 's', process: 'p' }
        const path = pathOf(name).replace(/:(\w+)/g, (part, named: string) => ids[named] ?? part)
        const { status, body } = await world.fetchWith(kind === 'none' ? null : world.tokens[kind]!, methodOf(name), fullPath(path), ['GET', 'HEAD'].includes(methodOf(name)) ? undefined : {})
        outcomes[name] = [status, methodOf(name) === 'HEAD' ? 'UNAUTHORIZED' : body.code]
      }
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, [401, 'UNAUTHORIZED']])))
      expect(changesOf(before, rowsOf(world.relay))).toEqual([])
      expect((await world.ask('owner', 'GET', `${base}/${id}`)).status).toBe(200)
    })
  }
  test('what is open needs none', async () => {
    for (const name of named('open').filter((each) => each.startsWith('GET'))) expect([name, (await world.fetchWith(null, 'GET', fullPath(pathOf(name).replace(':file', 'page.css')))).status]).toEqual([name, 200])
  })
})

describe('of the relay and its workspaces', () => {
  const aProcess = async () => {
    await world.worked()
    return (await world.ask('admin', 'GET', '/stats')).body.claude.processes[0].id as string
  }
  // The owner added the workspace, collaborator and globalViewer are its members, nobody else is.
  const call = async (who: Name | 'admin', name: string, id = workspace, process = '') => {
    const path = pathOf(name).replace(':id', id).replace(':user', world.idOf('collaborator')).replace(':conversation', conversation).replace(':process', process)
    if (name.startsWith('DELETE /budgets') && who === 'admin') await world.ask('admin', 'PUT', path, { limit_micros: 1 })
    const body = methodOf(name) === 'GET' ? undefined : { workspace_id: id, title: 'x', name: 'x', trusted: false, path: `${world.relay.home.workspace}/made`, create: true, limit_micros: null }
    return (await world.ask(who, methodOf(name), fullPath(path), body)).status
  }

  /** What is asked about somebody: a user who is there, and whom nobody else here needs. */
  const someUser = async () => (await world.relay.relay.auth.accounts.add({ name: `matrix ${crypto.randomUUID()}`, role: 'user' })).id
  const ABOUT_USERS: Record<string, object> = { 'POST /users': { name: 'matrix new' }, 'PATCH /users/:id': { role: 'viewer' }, 'POST /users/:id/reset': { way: 'link' }, 'DELETE /users/:id': {} }
  const callAbout = async (who: Name | 'admin', name: string, id: string) => (await world.ask(who, methodOf(name), pathOf(name).replace(':id', id), ABOUT_USERS[name]!)).status

  /** In a browser: a token of the console opens no way in, whoever it is of. */
  const signedIn = 'admin in a browser'
  async function signAdminIn(): Promise<void> {
    const { signIn } = world.relay.relay.auth
    const grant = await signIn.byCode(await signIn.createCode(world.idOf('admin'), { loopbackOnly: false }), { address: null, agent: null })
    world.tokens[signedIn] = grant.accessToken
  }

  for (const name of named('admin')) {
    test(`${name} is for admins`, async () => {
      const id = ABOUT_USERS[name] ? await someUser() : ''
      const process = name.includes(':process') ? await aProcess() : ''
      const at = (who: Name | 'admin') => (ABOUT_USERS[name] ? callAbout(who, name, id) : call(who, name, workspace, process))
      expect(await world.changingNothing(async () => [await at('owner'), await at('globalViewer')])).toEqual([403, 403])
      await signAdminIn()
      expect([200, 201]).toContain(await at(signedIn as 'admin'))
      expect(await at('admin')).toBeOneOf(name === 'POST /users/:id/reset' ? [403] : [200, 201, 404, 409])
    })
  }

  for (const name of named('member')) {
    test(`${name} is for members, and there is no workspace for others`, async () => {
      const route = world.relay.relay.routes.find((each) => nameOf(each) === name)!
      const reads = methodOf(name) === 'GET' && !(typeof route.access === 'object' && 'relay' in route.access && route.access.relay === 'create_session')
      await world.changingNothing(async () => {
        for (const who of ['stranger', 'viewer'] as const) expect([who, await call(who, name)]).toEqual([who, 404])
      })
      // A viewer of the relay looks, and makes nothing.
      expect(await call('globalViewer', name)).toBe(reads ? (await call('collaborator', name)) : 403)
      expect(await call('collaborator', name)).not.toBe(403)
      expect(await call('collaborator', name)).toBe(await call('owner', name))
      expect(await call('owner', name)).toBeOneOf([200, 201])
    })
  }

  for (const name of named('owner of the workspace')) {
    test(`${name} is for the workspace's owner and for admins`, async () => {
      expect(await world.changingNothing(async () => [await call('stranger', name), await call('collaborator', name), await call('globalViewer', name)])).toEqual([404, 403, 403])
      // One each: what is removed is there for nobody after it.
      expect([await call('owner', name, await added('of-owner')), await call('admin', name, await added('of-admin'))]).toEqual([200, 200])
    })
  }

  test('the rights of the contract are those of the relay’s own table', () => {
    for (const route of world.relay.relay.routes) {
      if (typeof route.access !== 'object' || !('relay' in route.access)) continue
      const kind = { admin: 'admin', workspace_owner: 'owner of the workspace', workspace_member: 'member' } as const
      expect([nameOf(route), ROUTES[nameOf(route)]]).toEqual([nameOf(route), kind[RELAY_RIGHTS[route.access.relay]]])
    }
  })

  test('everybody sees of lists what is theirs', async () => {
    const id = await world.session()
    for (const [who, sees] of [['stranger', false], ['removed', false], ['globalViewer', true], ['viewer', true], ['owner', true], ['admin', true]] as const) {
      const { body } = await world.ask(who, 'GET', `${base}?limit=200`)
      expect([who, body.sessions.some((each: { session_id: string }) => each.session_id === id)]).toEqual([who, sees])
    }
    const workspaces = async (who: Name) => ((await world.ask(who, 'GET', '/workspaces')).body.workspaces as { id: string }[]).some((each) => each.id === workspace)
    expect([await workspaces('owner'), await workspaces('collaborator'), await workspaces('stranger')]).toEqual([true, true, false])
  })
})
