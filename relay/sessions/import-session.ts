// Takes a past from elsewhere over into a new session of the asker: only they see it, until they show it to others.
import { sessionChannel, type KeptType } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { NewEvent, Statement } from '../storage/storage.ts'
import type { BeginSession } from './begin-session.ts'
import type { BeginWithPast } from './begin-with-past.ts'
import type { SessionParts } from './session-parts.ts'
import type { ForkPending, NewSession } from './session-record.ts'

const pageEvents = 500
const pageBytes = 1024 * 1024

/** `timestamp` in milliseconds since 1970. */
export type PastEvent = { type: KeptType; data: object; timestamp: number }
export type Imported = {
  request: NewSession
  /** What there is to be told, once the session has an id. */
  past(sessionId: string): { events: PastEvent[]; statements: Statement[]; forkPending: ForkPending; from: string }
}

export function createImportSession({ storage, auth, begin, beginWithPast }: SessionParts & { begin: BeginSession; beginWithPast: BeginWithPast }) {
  async function write(channel: string, events: readonly PastEvent[]): Promise<number> {
    let page: NewEvent[] = []
    let bytes = 0
    for (const [index, { type, data, timestamp }] of events.entries()) {
      const text = JSON.stringify(data)
      page.push({ channel, type, data: text, timestamp })
      bytes += text.length
      if (page.length < pageEvents && bytes < pageBytes && index < events.length - 1) continue
      await storage.commit({ events: page })
      page = []
      bytes = 0
    }
    return events.length
  }

  /** Refuses whoever may not begin a session there. */
  return async function importSession(asked: Asked, { request, past }: Imported): Promise<{ session_id: string }> {
    const { who } = asked
    const record = await begin.draft(who, { ...request, visibility: 'private' })
    const { events, statements, forkPending, from } = past(record.id)
    const result = { session_id: record.id }
    await beginWithPast({ ...record, forkPending }, {
      write: () => write(sessionChannel(record.id), events),
      divider: { code: 'imported', text: `${who.name} imported this from the terminal`, args: { from } },
      statements: () => [...statements, auth.audit(who, 'session.import', { from, workspace_id: record.workspaceId }, record.id)],
      ...asked.answering(result),
    })
    return result
  }
}
