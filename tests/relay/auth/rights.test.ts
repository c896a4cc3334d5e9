// Who may do what: the whole table of roles.ts against real rows, and every way a role comes about or goes away.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { allows, RELAY_ACTIONS, SESSION_ACTIONS, type RelayAction, type SessionAction } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { authRig, outcomeOf, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
const people: Record<string, Identity> = {}
const actions = Object.keys(SESSION_ACTIONS) as SessionAction[]

const run = (sql: string, ...params: (string | number | null)[]) => rig.storage.commit({ statements: [{ sql, params, changes: 1 }] })
const participant = (session: string, name: string, role: string, removedAt: number | null = null) =>
  run('INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at) VALUES (?, ?, ?, 0, 0, ?)', session, people[name]!.userId, role, removedAt)
const session = (id: string, workspace: string, visibility: string, deletedAt: number | null = null) =>
  run(
    `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at, deleted_at)
      VALUES (?, ?, '', 'prompt', ?, ?, 'idle', 'default', 0, 0, ?)`,
    id, workspace, people['owner']!.userId, visibility, deletedAt,
  )
const workspace = (id: string, ownerId: string | null, isDefault: number, removedAt: number | null = null) =>
  run('INSERT INTO workspaces (id, path, name, owner_id, is_default, created_at, removed_at) VALUES (?, ?, ?, ?, ?, 0, ?)', id, `/${id}`, id, ownerId, isDefault, removedAt)

beforeAll(async () => {
  rig = await authRig()
  const roles = { admin: 'admin', owner: 'user', collaborator: 'user', viewer: 'user', removed: 'user', stranger: 'user', member: 'user', wsowner: 'user', watcher: 'viewer', watching: 'viewer' } as const
  for (const [name, role] of Object.entries(roles)) people[name] = (await rig.person(name, role)).who
  await workspace('w-default', null, 1)
  await workspace('w-team', people['wsowner']!.userId, 0)
  await workspace('w-gone', people['wsowner']!.userId, 0, 1)
  for (const id of ['w-team', 'w-gone']) await run('INSERT INTO workspace_members (workspace_id, user_id) VALUES (?, ?)', id, people['member']!.userId)
  await session('s-private', 'w-default', 'private')
  await session('s-open', 'w-default', 'workspace')
  await session('s-team', 'w-team', 'workspace')
  await session('s-left', 'w-gone', 'workspace')
  await session('s-trash', 'w-default', 'private', 1)
  for (const id of ['s-private', 's-open', 's-team', 's-left', 's-trash']) {
    for (const name of ['owner', 'collaborator', 'viewer']) await participant(id, name, name)
    await participant(id, 'removed', 'collaborator', 5)
    await participant(id, 'watching', 'collaborator')
  }
})
afterAll(() => rig.remove())

const may = (name: string, action: SessionAction, id: string, options = {}) => outcomeOf(rig.auth.may(people[name]!, action, id, options))
const standing = (name: string, id: string) => rig.auth.standing(people[name]!, id)

describe.each(['owner', 'collaborator', 'viewer'] as const)('a %s', (role) => {
  test.each(actions)('%s', async (action) => {
    for (const own of [false, true]) expect(await may(role, action, 's-private', { own })).toBe(allows(action, role, own) ? 'allowed' : 'FORBIDDEN')
  })
})

test('an admin is an owner everywhere, without joining', async () => {
  for (const action of actions) expect(await may('admin', action, 's-private', { own: true })).toBe('allowed')
  expect(await standing('admin', 's-team')).toBe('owner')
})

test('without a role every action is NOT_FOUND, as if there were no such session', async () => {
  for (const action of actions) {
    const refusals: unknown[] = []
    for (const id of ['s-private', 's-none', 's-trash', "s' OR '1'='1", '']) {
      await rig.auth.may(people['stranger']!, action, id, { own: true }).catch((error: Error) => refusals.push({ ...error, message: error.message }))
    }
    expect(refusals).toHaveLength(5)
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1)
    expect(JSON.stringify(refusals[0])).toContain('NOT_FOUND')
  }
})

test('a workspace gives its members the role of a collaborator without joining', async () => {
  expect(await standing('stranger', 's-open')).toBe('collaborator')
  expect(await standing('member', 's-team')).toBe('collaborator')
  expect(await standing('wsowner', 's-team')).toBe('collaborator')
  expect(await standing('stranger', 's-team')).toBeNull()
  expect(await standing('member', 's-private')).toBeNull()
})

test('a workspace that was removed gives nothing, its participants keep what they have', async () => {
  expect(await standing('member', 's-left')).toBeNull()
  expect(await standing('viewer', 's-left')).toBe('viewer')
})

