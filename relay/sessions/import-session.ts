// Takes a past from elsewhere over into a new session of the asker: only they see it, until they show it to others.
import { sessionChannel, type KeptType } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { NewEvent, Statement } from '../storage/storage.ts'
import type { BeginSession } from './begin-session.ts'
import type { BeginWithPast } from './begin-with-past.ts'
import type { SessionParts } from './session-parts.ts'
import type { ForkPending, NewSession } from './session-record.ts'

const pageEvents = 500
const pageBytes = 256 * 1024

/** `timestamp` in milliseconds since 1970. */
export type PastEvent = { type: KeptType; data: object; timestamp: number }
export type Imported = {
  request: NewSession
  /** What there is to be told, once the session has an id. `bytes`: of what comes with the statements. */
  past(sessionId: string): { events: PastEvent[]; bytes: number; statements: Statement[]; forkPending: ForkPending; from: string }
}

const sizeOf = (events: readonly NewEvent[]): number => events.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0)

function* pagesOf(events: readonly NewEvent[]): Iterable<NewEvent[]> {
  let page: NewEvent[] = []
  let bytes = 0
  for (const event of events) {
    page.push(event)
    bytes += event.data.length
    if (page.length < pageEvents && bytes < pageBytes) continue
    yield page
    page = []
    bytes = 0
  }
  yield page
}

export function createImportSession({ auth, begin, beginWithPast }: SessionParts & { begin: BeginSession; beginWithPast: BeginWithPast }) {
  /** Refuses whoever may not begin a session there. */
  return async function importSession(asked: Asked, { request, past }: Imported): Promise<{ session_id: string }> {
    const { who } = asked
    const record = await begin.draft(who, { ...request, visibility: 'private' })
    const { events, bytes, statements, forkPending, from } = past(record.id)
    const channel = sessionChannel(record.id)
    const told = events.map(({ type, data, timestamp }): NewEvent => ({ channel, type, data: JSON.stringify(data), timestamp }))
    const result = { session_id: record.id }
    await beginWithPast({ ...record, forkPending }, {
      bytes: sizeOf(told) + bytes,
      pages: pagesOf(told),
      divider: { code: 'imported', text: `${who.name} imported this from the terminal`, args: { from } },
      statements: () => [...statements, auth.audit(who, 'session.import', { from, workspace_id: record.workspaceId }, record.id)],
      ...asked.answering(result),
    })
    return result
  }
}
