// API tokens: made once, kept as a hash, each a sign-in of its own that ends with its user, its time, or a word of theirs or an admin's.
import { covers, Refused, type ApiToken, type ApiTokens as ApiTokensPage, type MadeToken, type RelayAction, type Scope, type TokensQuery } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { containing, createCursor, LIKE, type Param, type Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import type { AuditBy } from './audit.ts'
import type { Identity } from './identity.ts'
import { keepWith, type Keep } from './keep.ts'
import { hashOf } from './sign-ins.ts'
import { commitWhile } from './still.ts'
import { apiTokenText, isApiToken } from './token-text.ts'
import { nameKey } from './user-names.ts'

const dayMs = 24 * 3_600_000
const maxOfOneUser = 50
const maxKnown = 2_000
const usualLimit = 50
/** For people to look at: to the hour is enough, and no use of a token waits for a write. */
const usedEveryMs = 3_600_000
const endingChars = 4

type Row = { sid: string; hash: string; name: string; scopes: string; ending: string; used_at: number | null; user_id: string; username: string; created_at: number; expires_at: number }
type Known = { sid: string; userId: string; scopes: readonly Scope[]; usedAt: number | null }

const columns = 't.sid, t.hash, t.name, t.scopes, t.ending, t.used_at, s.user_id, u.name AS username, s.created_at, s.expires_at'
const tables = 'api_tokens t JOIN sign_ins s ON s.sid = t.sid JOIN users u ON u.id = s.user_id'

const scopesOf = (row: Pick<Row, 'scopes'>) => row.scopes.split(' ') as Scope[]
const shown = (row: Row): ApiToken => ({
  id: row.sid,
  name: row.name,
  scopes: scopesOf(row),
  ending: row.ending,
  user_id: row.user_id,
  username: row.username,
  created_at: Number(row.created_at),
  expires_at: Number(row.expires_at),
  used_at: row.used_at === null ? null : Number(row.used_at),
})

const pageEnd = createCursor('api-tokens', 'number', 'text')

export type ApiTokens = {
  /** Not from a script's token, which must not grow; nor for people of an identity provider, whom it would outlive. */
  make(keep: Keep, request: { name: string; scopes: readonly Scope[]; expires_in_days: number }): Promise<MadeToken>
  /** Those of the asker that are not revoked, the newest first; with `all` those of everybody, for whoever may `manage_users`. */
  list(who: Identity, query: TokensQuery): Promise<ApiTokensPage>
  /** One's own, or anybody's for whoever may `manage_users`. Throws NOT_FOUND. */
  revoke(keep: Keep, id: string): Promise<object>
}

export function createApiTokens(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  log: Log
  audit: AuditBy
  mayRelay(who: Identity, action: RelayAction): Promise<void>
  newId: () => string
  newSecret: () => string
  changed: (userIds: readonly string[]) => void
}): ApiTokens & { read(token: string): Promise<Known>; scopesOf(sid: string): Promise<readonly Scope[]> } {
  const { storage, clock, log, audit, mayRelay, newId, newSecret, changed } = dependencies
  /** By hash. What a token is never changes; whether it still counts is asked elsewhere, every time. */
  const known = new Map<string, Known>()

  async function look(hash: string): Promise<Known> {
    const [row] = await storage.query<Row>(`SELECT ${columns} FROM ${tables} WHERE t.hash = ?`, [hash])
    if (!row) throw wrong()
    const found = { sid: row.sid, userId: row.user_id, scopes: scopesOf(row), usedAt: row.used_at === null ? null : Number(row.used_at) }
    if (known.size >= maxKnown) known.delete(known.keys().next().value!)
    known.set(hash, found)
    return found
  }

  function used(token: Known): void {
    const now = clock.now()
    if (token.usedAt !== null && now - token.usedAt < usedEveryMs) return
    token.usedAt = now
    storage.commit({ statements: [{ sql: 'UPDATE api_tokens SET used_at = ? WHERE sid = ?', params: [now, token.sid] }] }).catch((error) => log.warn('the use of a token could not be kept', { error }))
  }

  /** For those of others; whoever may not is told that there is no such token. */
  async function refuseForOthers(who: Identity): Promise<void> {
    try {
      await mayRelay(who, 'manage_users')
    } catch (error) {
      throw error instanceof Refused && error.code === 'FORBIDDEN' ? notFound() : error
    }
  }

  return {
    async read(token) {
      if (!isApiToken(token)) throw wrong()
      const hash = hashOf(token)
      const found = known.get(hash) ?? (await look(hash))
      used(found)
      return found
    },
    /** None for one that is not there. */
    async scopesOf(sid) {
      const [row] = await storage.query<Pick<Row, 'scopes'>>('SELECT scopes FROM api_tokens WHERE sid = ?', [sid])
      return row ? scopesOf(row) : []
    },
    async make(keep, { name, scopes, expires_in_days }) {
      const { who } = keep
      if (who.kind !== 'access') throw new Refused('FORBIDDEN', 'only a signed-in browser makes tokens')
      if (covers(scopes, 'metrics') && who.role !== 'admin') throw new Refused('FORBIDDEN', 'the scope metrics is for admins', { details: { reason: 'scope', scope: 'metrics' } })
      const token = apiTokenText(newSecret())
      const now = clock.now()
      const row: Row = { sid: newId(), hash: hashOf(token), name, scopes: [...new Set(scopes)].join(' '), ending: token.slice(-endingChars), used_at: null, user_id: who.userId, username: who.name, created_at: now, expires_at: now + expires_in_days * dayMs }
      const made = { ...shown(row), token }
      const statements = [
        {
          sql: `INSERT INTO sign_ins (sid, user_id, kind, created_at, expires_at) SELECT ?, id, 'api', ?, ? FROM users WHERE id = ? AND deleted_at IS NULL
            AND (SELECT COUNT(*) FROM sign_ins WHERE user_id = ? AND kind = 'api' AND revoked_at IS NULL AND expires_at > ?) < ${maxOfOneUser}`,
          params: [row.sid, now, row.expires_at, who.userId, who.userId, now],
          changes: 1,
        },
        { sql: 'INSERT INTO api_tokens (sid, hash, name, scopes, ending) VALUES (?, ?, ?, ?, ?)', params: [row.sid, row.hash, name, row.scopes, row.ending], changes: 1 },
        audit(who, 'api_token_made', { token_id: row.sid, name, scopes: made.scopes, expires_at: row.expires_at }),
      ]
      // Nothing of it is kept as an answer: it is a secret.
      if (!(await commitWhile(storage, who, statements))) throw new Refused('CONFLICT', `at most ${maxOfOneUser} tokens of one user: revoke one first`, { details: { reason: 'too_many_tokens' } })
      return made
    },
    async list(who, { all, q, limit, cursor }) {
      const ofAll = all === 'true'
      if (ofAll) await mayRelay(who, 'manage_users')
      const conditions = ["s.kind = 'api'", 's.revoked_at IS NULL', 's.user_id NOT IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)']
      const params: Param[] = []
      const where = (condition: string, ...values: Param[]) => {
        conditions.push(condition)
        params.push(...values)
      }
      if (!ofAll) where('s.user_id = ?', who.userId)
      const sought = q?.trim()
      if (sought) where(`(t.name ${LIKE} OR t.ending ${LIKE} OR s.user_id IN (SELECT id FROM users WHERE name_key ${LIKE}))`, containing(sought), containing(sought), containing(nameKey(sought)))
      const [counted] = await storage.query<{ total: number }>(`SELECT COUNT(*) AS total FROM sign_ins s ${sought ? 'JOIN api_tokens t ON t.sid = s.sid' : ''} WHERE ${conditions.join(' AND ')}`, params)
      const after = pageEnd.read(cursor)
      if (after) where('(s.created_at, t.sid) < (?, ?)', ...after)
      const size = limit ?? usualLimit
      const rows = await storage.query<Row>(`SELECT ${columns} FROM ${tables} WHERE ${conditions.join(' AND ')} ORDER BY s.created_at DESC, t.sid DESC LIMIT ?`, [...params, size + 1])
      const page = rows.slice(0, size)
      const last = page.at(-1)
      return { tokens: page.map(shown), total: Number(counted?.total ?? 0), next: last && rows.length > size ? pageEnd.write(Number(last.created_at), last.sid) : null }
    },
    async revoke(keep, id) {
      const { who } = keep
      const [row] = await storage.query<Row>(`SELECT ${columns} FROM ${tables} WHERE t.sid = ? AND s.revoked_at IS NULL`, [id])
      if (!row) throw notFound()
      if (row.user_id !== who.userId) await refuseForOthers(who)
      const statements = [
        { sql: 'UPDATE sign_ins SET revoked_at = ? WHERE sid = ? AND revoked_at IS NULL', params: [clock.now(), id], changes: 1 },
        raiseVersion,
        audit(who, 'api_token_revoked', { token_id: id, name: row.name, user_id: row.user_id }),
      ]
      // Whoever was faster has ended it as well.
      if (await keepWith(storage, keep, statements, {})) changed([row.user_id])
      return {}
    },
  }
}

const notFound = () => new Refused('NOT_FOUND', 'not found')
const wrong = () => new Refused('UNAUTHORIZED', 'the token is wrong', { details: { reason: 'wrong' } })