test('a removal outranks visibility', async () => {
  expect(await standing('removed', 's-open')).toBeNull()
  expect(await may('removed', 'read', 's-open')).toBe('NOT_FOUND')
  expect(await may('removed', 'read', 's-private')).toBe('NOT_FOUND')
})

test('a viewer of the relay is a viewer everywhere, and makes no session by forking', async () => {
  expect(await standing('watching', 's-private')).toBe('viewer')
  expect(await standing('watcher', 's-open')).toBe('viewer')
  expect(await may('watching', 'prompt', 's-private')).toBe('FORBIDDEN')
  expect(await may('watching', 'fork', 's-private')).toBe('FORBIDDEN')
  expect(await may('viewer', 'fork', 's-private')).toBe('allowed')
})

test('what is in the trash is only there for who asks for the trash', async () => {
  expect(await may('owner', 'delete', 's-trash')).toBe('NOT_FOUND')
  expect(await may('owner', 'delete', 's-trash', { trashed: true })).toBe('allowed')
  expect(await may('collaborator', 'delete', 's-trash', { trashed: true })).toBe('FORBIDDEN')
  expect(await may('stranger', 'delete', 's-trash', { trashed: true })).toBe('NOT_FOUND')
})

describe('actions on the relay', () => {
  const on = (name: string, action: RelayAction, workspaceId?: string) => outcomeOf(rig.auth.mayRelay(people[name]!, action, workspaceId))

  test('of admins', async () => {
    const ofAdmins = (Object.keys(RELAY_ACTIONS) as RelayAction[]).filter((action) => RELAY_ACTIONS[action] === 'admin')
    expect(ofAdmins.length).toBeGreaterThan(3)
    for (const action of ofAdmins) expect([await on('admin', action), await on('wsowner', action), await on('watcher', action)]).toEqual(['allowed', 'FORBIDDEN', 'FORBIDDEN'])
  })

  test('of members: the default workspace has everybody, others list them', async () => {
    for (const action of ['create_session', 'see_workspace'] as const) {
      expect([await on('stranger', action), await on('stranger', action, 'w-default'), await on('member', action, 'w-team'), await on('wsowner', action, 'w-team'), await on('admin', action, 'w-team')]).toEqual(Array(5).fill('allowed'))
      expect([await on('stranger', action, 'w-team'), await on('stranger', action, 'w-none'), await on('member', action, 'w-gone'), await on('admin', action, 'w-gone')]).toEqual(Array(4).fill('NOT_FOUND'))
    }
    expect([await on('watcher', 'see_workspace'), await on('watcher', 'create_session')]).toEqual(['allowed', 'FORBIDDEN'])
  })

  test('of owners: admins own the default workspace, others whoever added them', async () => {
    for (const action of ['trust', 'answer_always'] as const) {
      expect([await on('admin', action), await on('wsowner', action, 'w-team'), await on('admin', action, 'w-team')]).toEqual(Array(3).fill('allowed'))
      expect([await on('stranger', action), await on('member', action, 'w-team'), await on('wsowner', action, 'w-default')]).toEqual(Array(3).fill('FORBIDDEN'))
      expect(await on('stranger', action, 'w-team')).toBe('NOT_FOUND')
    }
  })
})

test('rights are read at every call: a role that changes in the tables counts at once', async () => {
  const { who } = await rig.person('moving')
  expect(await rig.auth.standing(who, 's-private')).toBeNull()
  await run('INSERT INTO participants (session_id, user_id, role, hue, joined_at) VALUES (?, ?, ?, 9, 0)', 's-private', who.userId, 'viewer')
  expect(await rig.auth.standing(who, 's-private')).toBe('viewer')
  await run("UPDATE participants SET role = 'owner' WHERE user_id = ?", who.userId)
  expect(await rig.auth.standing(who, 's-private')).toBe('owner')
  await run("UPDATE users SET role = 'viewer' WHERE id = ?", who.userId)
  expect(await rig.auth.standing(who, 's-private')).toBe('viewer')
  await run("UPDATE users SET role = 'admin' WHERE id = ?", who.userId)
  await run("UPDATE sign_ins SET role_cap = 'user' WHERE user_id = ?", who.userId)
  expect((await rig.auth.recheck(who)).role).toBe('user')
  await run('UPDATE sign_ins SET revoked_at = 1 WHERE user_id = ?', who.userId)
  expect(await outcomeOf(rig.auth.standing(who, 's-private'))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(rig.auth.mayRelay(who, 'see_workspace'))).toBe('UNAUTHORIZED')
})
