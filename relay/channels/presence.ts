// Who is in a session right now, who types, where the carets are: told as signals, kept nowhere.
import type { CursorMoved, Presence } from '#protocol'

export type Person = { userId: string; username: string }
export type Caret = Pick<CursorMoved, 'path' | 'position' | 'selection'>

export type SessionPresence = {
  /** A connection hears the session from now on. */
  enter(sessionId: string, connectionId: string, person: Person): void
  /** It left; the person goes 10 s after the last of their connections. */
  leave(sessionId: string, connectionId: string): void
  /** The connection has ended: it leaves all its sessions. */
  ended(connectionId: string): void
  /** The person at this connection did something: they are here, not away. */
  active(connectionId: string): void
  /** The person may not be here any more: gone at once. */
  forget(sessionId: string, userId: string | null): void
  typing(sessionId: string, person: Person): void
  caret(sessionId: string, connectionId: string, person: Person, caret: Caret): void
  people(sessionId: string): Presence['people']
  carets(sessionId: string): CursorMoved[]
  stop(): void
}
