// Reads a session's past: pages of its events, its log, its last messages, and all of it as a file.
import { LIMITS, sessionChannel, type KeptEvent, type Message } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { viewByLink, type StoredEvent } from '../events/events.ts'
import { createMarkdown, markdownHead } from './export-markdown.ts'
import type { SessionParts } from './session-parts.ts'

const pageEvents = 200
const pageBytes = 512 * 1024
/** One answer of a page holds about so much data; the reader asks again from its last event, or back from its first. */
const answerBytes = 1024 * 1024
const maxLogs = 1_000

export type EventsQuery = { before?: number | null; after?: number | null; limit?: number | null }
export type ExportFormat = 'md' | 'json'
/** `stream` yields text, a page of events at a time. */
export type SessionExport = { filename: string; contentType: string; stream: AsyncGenerator<string> }

const keptEvent = ({ type, channel, seq, data, timestamp }: Omit<StoredEvent, 'task' | 'taskSeq'>): KeptEvent => ({ type, channel, seq, data: JSON.parse(data), timestamp })

export function createSessionTimeline({ storage, events, auth, clock, rows, participants }: SessionParts) {
  async function page(who: Identity, sessionId: string, query: EventsQuery): Promise<{ events: KeptEvent[]; epoch: string; top: number }> {
    await auth.may(who, 'read', sessionId)
    const channel = sessionChannel(sessionId)
    const top = await events.top(channel)
    const limit = Math.min(Math.max(1, query.limit ?? LIMITS.historyEvents), LIMITS.historyEvents)
    const { before, after } = query
    const found =
      typeof after === 'number'
        ? (await events.readAfter(channel, after, { limit, maxBytes: answerBytes })).filter(({ seq }) => typeof before !== 'number' || seq < before)
        : await events.readBefore(channel, before ?? top + 1, { limit, maxBytes: answerBytes })
    return { events: (who.kind === 'link' ? found.map(viewByLink) : found).map(keptEvent), epoch: events.epoch, top }
  }

  async function dataOf<T>(sessionId: string, type: string, limit: number): Promise<{ data: T; seq: number; timestamp: number }[]> {
    const sql = 'SELECT seq, data, timestamp FROM events WHERE channel = ? AND type = ? ORDER BY seq DESC LIMIT ?'
    const found = await storage.query<{ seq: number; data: string; timestamp: number }>(sql, [sessionChannel(sessionId), type, limit])
    return found.map((row) => ({ data: JSON.parse(row.data) as T, seq: row.seq, timestamp: row.timestamp })).reverse()
  }

  async function logs(who: Identity, sessionId: string, limit: number | null): Promise<{ session_id: string; logs: object[]; count: number }> {
    await auth.may(who, 'read_logs', sessionId)
    const found = await dataOf<object>(sessionId, 'log', Math.min(Math.max(1, limit ?? 100), maxLogs))
    const list = found.map(({ data, seq, timestamp }) => ({ ...data, seq, timestamp }))
    return { session_id: sessionId, logs: list, count: list.length }
  }

  /** A slow reader may lose the right meanwhile: it is asked for each page, and its refusal ends the answer. */
  async function* pagesOf(who: Identity, sessionId: string, until: number): AsyncGenerator<StoredEvent[]> {
    for (let after = 0; after < until; ) {
      await auth.may(who, 'export', sessionId)
      const found = (await events.readAfter(sessionChannel(sessionId), after, { limit: pageEvents, maxBytes: pageBytes })).filter(({ seq }) => seq <= until)
      if (found.length === 0) return
      after = found.at(-1)!.seq
      yield found
    }
  }

  async function* jsonOf(who: Identity, sessionId: string, until: number, head: object): AsyncGenerator<string> {
    yield `${JSON.stringify(head).slice(0, -1)},"events":[\n`
    let first = true
    for await (const found of pagesOf(who, sessionId, until)) {
      // The data is JSON text already; one event a line keeps large exports readable by line tools.
      const lines = found.map(({ seq, type, timestamp, data }) => `{"seq":${seq},"type":${JSON.stringify(type)},"timestamp":${timestamp},"data":${data}}`)
      yield `${first ? '' : ',\n'}${lines.join(',\n')}`
      first = false
    }
    yield '\n]}\n'
  }

  async function* textOf(who: Identity, sessionId: string, until: number, head: string): AsyncGenerator<string> {
    yield head
    const markdown = createMarkdown()
    for await (const found of pagesOf(who, sessionId, until)) yield found.map((event) => markdown.add(event.type, JSON.parse(event.data), event.timestamp)).join('')
    yield markdown.rest()
  }

  return {
    /** Up to `limit` events before or after a seq, without either the last ones. */
    events: page,
    /** The last `log` events, oldest first. */
    logs,
    /** The last prompts and notes, oldest first. Asks nobody's rights. */
    async lastMessages(sessionId: string, limit: number): Promise<Message[]> {
      return (await dataOf<Message>(sessionId, 'message', limit)).map(({ data }) => data)
    },
    /** All of the session up to now, as a file. The rights are checked before each page of it. */
    async export(who: Identity, sessionId: string, format: ExportFormat): Promise<SessionExport> {
      await auth.may(who, 'export', sessionId)
      const session = (await rows.row(who, sessionId))!
      const until = await events.top(sessionChannel(sessionId))
      const people = await participants.roster(sessionId)
      const name = session.title || 'session'
      if (format === 'json') {
        const { unread: _unread, role: _role, ...fields } = session
        const head = { format: 'ensemble-session', version: 1, exported_at: clock.now(), session: fields, participants: people }
        return { filename: `${name}.json`, contentType: 'application/json; charset=utf-8', stream: jsonOf(who, sessionId, until, head) }
      }
      const head = markdownHead(name, session, people)
      return { filename: `${name}.md`, contentType: 'text/markdown; charset=utf-8', stream: textOf(who, sessionId, until, head) }
    },
  }
}
