// Searches what was said: session by session of those that the asker may see, the latest first. A text of any other session
// is never looked at, so neither what is found nor how long it takes tells of it.
import { sessionChannel, type SearchHit, type SearchPage } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { placesOf, type SaidText } from '../events/events.ts'
import { createCursor, type Param } from '../storage/storage.ts'
import { snippetOf } from './search-snippet.ts'
import type { SessionParts } from './session-parts.ts'
import { firstOfAny, idsOfVisible, lastFirst, thoseOfAll, type Part } from './visible-sessions.ts'

const maxWords = 8
const defaultLimit = 20
const maxLimit = 100
/** Of one session among many; the reader opens it, or asks for it alone, to find the others. */
const maxPerSession = 3
/** Sessions that are read at once; after the first few the index is asked which of all could hold the words. */
const firstSessions = 50
const stepSessions = 200
const maxSessions = 100_000
/** After so long the answer is what was found, and where to go on. */
const maxMs = 1_000
/** After so long others have their turn. */
const breathMs = 8

export type SearchQuery = { q: string; workspaceId?: string | null; sessionId?: string | null; limit?: number | null; cursor?: string | null }

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
  /** From `from` on, in the order of lists. */
  function sessionsOf(who: Identity, query: SearchQuery, from: Place | null, count: number): Promise<Listed[]> {
    const only = onlyOf(query, from)
    const which = who.role === 'admin' ? thoseOfAll(only) : firstOfAny(who.userId, only, count)
    return storage.query<Listed>(`SELECT s.id, s.title, s.workspace_id, s.updated_at, s.archived_at FROM sessions s WHERE ${which.sql} ${lastFirst}`, [...which.params, count])
  }

  /** From `from` on, in no order. */
  async function channelsOf(who: Identity, query: SearchQuery, from: Place): Promise<string[]> {
    const only = onlyOf(query, from)
    const all = thoseOfAll(only)
    const ids = who.role === 'admin' ? { sql: `SELECT s.id FROM sessions s WHERE ${all.sql} LIMIT ?`, params: [...all.params, maxSessions] } : idsOfVisible(who.userId, only, maxSessions)
    return (await storage.query<{ id: string }>(ids.sql, ids.params)).map(({ id }) => sessionChannel(id))
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

    let from = readEnd(query.cursor)
    let could = null as ReadonlySet<string> | null
    for (let first = true; words.length > 0; first = false) {
      const count = first ? firstSessions : stepSessions
      const step = await sessionsOf(who, query, from, count)
      // A page begins with the session at which the one before it ended.
      for (const session of first || step[0]?.id !== from?.id ? step : step.slice(1)) {
        if (could?.has(sessionChannel(session.id)) === false) continue
        const updatedAt = Number(session.updated_at)
        const rest = await searchOne(session, from?.id === session.id && first ? from.before : null)
        if (hits.length >= limit || clock.now() >= end) return { hits, next: pageEnd.write(updatedAt, session.id, rest ?? 1) }
        await breathe()
      }
      const last = step.at(-1)
      if (!last || step.length < count) break
      from = { updatedAt: Number(last.updated_at), id: last.id, before: 1 }
      if (first) could = await transcripts.among(await channelsOf(who, query, from), words)
    }
    return { hits, next: null }
  }
}
