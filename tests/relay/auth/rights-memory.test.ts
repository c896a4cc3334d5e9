// What was read of rights is forgotten with every change of them: by this process at once, by another within a tenth of a second.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import type { Identity } from '../../../relay/auth/auth.ts'
import type { Param } from '../../../relay/storage/storage.ts'
import { authRig, outcomeOf, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
let ann: Identity
let ben: Identity

const run = (sql: string, ...params: Param[]) => rig.storage.commit({ statements: [{ sql, params }] })
const standing = () => rig.auth.standing(ben, 's').catch((error: { code: string }) => error.code)

beforeEach(async () => {
  rig = await authRig()
  ann = (await rig.person('ann')).who
  ben = (await rig.person('ben')).who
  await run("INSERT INTO workspaces (id, path, name, owner_id, is_default, created_at) VALUES ('w', '/w', 'w', ?, 0, 0)", ann.userId)
  await run("INSERT INTO workspace_members (workspace_id, user_id) VALUES ('w', ?)", ben.userId)
  await run(
    `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at)
      VALUES ('s', 'w', '', 'prompt', ?, 'workspace', 'idle', 'default', 0, 0)`,
    ann.userId,
  )
})
afterEach(() => rig.remove())

/** Each change of rights: what it starts from, the change, and what ben's standing is then. */
const changes: [string, string[], string, string | null][] = [
  ['made an owner', ["INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', :ben, 'collaborator', 1, 0, NULL, NULL)"], "UPDATE participants SET role = 'owner' WHERE user_id = :ben", 'owner'],
  ['made a viewer', ["INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', :ben, 'collaborator', 1, 0, NULL, NULL)"], "UPDATE participants SET role = 'viewer' WHERE user_id = :ben", 'viewer'],
  ['removed', ["INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', :ben, 'collaborator', 1, 0, NULL, NULL)"], 'UPDATE participants SET removed_at = 1 WHERE user_id = :ben', null],
  ['invited', [], "INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', :ben, 'viewer', 1, 0, NULL, NULL)", 'viewer'],
  ['left a private session', ["UPDATE sessions SET visibility = 'private'", "INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', :ben, 'viewer', 1, 0, NULL, NULL)"], 'DELETE FROM participants WHERE user_id = :ben', null],
  ['the session is private now', [], "UPDATE sessions SET visibility = 'private'", null],
  ['the session is in the trash', [], 'UPDATE sessions SET deleted_at = 1', null],
  ['the session was erased', [], 'DELETE FROM sessions', null],
  ['taken off the workspace', [], 'DELETE FROM workspace_members', null],
  ['put on the workspace', ['DELETE FROM workspace_members'], "INSERT INTO workspace_members VALUES ('w', :ben)", 'collaborator'],
  ['the workspace was removed', [], 'UPDATE workspaces SET removed_at = 1', null],
  ['the workspace has another owner', ['DELETE FROM workspace_members'], 'UPDATE workspaces SET owner_id = :ben', 'collaborator'],
  ['the workspace is everybody’s', ['DELETE FROM workspace_members'], 'UPDATE workspaces SET is_default = 1', 'collaborator'],
  ['a viewer of the relay', [], "UPDATE users SET role = 'viewer' WHERE id = :ben", 'viewer'],
  ['an admin', [], "UPDATE users SET role = 'admin' WHERE id = :ben", 'owner'],
  ['deleted', [], 'UPDATE users SET deleted_at = 1 WHERE id = :ben', 'UNAUTHORIZED'],
  ['signed out', [], 'UPDATE sign_ins SET revoked_at = 1 WHERE user_id = :ben', 'UNAUTHORIZED'],
  ['a weaker token', [], "UPDATE sign_ins SET role_cap = 'viewer' WHERE user_id = :ben", 'viewer'],
  ['the sign-in is gone', ['DELETE FROM refresh_tokens'], 'DELETE FROM sign_ins WHERE user_id = :ben', 'UNAUTHORIZED'],
  ['the sign-in ends sooner', [], 'UPDATE sign_ins SET expires_at = 1 WHERE user_id = :ben', 'UNAUTHORIZED'],
]

const named = (sql: string): [string, Param[]] => [sql.replaceAll(':ben', '?'), sql.includes(':ben') ? [ben.userId] : []]

describe.each(changes)('%s', (_, before, change, after) => {
  beforeEach(async () => {
    for (const sql of before) await run(...(([text, params]) => [text, ...params] as [string, ...Param[]])(named(sql)))
  })

  test('in this process: at once', async () => {
    const first = await standing()
    expect(first).not.toBe(after)
    expect(await standing()).toBe(first)
    const [sql, params] = named(change)
    await run(sql, ...params)
    expect(await standing()).toBe(after)
  })

  test('by another process: within a tenth of a second', async () => {
    expect(await standing()).not.toBe(after)
    const other = new Database(rig.path)
    other.run('PRAGMA busy_timeout = 5000')
    other.run(...(named(change) as [string, never]))
    other.close()
    rig.clock.advance(100)
    expect(await standing()).toBe(after)
  })
})

test('a sign-in that has run out is over without any change', async () => {
  expect(await standing()).toBe('collaborator')
  rig.clock.advance(31 * 24 * 3_600_000)
  expect(await standing()).toBe('UNAUTHORIZED')
})

test('a clock that was set back does not hide changes of others', async () => {
  expect(await standing()).toBe('collaborator')
  const { now } = rig.clock
  rig.clock.now = () => now() - 3_600_000
  const other = new Database(rig.path)
  other.run("UPDATE users SET role = 'viewer'")
  other.close()
  expect(await standing()).toBe('viewer')
})

test('nothing is asked of the tables again while nothing changes, and what is not there is asked for each time', async () => {
  const asked: string[] = []
  const { query } = rig.storage
  rig.storage.query = (sql, params) => {
    asked.push(sql)
    return query(sql, params)
  }
  await standing()
  const first = asked.length
  for (let again = 0; again < 50; again++) await standing()
  expect(asked.length).toBe(first)
  for (let again = 0; again < 3; again++) expect(await outcomeOf(rig.auth.may(ben, 'read', 'none'))).toBe('NOT_FOUND')
  expect(asked.length).toBe(first + 3)
  // What has nothing to do with rights costs one look at their version.
  await run("UPDATE sessions SET title = 'x', state = 'running', updated_at = 5")
  await standing()
  expect(asked.length).toBe(first + 4)
})

test('a participant has a row of their own; whoever only may come in has none', async () => {
  const isIn = () => rig.auth.isParticipant(ben.userId, 's')
  expect(await isIn()).toBe(false)
  await run("INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at, removed_by) VALUES ('s', ?, 'collaborator', 1, 0, NULL, NULL)", ben.userId)
  expect(await isIn()).toBe(true)
  await run('UPDATE participants SET removed_at = 1')
  expect(await isIn()).toBe(false)
  await run('UPDATE participants SET removed_at = NULL')
  expect(await isIn()).toBe(true)
  await run('UPDATE sessions SET deleted_at = 1')
  expect(await isIn()).toBe(false)
})
