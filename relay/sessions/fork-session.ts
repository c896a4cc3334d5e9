// Forks a session: its timeline up to a finished turn is copied page by page and appears with its last commit, not before.
// One of a user is written at a time.
import { Refused, sessionChannel, TURN_RUNNING, type Task } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { StoredEvent } from '../events/events.ts'
import { createLines } from '../line.ts'
import type { NewEvent, Statement } from '../storage/storage.ts'
import type { BeginWithPast } from './begin-with-past.ts'
import { forkTitle, stemOf } from './fork-title.ts'
import { isOpenMode } from './open-modes.ts'
import { notFound, type SessionParts } from './session-parts.ts'
import type { ForkPending, SessionRecord } from './session-record.ts'

const pageEvents = 500
/** The index of what was said takes a while per page, and others wait for the writer. */
const pageBytes = 256 * 1024
/** Forks of one user that wait for their turn. */
const maxWaiting = 10
/** Of whole texts the newest come along, so many bytes of them: they go with the session's own commit, which all others wait for. The rest stays cut. */
const maxWholeBytes = 16 * 1024 * 1024
/** What the row of a file takes, its indexes included. */
const fileRowBytes = 1024

/** What happened in the conversation. The queue, the roster and the list's row are the original's own. */
const copiedTypes = new Set(['message', 'claude_response', 'thinking', 'progress', 'permission_request', 'permission_resolved', 'task', 'log', 'file_uploaded', 'file_shared', 'file_deleted'])
const endedStatuses: readonly Task['status'][] = ['completed', 'failed', 'interrupted']

const copyFileSql = `INSERT INTO files (id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at, handed_path)
  SELECT ?, ?, user_id, filename, folder, content_type, size, sha256, blob, created_at, handed_path FROM files WHERE id = ? AND deleted_at IS NULL`

const copyWholeSql = `INSERT INTO tool_texts (session_id, tool_use_id, part, content)
  SELECT ?, tool_use_id, part, content FROM tool_texts WHERE session_id = ? AND tool_use_id = ?`

const full = () => new Refused('RATE_LIMITED', 'too many forks at once', { retryAfterMs: 5_000 })

type TaskEvent = { seq: number; execution_id: string; status: Task['status'] }
type Cut = { seq: number; pending: ForkPending | null }

type Forking = Omit<SessionParts, 'channels'> & { beginWithPast: BeginWithPast }

