// The audit as it is read: newest first, in pages, by whoever runs the relay or owns the session.
import type { AuditEntry, AuditPage, RelayAction } from '#protocol'
import { containing, createCursor, LIKE, type Param, type Storage } from '../storage/storage.ts'
import type { Identity } from './identity.ts'
import { nameKey } from './user-names.ts'

export type AuditFilter = { from?: number | null; to?: number | null; user?: string | null; action?: string | null; session_id?: string | null; q?: string | null }

const usualLimit = 50
const exportPage = 500

type Row = { id: number; at: number; user_id: string | null; username: string; action: string; session_id: string | null; session_title: string | null; session_title_then: string | null; detail: string; address: string | null; hop: string | null; agent: string | null; as_admin: number }

/** What the next row of a new title says it was before. The sign keeps SQLite from the index of sessions, of which one may have very many rows. */
const titleThen = `COALESCE((SELECT json_extract(r.detail, '$.from') FROM audit r WHERE r.action = 'session.rename' AND r.id > a.id AND +r.session_id = a.session_id ORDER BY r.id LIMIT 1), e.title)`

const sql = `SELECT a.id, a.at, a.user_id, a.username, a.action, a.session_id, e.title AS session_title, ${titleThen} AS session_title_then, a.detail, a.address, a.hop, a.agent, a.as_admin
  FROM audit a LEFT JOIN sessions e ON e.id = a.session_id`

/** Texts of the details that people read. An id is found by the whole of it alone: parts of ids are in everything. */
const inDetail = `a.detail ${LIKE} AND EXISTS (SELECT 1 FROM json_tree(a.detail) AS t WHERE t.type NOT IN ('object', 'array')
  AND (t.atom = ? OR (t.atom ${LIKE} AND COALESCE(t.key, '') NOT LIKE '%\\_id' ESCAPE '\\' AND t.atom NOT GLOB '????????-????-????-????-????????????')))`

/** The title that is shown: only sessions that are or were called so are asked for what they were called then. */
const calledSo = `a.session_id IN (SELECT id FROM sessions WHERE title ${LIKE} UNION SELECT session_id FROM audit WHERE action = 'session.rename' AND json_extract(detail, '$.from') ${LIKE}) AND ${titleThen} ${LIKE}`

function conditions({ from, to, user, action, session_id, q }: AuditFilter): { where: string[]; params: Param[] } {
  const where: string[] = []
  const params: Param[] = []
  const add = (condition: string, ...values: Param[]) => {
    where.push(condition)
    params.push(...values)
  }
  if (from != null) add('a.at >= ?', from)
  if (to != null) add('a.at < ?', to)
  if (user) add('a.user_id = ?', user)
  if (action) add(`a.action IN (${action.split(',').map(() => '?')})`, ...action.split(','))
  if (session_id) add('a.session_id = ?', session_id)
  if (q) {
    const columns = ['username', 'action', 'address', 'hop']
    const people = `IN (SELECT id FROM users WHERE name_key ${LIKE})`
    const whom = ['$.user_id', '$.to'].map((path) => `json_extract(a.detail, '${path}')`)
    // SQLite's LIKE knows the cases of ASCII only; of people the key is known, by which names are the same.
    const parts = [...columns.map((column) => `a.${column} ${LIKE}`), ...['a.user_id', ...whom].map((id) => `${id} ${people}`), `(${inDetail})`, `(${calledSo})`]
    const asJson = containing(JSON.stringify(q).slice(1, -1))
    add(`(${parts.join(' OR ')})`, ...columns.map(() => containing(q)), ...Array<string>(3).fill(containing(nameKey(q))), asJson, q, ...Array<string>(4).fill(containing(q)))
  }
  return { where, params }
}

/** Whom it was done to, where that is somebody else; of a session that changed hands always who has it now. */
function targetOf({ action, user_id: by }: Row, { user_id, to }: Record<string, unknown>): string | null {
  if (action === 'session.hand_over') return typeof to === 'string' ? to : null
  return typeof user_id === 'string' && user_id !== by ? user_id : null
}

function detailOf(row: Row): Record<string, unknown> {
  const detail: unknown = JSON.parse(row.detail)
  return typeof detail === 'object' && detail !== null ? (detail as Record<string, unknown>) : {}
}

const pageEnd = createCursor('audit', 'number')

type PageOptions = { limit?: number | null; cursor?: string | null }

export type AuditLog = {
  /** Whoever calls has asked `see_audit`. */
  page(filter: AuditFilter, options: PageOptions): Promise<AuditPage>
  /** Of one session; whoever calls has asked `read_audit`. From where is told to admins only. */
  ofSession(who: Identity, sessionId: string, options: PageOptions): Promise<AuditPage>
  /** All that fits, newest first, a page at a time. A slow reader may lose the right meanwhile: it is asked for each page, and throws like `mayRelay`. */
  pages(who: Identity, filter: AuditFilter): AsyncGenerator<AuditEntry[]>
}

type Dependencies = { storage: Pick<Storage, 'query'>; mayRelay(who: Identity, action: RelayAction): Promise<void> }

export function createAuditLog({ storage, mayRelay }: Dependencies): AuditLog {
  /** Names of the people that things were done to, as they are called now. */
  async function namesOf(ids: string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map()
    const rows = await storage.query<{ id: string; name: string }>(`SELECT id, name FROM users WHERE id IN (${ids.map(() => '?')})`, ids)
    return new Map(rows.map(({ id, name }) => [id, name]))
  }

  async function read(filter: AuditFilter, before: number | null, limit: number): Promise<AuditEntry[]> {
    const { where, params } = conditions(filter)
    if (before !== null) {
      where.push('a.id < ?')
      params.push(before)
    }
    const rows = await storage.query<Row>(`${sql} ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY a.id DESC LIMIT ?`, [...params, limit])
    const details = rows.map(detailOf)
    const targets = rows.map((row, index) => targetOf(row, details[index]!))
    const names = await namesOf([...new Set(targets.filter((id) => id !== null))])
    return rows.map(({ as_admin, ...row }, index) => {
      const id = targets[index]!
      const detail = details[index]!
      const named = id === null ? null : (names.get(id) ?? (typeof detail['name'] === 'string' ? detail['name'] : id))
      return { ...row, id: Number(row.id), at: Number(row.at), detail, target: id === null ? null : { id, name: named! }, as_admin: Number(as_admin) === 1 }
    })
  }

  async function page(filter: AuditFilter, { limit, cursor }: PageOptions): Promise<AuditPage> {
    const size = limit ?? usualLimit
    const [before] = pageEnd.read(cursor) ?? [null]
    const entries = await read(filter, before, size + 1)
    const shown = entries.slice(0, size)
    return { entries: shown, next: entries.length > size ? pageEnd.write(shown.at(-1)!.id) : null }
  }

  return {
    page,
    async ofSession(who, sessionId, options) {
      const found = await page({ session_id: sessionId }, options)
      return who.role === 'admin' ? found : { ...found, entries: found.entries.map((entry) => ({ ...entry, address: null, hop: null, agent: null })) }
    },
    async *pages(who, filter) {
      let before: number | null = null
      for (;;) {
        const entries: AuditEntry[] = await read(filter, before, exportPage)
        if (entries.length > 0) {
          await mayRelay(who, 'see_audit')
          yield entries
        }
        if (entries.length < exportPage) return
        before = entries.at(-1)!.id
      }
    },
  }
}
