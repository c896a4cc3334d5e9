// Who is in a session right now, who types, where the carets are: told as signals, kept nowhere.
import { sessionChannel, type CursorMoved, type Presence } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import type { Pass } from './pass.ts'

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
  /** Who may not read the session any more is gone at once; null is everybody. */
  forget(sessionId: string, userId: string | null): void
  typing(sessionId: string, person: Person): void
  caret(sessionId: string, connectionId: string, person: Person, caret: Caret): void
  /** The same list for as long as nobody comes, goes or changes. */
  people(sessionId: string): Presence['people']
  carets(sessionId: string): CursorMoved[]
  stop(): void
}

export type PresenceTimes = { graceMs: number; awayMs: number; scanMs: number; tellMs: number; tellMsPerPerson: number }

const defaultTimes: PresenceTimes = { graceMs: 10_000, awayMs: 5 * 60_000, scanMs: 15_000, tellMs: 50, tellMsPerPerson: 5 }

type Someone = {
  person: Person
  /** Their connections, and when somebody last did something at each. */
  devices: Map<string, number>
  status: 'here' | 'away'
  going: Timer | null
}
/** `cards`: the people as they are shown, until somebody comes, goes or changes. `carets`: by person; most have none. */
type Room = { people: Map<string, Someone>; carets: Map<string, CursorMoved>; telling: Timer | null; changed: boolean; cards: Presence['people'] | null }
/** Where a connection is, and whose it is there. */
type Place = { sessionId: string; userId: string }

type Dependencies = { channels: Pick<Pass, 'signal'>; clock: Clock; times?: Partial<PresenceTimes> }

export function createPresence({ channels, clock, times }: Dependencies): SessionPresence {
  const { graceMs, awayMs, scanMs, tellMs, tellMsPerPerson } = { ...defaultTimes, ...times }
  const rooms = new Map<string, Room>()
  /** By connection; few each, so a list is looked through. */
  const whereabouts = new Map<string, readonly Place[]>()

  const cards = (room: Room) => (room.cards ??= [...room.people.values()].map(({ person, status }) => ({ user_id: person.userId, username: person.username, status })))

  /** The whole list goes to everybody in it, so the more there are the longer changes gather: a storm of joins stays cheap. */
  function tell(sessionId: string, room: Room): void {
    room.cards = null
    if (room.telling) return void (room.changed = true)
    room.changed = false
    channels.signal(sessionChannel(sessionId), 'presence', { session_id: sessionId, people: cards(room) }, { latestKey: 'people' })
    if (room.people.size === 0) return void rooms.delete(sessionId)
    room.telling = clock.setTimer(() => {
      room.telling = null
      if (room.changed) tell(sessionId, room)
    }, tellMs + room.people.size * tellMsPerPerson)
  }

  function remove(sessionId: string, room: Room, userId: string): void {
    const someone = room.people.get(userId)
    if (!someone) return
    someone.going?.cancel()
    for (const connectionId of someone.devices.keys()) forgetPlace(sessionId, connectionId)
    room.people.delete(userId)
    room.carets.delete(userId)
    tell(sessionId, room)
  }

  function forgetPlace(sessionId: string, connectionId: string): void {
    const left = whereabouts.get(connectionId)?.filter((place) => place.sessionId !== sessionId) ?? []
    if (left.length === 0) whereabouts.delete(connectionId)
    else whereabouts.set(connectionId, left)
  }

  function setStatus(sessionId: string, room: Room, someone: Someone, status: Someone['status']): void {
    if (someone.status === status) return
    someone.status = status
    tell(sessionId, room)
  }

  /** Away: nobody did anything at any of their devices for a while. */
  const scan = clock.every(() => {
    const before = clock.now() - awayMs
    for (const [sessionId, room] of rooms) {
      for (const someone of room.people.values()) {
        if (someone.devices.size > 0 && [...someone.devices.values()].every((at) => at < before)) setStatus(sessionId, room, someone, 'away')
      }
    }
  }, scanMs)

  function findByDevice(room: Room | undefined, sessionId: string, connectionId: string): Someone | undefined {
    const userId = whereabouts.get(connectionId)?.find((place) => place.sessionId === sessionId)?.userId
    return userId === undefined ? undefined : room?.people.get(userId)
  }

  function touch(sessionId: string, connectionId: string): void {
    const room = rooms.get(sessionId)
    const someone = findByDevice(room, sessionId, connectionId)
    if (!room || !someone) return
    someone.devices.set(connectionId, clock.now())
    setStatus(sessionId, room, someone, 'here')
  }

  function leave(sessionId: string, connectionId: string): void {
    const room = rooms.get(sessionId)
    const someone = findByDevice(room, sessionId, connectionId)
    if (!room || !someone) return
    someone.devices.delete(connectionId)
    forgetPlace(sessionId, connectionId)
    if (someone.devices.size > 0) return
    someone.going = clock.setTimer(() => remove(sessionId, room, someone.person.userId), graceMs)
  }

  return {
    enter(sessionId, connectionId, person) {
      const room = rooms.get(sessionId) ?? { people: new Map(), carets: new Map(), telling: null, changed: false, cards: null }
      rooms.set(sessionId, room)
      const known = room.people.get(person.userId)
      const someone: Someone = known ?? { person, devices: new Map(), status: 'here', going: null }
      someone.going?.cancel()
      someone.going = null
      someone.devices.set(connectionId, clock.now())
      const elsewhere = whereabouts.get(connectionId)?.filter((place) => place.sessionId !== sessionId) ?? []
      whereabouts.set(connectionId, [...elsewhere, { sessionId, userId: person.userId }])
      room.people.set(person.userId, someone)
      const renamed = someone.person.username !== person.username
      someone.person = person
      if (!known || renamed) tell(sessionId, room)
      else setStatus(sessionId, room, someone, 'here')
    },
    leave,
    ended(connectionId) {
      for (const { sessionId } of whereabouts.get(connectionId) ?? []) leave(sessionId, connectionId)
    },
    active(connectionId) {
      for (const { sessionId } of whereabouts.get(connectionId) ?? []) touch(sessionId, connectionId)
    },
    forget(sessionId, userId) {
      const room = rooms.get(sessionId)
      if (!room) return
      for (const each of userId === null ? [...room.people.keys()] : [userId]) remove(sessionId, room, each)
    },
    typing(sessionId, { userId, username }) {
      channels.signal(sessionChannel(sessionId), 'typing', { session_id: sessionId, user_id: userId, username }, { latestKey: userId })
    },
    caret(sessionId, connectionId, { userId, username }, { path, position, selection }) {
      const moved: CursorMoved = { session_id: sessionId, user_id: userId, username, path, position, selection }
      const room = rooms.get(sessionId)
      // Kept for those who come later; the latest device to move it wins.
      if (room?.people.get(userId)?.devices.has(connectionId)) room.carets.set(userId, moved)
      channels.signal(sessionChannel(sessionId), 'cursor_moved', moved, { latestKey: userId })
    },
    people(sessionId) {
      const room = rooms.get(sessionId)
      return room ? cards(room) : []
    },
    carets: (sessionId) => [...(rooms.get(sessionId)?.carets.values() ?? [])],
    stop() {
      scan.cancel()
      for (const room of rooms.values()) {
        room.telling?.cancel()
        for (const someone of room.people.values()) someone.going?.cancel()
      }
    },
  }
}
