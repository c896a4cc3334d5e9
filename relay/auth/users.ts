// Users as admins manage them: who there is, roles, names, ways in, and their end. Each change is audited as the admin's.
import { Refused, type GlobalRole, type User, type UsersPage } from '#protocol'
import type { Clock } from '../clock.ts'
import { containing, createCursor, LIKE, type Statement, type Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { endAllOf, insertCode, insertUser, removeUser, setName, setPasswordHash, setRole } from './account-rows.ts'
import type { AuditBy } from './audit.ts'
import type { Identity } from './identity.ts'
import { keepWith, type Keep } from './keep.ts'
import { newUserId } from './new-user-id.ts'
import type { Passwords } from './passwords.ts'
import { hashOf } from './sign-ins.ts'
import { commitWhile } from './still.ts'
import { isForeign, nameKey, nameRule, shownName, sourceOf } from './user-names.ts'

/** A link for somebody else waits longer than one for a phone at hand. */
const linkLifeMs = 24 * 3_600_000
const usualLimit = 50

type WayIn = { code: string | null; expiresAt: number | null; password: string | null }
const noWay: WayIn = { code: null, expiresAt: null, password: null }

/** Whoever calls has asked `manage_users`. Refusals: NOT_FOUND, VALIDATION, CONFLICT with `details.reason`; FORBIDDEN where a script asks for a way in. */
export type Users = {
  list(query: { q?: string | null; deleted: boolean; limit?: number | null; cursor?: string | null }): Promise<UsersPage>
  /** With a password, with a link that signs in once, or with no way in yet. */
  create(who: Identity, request: { name: string; role: GlobalRole; password: string | null; link: boolean }): Promise<WayIn & { id: string }>
  change(keep: Keep, id: string, request: { name?: string | null; role?: GlobalRole | null }): Promise<object>
  /** Ends every way in that there was, and opens another: a link, or a password that the relay thinks up. */
  reset(who: Identity, id: string, way: 'link' | 'password'): Promise<WayIn>
  remove(keep: Keep, id: string): Promise<object>
}

type Row = { id: string; name: string; name_key: string; role: GlobalRole; has_password: number; created_at: number; deleted_at: number | null; seen_at: number | null; tokens: number; sessions: number }

const pageEnd = createCursor('users', 'text')

const listSql = `SELECT u.id, u.name, u.name_key, u.role, u.password_hash IS NOT NULL AS has_password, u.created_at, u.deleted_at,
    (SELECT MAX(COALESCE((SELECT MAX(r.issued_at) FROM refresh_tokens r WHERE r.sid = s.sid), t.used_at, s.created_at))
      FROM sign_ins s LEFT JOIN api_tokens t ON t.sid = s.sid WHERE s.user_id = u.id) AS seen_at,
    (SELECT COUNT(*) FROM sign_ins s WHERE s.user_id = u.id AND s.kind = 'api' AND s.revoked_at IS NULL AND s.expires_at > ?) AS tokens,
    (SELECT COUNT(*) FROM sessions e WHERE e.owner_id = u.id AND e.deleted_at IS NULL) AS sessions
  FROM users u`

const shown = (row: Row): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  source: sourceOf(row.id),
  has_password: Number(row.has_password) === 1,
  created_at: Number(row.created_at),
  deleted_at: row.deleted_at === null ? null : Number(row.deleted_at),
  seen_at: row.seen_at === null ? null : Number(row.seen_at),
  tokens: Number(row.tokens),
  sessions: Number(row.sessions),
})

const conflict = (reason: string, message: string) => new Refused('CONFLICT', message, { details: { reason } })
const nameTaken = (name: string) => conflict('name_taken', `there is a user named ${name} already`)
const lastAdmin = (name: string) => conflict('last_admin', `${name} is the last admin: make another one first`)

/** No token for scripts, of the console neither, may grow into a way in; people of an identity provider are here in person. */
function refuseScripts(who: Identity): void {
  if (who.kind === 'cli') throw new Refused('FORBIDDEN', 'only somebody who is signed in makes a way to sign in')
  if (who.scopes !== null) throw new Refused('FORBIDDEN', 'no API token makes a way to sign in', { details: { reason: 'scope', scope: null } })
}

/** What an admin hands on by word of mouth: no letters or digits that look alike. */
function thinkUpPassword(secret: string): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  let value = BigInt(`0x${Buffer.from(secret, 'base64url').toString('hex')}`)
  const groups = Array.from({ length: 4 }, () =>
    Array.from({ length: 5 }, () => {
      const letter = letters[Number(value % BigInt(letters.length))]!
      value /= BigInt(letters.length)
      return letter
    }).join(''),
  )
  return groups.join('-')
}

