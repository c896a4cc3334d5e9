// Searches what was said: session by session of those that the asker may see, the latest first. A text of any other session
// is never looked at, so neither what is found nor how long it takes tells of it.
import { sessionChannel, type SearchHit, type SearchPage } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { placesOf, type SaidText } from '../events/events.ts'
import { createCursor, type Param } from '../storage/storage.ts'
import { snippetOf } from './search-snippet.ts'
import type { SessionParts } from './session-parts.ts'
import { firstOfAny, idsOfVisible, lastFirst, thoseOfAll, visibleToUser, type Part } from './visible-sessions.ts'

const maxWords = 8
const defaultLimit = 20
const maxLimit = 100
/** Of one session among many; the reader opens it, or asks for it alone, to find the others. */
const maxPerSession = 3
/** Sessions whose rows are read at once; after the first few the index is asked which of all could hold the words. */
const firstSessions = 50
const stepSessions = 200
const maxSessions = 100_000
/** After so long the answer is what was found, and where to go on. */
const maxMs = 1_000
/** After so long others have their turn. */
const breathMs = 8

export type SearchQuery = { q: string; workspaceId?: string | null; sessionId?: string | null; limit?: number | null; cursor?: string | null }

const columns = 's.id, s.title, s.workspace_id, s.updated_at, s.archived_at'
type Listed = { id: string; title: string; workspace_id: string; updated_at: number; archived_at: number | null }
/** The session that the search goes on with, and below which seq in it. */
type Place = { updatedAt: number; id: string; before: number }

const pageEnd = createCursor('search', 'number', 'text', 'number')

function readEnd(cursor: string | null | undefined): Place | null {
  const end = pageEnd.read(cursor)
  return end && { updatedAt: end[0], id: end[1], before: end[2] }
}

/** What spaces part is searched for by itself; all of it has to be in one text. */
const wordsOf = (q: string): string[] => [...new Set(q.toWellFormed().split(/[\s\p{Cc}]+/u).filter((word) => word !== ''))].slice(0, maxWords)

function hitOf({ id, title, workspace_id, archived_at }: Listed, said: SaidText, words: readonly string[]): SearchHit {
  const { seq, role, userId, username, text, timestamp } = said
  return {
    session_id: id,
    workspace_id,
    title,
    archived: archived_at !== null,
    seq,
    role,
    ...(userId && { user_id: userId }),
    ...(username !== null && { username }),
    at: timestamp,
    // What people type is shown as it was typed, here as there.
    ...snippetOf(text, placesOf(text, words) ?? [], { markdown: role === 'claude' }),
  }
}

function onlyOf({ workspaceId, sessionId }: SearchQuery, from: Place | null): Part {
  const conditions: [sql: string, params: Param[]][] = []
  if (workspaceId) conditions.push(['s.workspace_id = ?', [workspaceId]])
  if (sessionId) conditions.push(['s.id = ?', [sessionId]])
  if (from) conditions.push(['(s.updated_at, s.id) <= (?, ?)', [from.updatedAt, from.id]])
  return { sql: conditions.map(([sql]) => sql).join(' AND ') || '1 = 1', params: conditions.flatMap(([, params]) => params) }
}