export function createForkSession({ storage, events, auth, clock, newId, rows, beginWithPast }: Forking) {
  const lines = createLines({ atOnce: 1, maxWaiting, full })

  /** The beginnings and ends of turns, and the points where the context was dropped. */
  async function turnsOf(sessionId: string): Promise<{ tasks: TaskEvent[]; cleared: number[] }> {
    const sql = "SELECT seq, type, data FROM events WHERE channel = ? AND type IN ('task', 'log') ORDER BY seq"
    const tasks: TaskEvent[] = []
    const cleared: number[] = []
    for (const row of await storage.query<{ seq: number; type: string; data: string }>(sql, [sessionChannel(sessionId)])) {
      const data = JSON.parse(row.data) as { execution_id: string; status: Task['status']; code?: string }
      if (row.type === 'task') tasks.push({ seq: Number(row.seq), execution_id: data.execution_id, status: data.status })
      else if (data.code === 'cleared') cleared.push(Number(row.seq))
    }
    return { tasks, cleared }
  }

  /** A prompt is told just before its turn: cut between the two, it goes with its turn. */
  async function beforeNextPrompt(sessionId: string, after: number, at: number, tasks: TaskEvent[]): Promise<number> {
    const sql = "SELECT seq, data FROM events WHERE channel = ? AND type = 'message' AND seq > ? AND seq <= ? ORDER BY seq"
    for (const row of await storage.query<{ seq: number; data: string }>(sql, [sessionChannel(sessionId), after, at])) {
      const { execution_id: prompted } = JSON.parse(row.data) as { execution_id?: string | null }
      if (tasks.some((each) => each.seq > at && each.execution_id === prompted)) return Number(row.seq) - 1
    }
    return at
  }

  /** The last point at or before `at` at which no turn was under way. */
  async function cutOf(record: SessionRecord, at: number): Promise<Cut> {
    const { tasks, cleared } = await turnsOf(record.id)
    const before = tasks.filter(({ seq }) => seq <= at)
    const lastEnd = before.findLast(({ status }) => endedStatuses.includes(status)) ?? null
    const underWay = before.some(({ seq, status }) => status === 'running' && seq > (lastEnd?.seq ?? 0))
    if (underWay && !lastEnd) throw new Refused('CONFLICT', 'no turn has finished yet', { details: { reason: TURN_RUNNING } })
    const seq = underWay ? lastEnd!.seq : await beforeNextPrompt(record.id, lastEnd?.seq ?? 0, at, tasks)
    const dropped = cleared.some((each) => each > (lastEnd?.seq ?? 0) && each <= seq)
    if (!lastEnd || dropped) return { seq, pending: null }
    const whole = !tasks.some((each) => each.seq > seq && each.status === 'running') && !cleared.some((each) => each > seq)
    return { seq, pending: { session_id: record.id, conversation_id: record.conversationId, execution_id: lastEnd.execution_id, whole } }
  }

  /** Calls whose whole texts come along, and what these take together. */
  async function wholesOf(sessionId: string): Promise<{ calls: Set<string>; bytes: number }> {
    const sql = 'SELECT tool_use_id, SUM(octet_length(content)) AS bytes FROM tool_texts WHERE session_id = ? GROUP BY tool_use_id ORDER BY MAX(rowid) DESC'
    const calls = new Set<string>()
    let bytes = 0
    for (const row of await storage.query<{ tool_use_id: string; bytes: number }>(sql, [sessionId])) {
      if (bytes + Number(row.bytes) > maxWholeBytes) break
      bytes += Number(row.bytes)
      calls.add(row.tool_use_id)
    }
    return { calls, bytes }
  }

  /** What the timeline and the files take. */
  async function sizeOf(sessionId: string, until: number): Promise<number> {
    const sql = `SELECT (SELECT COALESCE(SUM(bytes), 0) FROM events WHERE channel = ? AND seq <= ?) AS bytes, (SELECT COUNT(*) FROM files WHERE session_id = ? AND deleted_at IS NULL) AS files`
    const [row] = await storage.query<{ bytes: number; files: number }>(sql, [sessionChannel(sessionId), until, sessionId])
    return Number(row!.bytes) + Number(row!.files) * fileRowBytes
  }

  /** What the copy needs of its own, so that deleting here leaves it there: files under new ids, the whole of texts that were cut. `calls`: those whose whole texts come along. */
  function createBelongings(from: string, to: string, calls: ReadonlySet<string>) {
    const files = new Map<string, string>()
    const wholes = new Set<string>()
    return {
      fileId(id: string): string {
        const known = files.get(id) ?? newId()
        files.set(id, known)
        return known
      },
      wholeOf(cut: { url: string }, toolUseId: string): { url: string } | null {
        if (!calls.has(toolUseId)) return null
        wholes.add(toolUseId)
        return { ...cut, url: cut.url.replace(`/sessions/${encodeURIComponent(from)}/`, `/sessions/${encodeURIComponent(to)}/`) }
      },
      statements: (): Statement[] => [
        ...[...files].map(([old, fresh]) => ({ sql: copyFileSql, params: [fresh, to, old] })),
        ...[...wholes].map((toolUseId) => ({ sql: copyWholeSql, params: [to, from, toolUseId] })),
      ],
    }
  }
  type Belongings = ReturnType<typeof createBelongings>

  type Told = {
    session_id: string
    status?: string
    file_id?: string
    attachments?: { file_id: string }[]
    tool_use_id?: string | null
    input_cut?: { url: string } | null
    output_cut?: { url: string } | null
  }

  function copied(event: StoredEvent, sessionId: string, belongings: Belongings): string | null {
    if (!copiedTypes.has(event.type)) return null
    const data = JSON.parse(event.data) as Told
    // A prompt that waits, or never ran, is the queue's business.
    if (event.type === 'task' && (data.status === 'pending' || data.status === 'cancelled')) return null
    data.session_id = sessionId
    if (typeof data.file_id === 'string') data.file_id = belongings.fileId(data.file_id)
    if (Array.isArray(data.attachments)) data.attachments = data.attachments.map((each) => ({ ...each, file_id: belongings.fileId(each.file_id) }))
    for (const part of ['input_cut', 'output_cut'] as const) {
      if (data[part] && data.tool_use_id) data[part] = belongings.wholeOf(data[part], data.tool_use_id)
    }
    return JSON.stringify(data)
  }

  async function* copyOf(from: string, to: string, until: number, belongings: Belongings): AsyncIterable<NewEvent[]> {
    const channel = sessionChannel(to)
    for (let after = 0; after < until; ) {
      const page = await events.readAfter(sessionChannel(from), after, { limit: pageEvents, maxBytes: pageBytes })
      if (page.length === 0) break
      after = page.at(-1)!.seq
      yield page.flatMap((event) => {
        const data = event.seq <= until ? copied(event, to, belongings) : null
        return data === null ? [] : [{ channel, type: event.type, data, timestamp: event.timestamp }]
      })
    }
  }

  /** Refuses whoever could not begin a session: a fork lets its owner run code. */
  async function mayFork(asked: Asked, record: SessionRecord): Promise<void> {
    const role = await auth.may(asked.who, 'fork', record.id)
    if (asked.who.role === 'viewer') throw new Refused('FORBIDDEN', 'your role does not allow this')
    if (role === 'viewer') await auth.mayRelay(asked.who, 'create_session', record.workspaceId)
  }

  async function titleFor(userId: string, title: string): Promise<string> {
    const sql = 'SELECT title FROM sessions WHERE owner_id = ? AND deleted_at IS NULL AND instr(title, ?) = 1'
    return forkTitle(title, (await storage.query<{ title: string }>(sql, [userId, stemOf(title)])).map((row) => row.title))
  }

  async function fork(asked: Asked, sessionId: string, request: { at_seq?: number | null; title?: string | null }): Promise<{ session_id: string }> {
    const { who } = asked
    await auth.may(who, 'fork', sessionId)
    const original = await rows.read(sessionId)
    if (!original) throw notFound()
    await mayFork(asked, original)
    const top = await events.top(sessionChannel(sessionId))
    const { seq: until, pending } = await cutOf(original, Math.min(request.at_seq ?? top, top))
    const now = clock.now()
    const record: SessionRecord = {
      ...original,
      id: newId(),
      title: request.title || (await titleFor(who.userId, original.title)),
      titleSource: request.title ? 'person' : original.titleSource,
      ownerId: who.userId,
      ownerName: who.name,
      state: 'idle',
      activity: null,
      // The new owner has not chosen a mode in which Claude asks nobody.
      permissionMode: isOpenMode(original.permissionMode) ? 'default' : original.permissionMode,
      conversationId: null,
      held: null,
      forkedFrom: sessionId,
      forkPending: pending,
      createdAt: now,
      updatedAt: now,
      archivedAt: null,
    }
    const wholes = await wholesOf(sessionId)
    const belongings = createBelongings(sessionId, record.id, wholes.calls)
    const result = { session_id: record.id }
    await beginWithPast(record, {
      bytes: (await sizeOf(sessionId, until)) + wholes.bytes,
      pages: copyOf(sessionId, record.id, until, belongings),
      divider: { code: 'forked', text: `${who.name} forked this session from "${original.title}"`, args: { from: sessionId, at_seq: until } },
      statements: () => [...belongings.statements(), auth.audit(who, 'session.fork', { from: sessionId, at_seq: until }, record.id)],
      ...asked.answering(result),
    })
    return result
  }

  return (...what: Parameters<typeof fork>): ReturnType<typeof fork> => lines.run(what[0].who.userId, () => fork(...what))
}
