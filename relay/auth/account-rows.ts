// The statements that change accounts, for the console and for admins alike. What must hold stands in the statement itself.
import type { GlobalRole } from '#protocol'
import type { Param, Statement } from '../storage/storage.ts'
import { nameKey } from './user-names.ts'

/** Hides a deleted user's name, so that somebody new may have it. */
const freedKey = "name_key || ' deleted ' || id"
/** Two admins at once cannot each take the other's place as the last one. */
const anotherAdmin = "EXISTS (SELECT 1 FROM users o WHERE o.role = 'admin' AND o.deleted_at IS NULL AND o.id <> ?)"

export const insertUser = (user: { id: string; name: string; role: GlobalRole; hash: string | null; at: number }): Statement => ({
  sql: 'INSERT INTO users (id, name, name_key, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  params: [user.id, user.name, nameKey(user.name), user.role, user.hash, user.at],
  changes: 1,
})

const removing = `UPDATE users SET deleted_at = ?, password_hash = NULL, name_key = ${freedKey} WHERE id = ? AND deleted_at IS NULL`

/** Somebody of whom it is known that they were removed, the last admin or not. */
export const keepRemoved = (id: string, at: number): Statement => ({ sql: removing, params: [at, id], changes: 1 })

export const removeUser = (id: string, at: number): Statement => ({
  sql: `${removing} AND (role <> 'admin' OR ${anotherAdmin})`,
  params: [at, id, id],
  changes: 1,
})

export const setRole = (id: string, role: GlobalRole): Statement => ({
  sql: `UPDATE users SET role = ? WHERE id = ? AND deleted_at IS NULL AND (role <> 'admin' OR ? = 'admin' OR ${anotherAdmin})`,
  params: [role, id, role, id],
  changes: 1,
})

const mayBeSaid = `id = ? AND deleted_at IS NULL AND (role_said_at IS NULL OR role_said_at < ?) AND (role <> 'admin' OR ? = 'admin' OR ${anotherAdmin})`

/** As an identity provider says it, by its own clock; the last admin stays one here as well. Changes nothing when a later word was heard. */
export const setSaidRole = (id: string, role: GlobalRole, saidAt: number): Statement => ({
  sql: `UPDATE users SET role = ?, role_said_at = ? WHERE ${mayBeSaid}`,
  params: [role, saidAt, id, saidAt, role, id],
})

/** Whether `setSaidRole` is about to change the role. */
export const willSetSaidRole = (id: string, role: GlobalRole, saidAt: number): [condition: string, params: Param[]] => [
  `EXISTS (SELECT 1 FROM users WHERE ${mayBeSaid} AND role <> ?)`,
  [id, saidAt, role, id, role],
]

export const setName = (id: string, name: string): Statement => ({ sql: 'UPDATE users SET name = ?, name_key = ? WHERE id = ? AND deleted_at IS NULL', params: [name, nameKey(name), id], changes: 1 })

/** `from`: the hash that it has to take the place of. */
export const setPasswordHash = (id: string, hash: string | null, from?: string | null): Statement =>
  from === undefined
    ? { sql: 'UPDATE users SET password_hash = ? WHERE id = ? AND deleted_at IS NULL', params: [hash, id], changes: 1 }
    : { sql: 'UPDATE users SET password_hash = ? WHERE id = ? AND deleted_at IS NULL AND password_hash IS ?', params: [hash, id, from], changes: 1 }

const dropCodes = (userId: string): Statement => ({ sql: 'DELETE FROM sign_in_codes WHERE user_id = ?', params: [userId] })

/** All ways in that a user has, API tokens among them. */
export const endAllOf = (userId: string, at: number): Statement[] => [{ sql: 'UPDATE sign_ins SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL', params: [at, userId] }, dropCodes(userId)]

/** Other devices and scripts; API tokens go on, they are ended by name. */
export const endOthersOf = (userId: string, sid: string, at: number): Statement[] => [
  { sql: "UPDATE sign_ins SET revoked_at = ? WHERE user_id = ? AND sid <> ? AND kind <> 'api' AND revoked_at IS NULL", params: [at, userId, sid] },
  dropCodes(userId),
]

/** `madeBy`: the sign-in that it ends with. */
export const insertCode = (hash: string, userId: string, loopbackOnly: boolean, expiresAt: number, madeBy: string | null = null): Statement => ({
  sql: 'INSERT INTO sign_in_codes (hash, user_id, loopback_only, expires_at, made_by) VALUES (?, ?, ?, ?, ?)',
  params: [hash, userId, loopbackOnly ? 1 : 0, expiresAt, madeBy],
  changes: 1,
})
