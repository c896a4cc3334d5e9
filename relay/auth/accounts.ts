// Users and the tokens made for them by whoever holds the machine. A running relay notices each change by itself.
import { type AuditAction, Refused, type GlobalRole, type UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import { beginningWith, containing, LIKE, type Statement, type Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { endAllOf, insertUser, removeUser, setPasswordHash, setRole } from './account-rows.ts'
import { consoleRow } from './audit.ts'
import { newUserId } from './new-user-id.ts'
import type { Passwords } from './passwords.ts'
import { lowerRole } from './rights.ts'
import { LIFE_MS, type Tokens } from './tokens.ts'
import { isForeign, nameKey, nameRule, shownName } from './user-names.ts'

export type Account = { id: string; name: string; role: GlobalRole; hasPassword: boolean; createdAt: number }

/** Refusals are sentences for the person at the console: CONFLICT, NOT_FOUND, VALIDATION. */
export type Accounts = {
  add(request: { name: string; role: GlobalRole; password?: string | null }): Promise<Account>
  list(): Promise<Account[]>
  find(name: string): Promise<Account | null>
  remove(name: string): Promise<void>
  /** Sets another password and ends all sign-ins of the user. */
  setPassword(name: string, password: string): Promise<void>
  /** The person who starts the relay: made, or made admin, when needed. Known by id from then on, whatever anybody is called. */
  ensureOwner(name: string): Promise<Account>
  /** A token of at most 24 hours for scripts; `role` only ever lowers it. */
  createToken(userId: string, request: { ttlMs: number; role?: GlobalRole | null }): Promise<string>
}

type UserRow = { id: string; name: string; role: GlobalRole; password_hash: string | null; created_at: number }

const columns = 'id, name, role, password_hash, created_at'
const maxPeople = 20

const toAccount = (row: UserRow): Account => ({
  id: row.id,
  name: row.name,
  role: row.role,
  hasPassword: row.password_hash !== null,
  createdAt: Number(row.created_at),
})

export function createAccounts(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  passwords: Passwords
  tokens: Tokens
  newId: () => string
  changed: (userIds: readonly string[]) => void
}): Accounts & { people(q: string): Promise<UserCard[]> } {
  const { storage, clock, passwords, tokens, newId, changed } = dependencies

  const told = (action: AuditAction, detail: object): Statement => consoleRow(clock.now(), action, detail)

  async function rowOf(name: string): Promise<UserRow | null> {
    const [row] = await storage.query<UserRow>(`SELECT ${columns} FROM users WHERE name_key = ? AND deleted_at IS NULL`, [nameKey(name)])
    return row ?? null
  }

  async function known(name: string): Promise<UserRow> {
    const row = await rowOf(name)
    if (!row) throw new Refused('NOT_FOUND', `there is no user named ${name}`)
    return row
  }

  async function add({ name, role, password = null }: { name: string; role: GlobalRole; password?: string | null }): Promise<Account> {
    const shown = shownName(name)
    if (shown === null) throw new Refused('VALIDATION', nameRule)
    const id = await newUserId(storage, newId)
    const hash = password === null ? null : await passwords.hash(password)
    const now = clock.now()
    const commit = await storage.commit({
      statements: [
        insertUser({ id, name: shown, role, hash, at: now }),
        raiseVersion,
        told('user_added', { user_id: id, name: shown, role }),
      ],
    })
    if (commit.outcome !== 'committed') throw new Refused('CONFLICT', `there is a user named ${shown} already`)
    return { id, name: shown, role, hasPassword: hash !== null, createdAt: now }
  }

  async function remove(name: string): Promise<void> {
    const user = await known(name)
    const commit = await storage.commit({
      statements: [
        removeUser(user.id, clock.now()),
        ...endAllOf(user.id, clock.now()),
        raiseVersion,
        told('user_removed', { user_id: user.id, name: user.name }),
      ],
    })
    if (commit.outcome !== 'committed') throw new Refused('CONFLICT', `${user.name} is the last admin: add another one first`)
    changed([user.id])
  }

  async function setPassword(name: string, password: string): Promise<void> {
    const user = await known(name)
    const hash = await passwords.hash(password)
    await storage.commit({
      statements: [
        setPasswordHash(user.id, hash),
        ...endAllOf(user.id, clock.now()),
        raiseVersion,
        told('password_set', { user_id: user.id, name: user.name }),
      ],
    })
    changed([user.id])
  }

  async function ownerRow(): Promise<UserRow | null> {
    const [row] = await storage.query<UserRow>(`SELECT ${columns} FROM users WHERE id = (SELECT value FROM meta WHERE name = 'owner') AND deleted_at IS NULL`)
    return row ?? null
  }

  /** A local user of that name, for a relay that has known its owner by name; nobody once it knows an id. */
  async function namesake(name: string): Promise<UserRow | null> {
    const [known] = await storage.query("SELECT 1 AS known FROM meta WHERE name = 'owner'")
    const user = known ? null : await rowOf(name)
    return user && !isForeign(user.id) ? user : null
  }

  async function makeOwner(wanted: string): Promise<UserRow> {
    const taken = await rowOf(wanted)
    const { id } = await add({ name: taken ? `${wanted.slice(0, 50)} ${newId().slice(-6)}` : wanted, role: 'admin' })
    const [made] = await storage.query<UserRow>(`SELECT ${columns} FROM users WHERE id = ?`, [id])
    return made!
  }

  async function ensureOwner(name: string): Promise<Account> {
    const wanted = shownName(name) ?? 'owner'
    const known = await ownerRow()
    const owner = known ?? (await namesake(wanted)) ?? (await makeOwner(wanted))
    const raised = owner.role === 'admin' ? [] : [setRole(owner.id, 'admin'), raiseVersion, told('role_set', { user_id: owner.id, name: owner.name, role: 'admin' })]
    const kept: Statement = { sql: "INSERT INTO meta (name, value) VALUES ('owner', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", params: [owner.id] }
    if (known === null || raised.length > 0) await storage.commit({ statements: [kept, ...raised] })
    if (raised.length > 0) changed([owner.id])
    return toAccount({ ...owner, role: 'admin' })
  }

  async function createToken(userId: string, { ttlMs, role = null }: { ttlMs: number; role?: GlobalRole | null }): Promise<string> {
    const [user] = await storage.query<UserRow>(`SELECT ${columns} FROM users WHERE id = ? AND deleted_at IS NULL`, [userId])
    if (!user) throw new Refused('NOT_FOUND', 'there is no such user')
    const sid = newId()
    const { token, expiresAt } = tokens.mint({ userId, name: user.name, role: lowerRole(user.role, role), sid, kind: 'cli', ttlMs: Math.min(ttlMs, LIFE_MS.cli) })
    await storage.commit({
      statements: [
        {
          sql: "INSERT INTO sign_ins (sid, user_id, kind, role_cap, created_at, expires_at) VALUES (?, ?, 'cli', ?, ?, ?)",
          params: [sid, userId, role, clock.now(), expiresAt],
          changes: 1,
        },
        told('token_made', { user_id: userId, name: user.name, role, expires_at: expiresAt }),
      ],
    })
    return token
  }

  return {
    add,
    remove,
    setPassword,
    ensureOwner,
    createToken,
    async list() {
      return (await storage.query<UserRow>(`SELECT ${columns} FROM users WHERE deleted_at IS NULL ORDER BY name_key`)).map(toAccount)
    },
    async find(name) {
      const row = await rowOf(name)
      return row && toAccount(row)
    },
    async people(q) {
      return storage.query<UserCard>(
        `SELECT id, name, role FROM users WHERE deleted_at IS NULL AND name_key ${LIKE}
          ORDER BY name_key ${LIKE} DESC, name_key LIMIT ${maxPeople}`,
        [containing(nameKey(q)), beginningWith(nameKey(q))],
      )
    },
  }
}