export function createSearchSessions({ storage, transcripts, clock }: Pick<SessionParts, 'storage' | 'transcripts' | 'clock'>) {
  /** The first ones from `from` on, in the order of lists. */
  function firstOf(who: Identity, query: SearchQuery, from: Place | null): Promise<Listed[]> {
    const only = onlyOf(query, from)
    const which = who.role === 'admin' ? thoseOfAll(only) : firstOfAny(who.userId, only, firstSessions)
    return storage.query<Listed>(`SELECT ${columns} FROM sessions s WHERE ${which.sql} ${lastFirst}`, [...which.params, firstSessions])
  }

  /** The ids of all after that one, in the order of lists. */
  async function idsAfter(who: Identity, query: SearchQuery, { id: last, updated_at }: Listed): Promise<string[]> {
    const only = onlyOf(query, { updatedAt: Number(updated_at), id: last, before: 1 })
    const seen = idsOfVisible(who.userId, only, maxSessions)
    const which = who.role === 'admin' ? thoseOfAll(only) : { sql: `s.id IN (${seen.sql})`, params: seen.params }
    const rows = await storage.query<{ id: string }>(`SELECT s.id FROM sessions s WHERE ${which.sql} ${lastFirst}`, [...which.params, maxSessions])
    return rows.map(({ id }) => id).filter((id) => id !== last)
  }

  /** Of these, in their order, what may still be seen; looked up one by one, however many others there are. */
  async function those(who: Identity, ids: readonly string[]): Promise<Listed[]> {
    const only = thoseOfAll({ sql: `s.id IN (${ids.map(() => '?').join(', ')})`, params: [...ids] })
    const isSeen = who.role === 'admin' ? { sql: '1 = 1', params: [] } : { sql: visibleToUser, params: [who.userId, who.userId] }
    const rows = await storage.query<Listed>(
      `SELECT ${columns} FROM sessions s JOIN workspaces w ON w.id = s.workspace_id
        LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ? WHERE ${only.sql} AND ${isSeen.sql}`,
      [who.userId, ...only.params, ...isSeen.params],
    )
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.flatMap((id) => byId.get(id) ?? [])
  }

  /** All that could hold the words, in the order of lists, from `from` on: the first few as they are, of the others those that the index names. */
  async function* sessionsOf(who: Identity, query: SearchQuery, words: readonly string[], from: Place | null, breathe: () => Promise<void>): AsyncGenerator<Listed> {
    const first = await firstOf(who, query, from)
    await breathe()
    yield* first
    if (first.length < firstSessions) return
    const ids = await idsAfter(who, query, first.at(-1)!)
    await breathe()
    const could = await transcripts.among(ids.map(sessionChannel), words)
    const left = could ? ids.filter((id) => could.has(sessionChannel(id))) : ids
    for (let at = 0; at < left.length; at += stepSessions) {
      await breathe()
      yield* await those(who, left.slice(at, at + stepSessions))
    }
  }

  return async function search(who: Identity, query: SearchQuery): Promise<SearchPage> {
    const words = wordsOf(query.q)
    const limit = Math.min(Math.max(1, query.limit ?? defaultLimit), maxLimit)
    const perSession = query.sessionId ? limit : maxPerSession
    const end = clock.now() + maxMs
    const hits: SearchHit[] = []
    let breath = clock.now() + breathMs

    /** Others are served between two steps. */
    async function breathe(): Promise<void> {
      if (clock.now() < breath) return
      await new Promise<void>((resolve) => clock.setTimer(resolve, 0))
      breath = clock.now() + breathMs
    }

    /** The hits of one session, and where in it to go on: null when it is done with. */
    async function searchOne(session: Listed, before: number | null): Promise<number | null> {
      let wanted = Math.min(perSession, limit - hits.length)
      const isCapped = wanted === perSession && !query.sessionId
      for (let at = before; ; await breathe()) {
        // One more than is told says whether there are more.
        const { found, rest } = await transcripts.find(sessionChannel(session.id), words, { before: at, limit: isCapped ? wanted + 1 : wanted })
        hits.push(...found.slice(0, wanted).map((said) => hitOf(session, said, words)))
        if (found.length > wanted) hits.at(-1)!.more = true
        if (found.length > wanted || rest === null) return null
        wanted -= found.length
        if (wanted === 0 && !isCapped) return rest
        if (clock.now() >= end) return wanted === 0 ? null : rest
        at = rest
      }
    }

    if (words.length === 0) return { hits, next: null }
    const from = readEnd(query.cursor)
    for await (const session of sessionsOf(who, query, words, from, breathe)) {
      // A page begins with the session at which the one before it ended.
      const rest = await searchOne(session, from?.id === session.id ? from.before : null)
      if (hits.length >= limit || clock.now() >= end) return { hits, next: pageEnd.write(Number(session.updated_at), session.id, rest ?? 1) }
      await breathe()
    }
    return { hits, next: null }
  }
}