export function createUsers(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  passwords: Passwords
  audit: AuditBy
  newId: () => string
  newSecret: () => string
  changed: (userIds: readonly string[]) => void
}): Users {
  const { storage, clock, passwords, audit, newId, newSecret, changed } = dependencies

  async function known(id: string): Promise<{ id: string; name: string; role: GlobalRole }> {
    const [row] = await storage.query<{ id: string; name: string; role: GlobalRole }>('SELECT id, name, role FROM users WHERE id = ? AND deleted_at IS NULL', [id])
    if (!row) throw new Refused('NOT_FOUND', 'not found')
    return row
  }

  function nameFor(name: string): string {
    const shownAs = shownName(name)
    if (shownAs === null) throw new Refused('VALIDATION', nameRule)
    return shownAs
  }

  /** A link and the row that it is checked against. */
  function makeLink(userId: string): { way: WayIn; statement: Statement } {
    const code = newSecret()
    const expiresAt = clock.now() + linkLifeMs
    return { way: { ...noWay, code, expiresAt }, statement: insertCode(hashOf(code), userId, false, expiresAt) }
  }

  return {
    async list({ q, deleted, limit, cursor }) {
      const sought = containing(nameKey(q ?? ''))
      const where = `(u.deleted_at IS NULL${deleted ? ' OR 1' : ''}) AND u.name_key ${LIKE}`
      const size = limit ?? usualLimit
      const [from] = pageEnd.read(cursor) ?? ['']
      const rows = await storage.query<Row>(`${listSql} WHERE ${where} AND u.name_key > ? ORDER BY u.name_key LIMIT ?`, [clock.now(), sought, from, size + 1])
      const [counted] = await storage.query<{ total: number }>(`SELECT COUNT(*) AS total FROM users u WHERE ${where}`, [sought])
      const page = rows.slice(0, size)
      const next = rows.length > size ? pageEnd.write(page.at(-1)!.name_key) : null
      return { users: page.map(shown), total: Number(counted?.total ?? 0), next }
    },

    async create(who, { name, role, password, link }) {
      if (password !== null || link) refuseScripts(who)
      const shownAs = nameFor(name)
      const id = await newUserId(storage, newId)
      const hash = password === null ? null : await passwords.hash(password)
      const made = link ? makeLink(id) : null
      const way = made ? 'link' : hash === null ? 'none' : 'password'
      const statements = [insertUser({ id, name: shownAs, role, hash, at: clock.now() }), ...(made ? [made.statement] : []), raiseVersion, audit(who, 'user_added', { user_id: id, name: shownAs, role, way })]
      if (!(await commitWhile(storage, who, statements, { admin: true }))) throw nameTaken(shownAs)
      return { id, ...(made?.way ?? noWay) }
    },

    async change(keep, id, request) {
      const user = await known(id)
      const name = request.name ? nameFor(request.name) : user.name
      const role = request.role ?? user.role
      const statements: Statement[] = []
      if (role !== user.role) statements.push(setRole(id, role), audit(keep.who, 'role_set', { user_id: id, name: user.name, role, before: user.role }))
      if (name !== user.name) statements.push(setName(id, name), audit(keep.who, 'user_renamed', { user_id: id, name, before: user.name }))
      if (!(await keepWith(storage, keep, [...statements, raiseVersion], {}))) {
        const taken = await storage.query('SELECT id FROM users WHERE name_key = ? AND id <> ?', [nameKey(name), id])
        throw taken.length > 0 ? nameTaken(name) : lastAdmin((await known(id)).name)
      }
      changed([id])
      return {}
    },

    async reset(who, id, way) {
      refuseScripts(who)
      const user = await known(id)
      if (isForeign(id)) throw conflict('identity_provider', `${user.name} signs in at the identity provider`)
      const password = way === 'password' ? thinkUpPassword(newSecret()) : null
      const hash = password === null ? null : await passwords.hash(password)
      const made = way === 'link' ? makeLink(id) : null
      const statements = [setPasswordHash(id, hash), ...endAllOf(id, clock.now()), ...(made ? [made.statement] : []), raiseVersion, audit(who, 'sign_in_reset', { user_id: id, name: user.name, way })]
      if (!(await commitWhile(storage, who, statements, { admin: true }))) throw new Refused('NOT_FOUND', 'not found')
      changed([id])
      return made?.way ?? { ...noWay, password }
    },

    async remove(keep, id) {
      const user = await known(id)
      const statements = [removeUser(id, clock.now()), ...endAllOf(id, clock.now()), raiseVersion, audit(keep.who, 'user_removed', { user_id: id, name: user.name })]
      if (!(await keepWith(storage, keep, statements, {}))) throw lastAdmin((await known(id)).name)
      changed([id])
      return {}
    },
  }
}
