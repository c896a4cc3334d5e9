// The outbox as people see it: what waits, what is under way, what was refused and why.
import type { DataFromBrowser } from '#protocol'
import type { Clock } from '../clock.ts'
import type { DeliverableType } from './messages.ts'
import type { StoredCommand } from './outbox-store.ts'
import type { Trouble } from './outcome.ts'

export type OutboxItem = Pick<StoredCommand, 'id' | 'type' | 'data' | 'sessionId' | 'createdAt'> & {
  /** What the person wrote in it; empty when it holds no text. */
  text: string
  /** `waiting` for the link or its turn, `sending`, `delayed` because the relay said when to come back, `refused` for good. */
  state: 'waiting' | 'sending' | 'delayed' | 'refused'
  /** Why it is delayed or was refused. */
  trouble: Trouble | null
  /** When a delayed one is tried again, ms since 1970. */
  retryAt: number | null
}

/** Commands of one lane are sent one after the other. Answers to permissions do not wait behind a throttled prompt. */
export function laneOf(type: DeliverableType, data: DataFromBrowser[DeliverableType]): string {
  if (type === 'permission_response' && 'request_id' in data) return `answer:${data.request_id}`
  return 'session_id' in data && data.session_id ? `session:${data.session_id}` : 'new'
}

/** What a person wrote: refused commands that hold text are kept. */
export function textOf({ data }: Pick<StoredCommand, 'data'>): string {
  const args: object = 'args' in data && data.args ? data.args : data
  if ('content' in args && typeof args.content === 'string') return args.content
  return 'message' in args && typeof args.message === 'string' ? args.message : ''
}

type Mark = Pick<OutboxItem, 'state' | 'trouble' | 'retryAt'>
const WAITING: Mark = { state: 'waiting', trouble: null, retryAt: null }

export type OutboxView = ReturnType<typeof createOutboxView>

export function createOutboxView(onChange: () => void, clock: Pick<Clock, 'now'>) {
  let commands: StoredCommand[] = []
  /** Given, but not yet known to be stored: a reading of the store may not show them yet. */
  const unstored = new Set<string>()
  /** What this page did last to a command (null: removed it): a reading begun before must not undo it. */
  const latest = new Map<string, StoredCommand | null>()
  const marks = new Map<string, Mark>()
  let items: readonly OutboxItem[] = []

  function changed(): void {
    items = commands.map(itemOf)
    onChange()
  }

  function itemOf(command: StoredCommand): OutboxItem {
    const { id, type, data, sessionId, createdAt, refused } = command
    const mark: Mark = refused ? { state: 'refused', trouble: refused, retryAt: null } : (marks.get(id) ?? WAITING)
    return { id, type, data, sessionId, text: textOf(command), createdAt, ...mark }
  }

  function mark(id: string, mark: Mark): void {
    if (!commands.some((each) => each.id === id)) return
    marks.set(id, mark)
    changed()
  }

  return {
    items: () => items,
    command: (id: string) => commands.find((each) => each.id === id),
    isSending: (id: string) => marks.get(id)?.state === 'sending',
    waiting: () => commands.filter((each) => !each.refused).length,
    waitingLanes: () => [...new Set(commands.filter((each) => !each.refused).map((each) => each.lane))],
    adding(command: StoredCommand): void {
      unstored.add(command.id)
      commands = [...commands, command]
      changed()
    },
    added: (id: string) => void unstored.delete(id),
    refused(command: StoredCommand, trouble: Trouble): void {
      const refused = { ...command, refused: trouble }
      latest.set(command.id, refused)
      marks.delete(command.id)
      commands = commands.map((each) => (each.id === command.id ? refused : each))
      changed()
    },
    remove(id: string): void {
      latest.set(id, null)
      marks.delete(id)
      unstored.delete(id)
      commands = commands.filter((each) => each.id !== id)
      changed()
    },
    sending: (id: string): void => mark(id, { state: 'sending', trouble: null, retryAt: null }),
    /** For the link (null), or for as long as the relay wishes. */
    waitingFor({ id }: StoredCommand, why: Trouble, delayMs: number | null): void {
      mark(id, delayMs === null ? WAITING : { state: 'delayed', trouble: why, retryAt: clock.now() + delayMs })
    },
    /** What a reading of the store showed. */
    replace(stored: StoredCommand[]): void {
      const known = new Set(stored.map((each) => each.id))
      const current = stored.map((each) => (latest.has(each.id) ? latest.get(each.id)! : each)).filter((each) => each !== null)
      commands = [...current, ...commands.filter((each) => unstored.has(each.id) && !known.has(each.id))]
      for (const id of marks.keys()) if (!commands.some((each) => each.id === id)) marks.delete(id)
      changed()
    },
  }
}
