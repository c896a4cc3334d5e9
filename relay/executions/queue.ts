// The waiting prompts of a session as a list: pure operations, and which rows each of them changes.
import { LIMITS } from '#protocol'
import type { Attachment } from '#protocol'

export type Waiting = {
  messageId: string
  executionId: string
  userId: string
  username: string
  /** `relay`: a prompt the relay wrote in the name of the person who answered a permission request. */
  role: 'user' | 'relay'
  content: string
  attachments: Attachment[]
  /** `steer` while it is meant for the running turn. */
  mode: 'queue' | 'steer'
  /** Milliseconds since 1970. */
  queuedAt: number
  /** Of the request that it came with; null for what was kept before there was one. */
  trace: string | null
  /** Order in the table; says nothing else. */
  place: number
  /** Of one that the relay wrote. */
  goesOn?: GoesOn
}
/** The executions that a prompt of the relay goes on with, whose work that is (not always theirs who answered), and the JSON that was given along with it. */
export type GoesOn = { after: readonly string[]; userId: string; username: string; metadata: string | null }
/** What is handed to Claude of it. */
export type Prompt = Pick<Waiting, 'executionId' | 'messageId' | 'content' | 'attachments' | 'trace'>
/** What a prompt became. `queue_position` 0 runs now, n waits behind n - 1 others; a steer belongs to the running execution. */
export type Prompted = { session_id: string; message_id: string; execution_id: string; queue_position: number }
export type WaitingList = readonly Waiting[]

/** A changed list; `moved` are the rows whose place is another one now, added ones left out. */
type Changed = { list: WaitingList; moved: Waiting[] }

export const isFull = (list: WaitingList): boolean => list.length >= LIMITS.queueLength

const lastPlace = (list: WaitingList) => list.at(-1)?.place ?? 0
const indexOf = (list: WaitingList, messageId: string) => list.findIndex((each) => each.messageId === messageId)

/** Puts a prompt behind all others. Whether there is room is asked before. */
export function append(list: WaitingList, added: Omit<Waiting, 'place'>): WaitingList {
  return [...list, { ...added, place: lastPlace(list) + 1 }]
}

/** Puts a prompt of the relay behind those of the relay that are before it, in front of everything else. It is never refused for length. */
export function prepend(list: WaitingList, added: Omit<Waiting, 'place'>): Changed {
  const first = list.find((each) => each.role !== 'relay')
  const appended = append(list, added)
  if (!first) return { list: appended, moved: [] }
  const changed = move(appended, added.messageId, first.messageId)!
  return { list: changed.list, moved: changed.moved.filter((each) => each.messageId !== added.messageId) }
}

/** Puts a steer behind the steers that are before it, in front of everything else. */
export function putSteer(list: WaitingList, added: Omit<Waiting, 'place'>): WaitingList {
  const first = list.find((each) => each.mode === 'queue')
  const appended = append(list, added)
  return first ? move(appended, added.messageId, first.messageId)!.list : appended
}

/** Moves a prompt before another one, or behind all with `before` null. Null when one of them is not in the list. */
export function move(list: WaitingList, messageId: string, before: string | null): Changed | null {
  const from = indexOf(list, messageId)
  if (from < 0 || (before !== null && indexOf(list, before) < 0)) return null
  if (before === messageId) return { list, moved: [] }
  const rest = list.filter((each) => each.messageId !== messageId)
  const to = before === null ? rest.length : indexOf(rest, before)
  if (to === from) return { list, moved: [] }
  const left = rest[to - 1]?.place ?? rest[to]!.place - 2
  const right = rest[to]?.place ?? left + 2
  const place = left + (right - left) / 2
  const moved = { ...list[from]!, place }
  const next = [...rest.slice(0, to), moved, ...rest.slice(to)]
  // Halving ends after some fifty moves between the same two: then all are numbered anew.
  if (place > left && place < right) return { list: next, moved: [moved] }
  const numbered = next.map((each, index) => ({ ...each, place: index + 1 }))
  return { list: numbered, moved: numbered }
}

/** Another text, or other files, for a waiting prompt; null when it is not in the list. */
export function edit(list: WaitingList, messageId: string, change: Partial<Pick<Waiting, 'content' | 'attachments' | 'goesOn'>>): WaitingList | null {
  if (indexOf(list, messageId) < 0) return null
  return list.map((each) => (each.messageId === messageId ? { ...each, ...change } : each))
}

export const without = (list: WaitingList, messageId: string): WaitingList => list.filter((each) => each.messageId !== messageId)
export const find = (list: WaitingList, messageId: string): Waiting | undefined => list.find((each) => each.messageId === messageId)

/** 1 for the next one to run; 0 when it is not waiting. */
export const positionOf = (list: WaitingList, messageId: string): number => indexOf(list, messageId) + 1

/** After a turn ended: steers that it did not take wait like all others, before them. */
export function unsteer(list: WaitingList): { list: WaitingList; changed: Waiting[] } {
  const steers = list.filter((each) => each.mode === 'steer')
  if (steers.length === 0) return { list, changed: [] }
  const rest = list.filter((each) => each.mode === 'queue')
  const first = rest[0]?.place ?? steers.length
  const changed = steers.map((each, index): Waiting => ({ ...each, mode: 'queue', place: first - steers.length + index }))
  return { list: [...changed, ...rest], changed }
}
