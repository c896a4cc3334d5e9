// What people began with Claude in a terminal: listed by folder, and taken over into a session that goes on from there.
import { plainLine, Refused, type TerminalSessions } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { TerminalPage } from '../claude/claude.ts'
import { createLines } from '../line.ts'
import { notFound } from '../sessions/sessions.ts'
import { createCursor, type Statement } from '../storage/storage.ts'
import type { Dependencies } from './dependencies.ts'
import { pastEvents } from './past-events.ts'
import { keepWhole } from './rows.ts'
import { titleOf } from './words.ts'

const defaultLimit = 20
const maxLimit = 50
/** A conversation is read as a whole before it is written: one of a user at a time, and a few behind it. */
const maxWaiting = 10
const full = () => new Refused('RATE_LIMITED', 'too much is taken over at once', { retryAfterMs: 5_000 })

const pageEnd = createCursor('terminal-sessions', 'number', 'text')

function readEnd(cursor: string | null | undefined): TerminalPage['next'] {
  const [lastUsed, conversationId] = pageEnd.read(cursor) ?? []
  return lastUsed === undefined || conversationId === undefined ? null : { lastUsed, conversationId }
}

/** Refused where the asker has one already that is still there. */
const insertImportSql = `INSERT INTO terminal_imports (user_id, conversation_id, session_id, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (user_id, conversation_id) DO UPDATE SET session_id = excluded.session_id, at = excluded.at
  WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = terminal_imports.session_id AND s.deleted_at IS NULL)`
/** The turn from which the next process of the session branches; it was nobody's here. */
const insertTurnSql = `INSERT INTO executions (id, session_id, origin, status, progress, conversation_id, last_entry, created_at, started_at, ended_at)
  VALUES (?, ?, 'background', 'completed', 1, ?, ?, ?, ?, ?)`

export function createTerminalSessions({ auth, claude, clock, newId, sessions, storage, workspaces }: Dependencies) {
  const lines = createLines({ atOnce: 1, maxWaiting, full })

  async function folderOf(who: Identity, workspaceId: string): Promise<string> {
    await auth.mayRelay(who, 'create_session', workspaceId)
    const workspace = await workspaces.get(workspaceId)
    if (!workspace) throw notFound()
    return workspace.path
  }

  async function among<K extends string>(sql: string, ids: readonly string[], ...params: string[]): Promise<Record<K, string>[]> {
    return ids.length === 0 ? [] : storage.query<Record<K, string>>(`${sql} (${ids.map(() => '?').join(', ')})`, [...params, ...ids])
  }
  const known = async (ids: string[]) => new Set((await among<'id'>('SELECT id FROM own_conversations WHERE id IN', ids)).map(({ id }) => id))

  /** The asker's own sessions that were taken over from these, by conversation. */
  async function importsOf(userId: string, ids: readonly string[]): Promise<Map<string, string>> {
    const sql = `SELECT i.conversation_id AS conversation, s.id FROM terminal_imports i JOIN sessions s ON s.id = i.session_id
      WHERE s.deleted_at IS NULL AND i.user_id = ? AND i.conversation_id IN`
    return new Map((await among<'conversation' | 'id'>(sql, ids, userId)).map(({ conversation, id }) => [conversation, id]))
  }

  async function take(asked: Asked, workspaceId: string, cwd: string, conversationId: string): Promise<{ session_id: string }> {
    const past = (await known([conversationId])).has(conversationId) ? null : await claude.terminal.read(cwd, conversationId)
    if (!past) throw notFound()
    return sessions.import(asked, {
      request: { workspace_id: workspaceId, title: titleOf(past.title ?? past.firstPrompt) },
      past(sessionId) {
        const { events, wholes, executionId } = pastEvents(past.turns, { sessionId, author: past.author, newId })
        const last = past.turns.at(-1)!
        const statements: Statement[] = [
          { sql: insertImportSql, params: [asked.who.userId, conversationId, sessionId, clock.now()], changes: 1 },
          { sql: insertTurnSql, params: [executionId, sessionId, conversationId, past.lastEntryId, last.at, last.at, last.endedAt] },
          ...wholes.map((whole) => keepWhole(sessionId, whole)),
        ]
        // Branched, not gone on with: a terminal that has it open is not disturbed, and what it adds from now on is its own.
        const forkPending = { session_id: sessionId, conversation_id: conversationId, execution_id: executionId, whole: false }
        const bytes = wholes.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
        return { events, bytes, statements, forkPending, from: conversationId }
      },
    })
  }

  return {
    /** The last used first; not those that sessions have begun. With the asker's own session where they have taken one over. */
    async terminalSessions(who: Identity, workspaceId: string, query: { limit?: number | null; cursor?: string | null }): Promise<TerminalSessions> {
      const cwd = await folderOf(who, workspaceId)
      const limit = Math.min(Math.max(1, query.limit ?? defaultLimit), maxLimit)
      const { conversations, next } = await claude.terminal.list(cwd, { limit, after: readEnd(query.cursor), known })
      const imports = await importsOf(who.userId, conversations.map(({ conversationId }) => conversationId))
      return {
        sessions: conversations.map(({ conversationId, title, firstPrompt, lastUsed, messages }) => ({
          conversation_id: conversationId,
          title: titleOf(title ?? firstPrompt),
          first_prompt: plainLine(firstPrompt),
          last_used: lastUsed,
          messages,
          session_id: imports.get(conversationId) ?? null,
        })),
        next: next && pageEnd.write(next.lastUsed, next.conversationId),
      }
    },
    /** Once per person: asked for again it is the session that there is. */
    async importTerminal(asked: Asked, workspaceId: string, conversationId: string): Promise<{ session_id: string }> {
      const cwd = await folderOf(asked.who, workspaceId)
      const mine = async () => (await importsOf(asked.who.userId, [conversationId])).get(conversationId)
      const before = await mine()
      if (before !== undefined) return { session_id: before }
      try {
        return await lines.run(asked.who.userId, () => take(asked, workspaceId, cwd, conversationId))
      } catch (problem) {
        // Taken over by another request of the same person meanwhile.
        const meanwhile = problem instanceof Refused && problem.code === 'CONFLICT' ? await mine() : undefined
        if (meanwhile === undefined) throw problem
        return { session_id: meanwhile }
      }
    },
  }
}
