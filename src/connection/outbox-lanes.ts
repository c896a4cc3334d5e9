// Sends what waits in the outbox: one command of a lane at a time, by one tab at a time, for as long as there is a link.
import type { Clock, Timer } from '../clock.ts'
import type { OutboxStore, StoredCommand } from './outbox-store.ts'
import { whatNext, type Outcome, type Trouble } from './outcome.ts'
import { delayBeforeTry } from './reconnect.ts'
import type { Ask } from './requests.ts'
import type { Locks } from './tabs.ts'

/** A command on which the relay itself fails this often is not tried for ever. */
const MOST_FAILURES = 8

export type LanesDependencies = {
  store: OutboxStore
  locks: Locks
  clock: Clock
  random: () => number
  /** Who is signed in, or was last when the relay cannot be asked. */
  userId: () => string | null
  onSending(command: StoredCommand): void
  /** Not answered for good yet: the link broke (null), or it is tried again in `delayMs`. */
  onWaiting(command: StoredCommand, why: Trouble, delayMs: number | null): void
  /** Answered for good. Awaited before the next of the lane is sent. */
  onSettled(command: StoredCommand, outcome: Outcome<unknown>): Promise<void>
  report(problem: string): void
}

export function createLanes(dependencies: LanesDependencies) {
  const { store, locks, clock, random, userId, onSending, onWaiting, onSettled, report } = dependencies
  let link: Ask | null = null
  /** Lanes that are being drained, or wait for their lock; true: look once more afterwards. */
  const busy = new Map<string, boolean>()
  const delays = new Map<string, { dueAt: number; failures: number }>()
  const sleepers = new Set<() => void>()

  function wake(lanes: Iterable<string>): void {
    for (const lane of lanes) void drain(lane)
  }

  async function drain(lane: string): Promise<void> {
    const user = userId()
    if (link === null || user === null) return
    if (busy.has(lane)) return void busy.set(lane, true)
    busy.set(lane, false)
    try {
      await locks.request(`ensemble-outbox:${user}:${lane}`, () => sendAll(user, lane))
    } catch (error) {
      report(`the outbox stopped: ${String(error)}`)
    }
    const again = busy.get(lane)
    busy.delete(lane)
    if (again) await drain(lane)
  }

  async function sendAll(user: string, lane: string): Promise<void> {
    while (link !== null && userId() === user) {
      // Read anew each time: another tab may have sent, taken back or added something.
      const command = (await store.all(user)).find((each) => each.lane === lane && each.refused === null)
      // The link may have gone while the store was read.
      const through = link
      if (!command || through === null) return
      const wait = (delays.get(command.id)?.dueAt ?? 0) - clock.elapsed()
      if (wait > 0) await sleep(wait)
      else if ((await sendOne(command, through)) === 'link-broke') return
    }
  }

  async function sendOne(command: StoredCommand, through: Ask): Promise<'go-on' | 'link-broke'> {
    onSending(command)
    const outcome = await new Promise<Outcome<unknown>>((resolve) => through({ type: command.type, data: command.data, id: command.id }, resolve))
    const delayMs = outcome.ok ? null : delayAfter(command, outcome.trouble)
    if (outcome.ok || delayMs === 'never') {
      delays.delete(command.id)
      await onSettled(command, outcome)
      return 'go-on'
    }
    onWaiting(command, outcome.trouble, delayMs)
    return delayMs === null ? 'link-broke' : 'go-on'
  }

  /** How long to wait before the same again; null: until the link is back. */
  function delayAfter(command: StoredCommand, why: Trouble): number | null | 'never' {
    if (why.code === 'UNREACHABLE') return null
    const failures = (delays.get(command.id)?.failures ?? 0) + 1
    const next = whatNext(why)
    if (next === 'final' || (why.code === 'INTERNAL_ERROR' && failures >= MOST_FAILURES)) return 'never'
    const ms = why.retryAfterMs ?? delayBeforeTry(failures + 1, random)
    delays.set(command.id, { dueAt: clock.elapsed() + ms, failures })
    return ms
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakeUp = () => {
        timer.cancel()
        sleepers.delete(wakeUp)
        resolve()
      }
      const timer: Timer = clock.setTimer(wakeUp, ms)
      sleepers.add(wakeUp)
    })
  }

  return {
    wake,
    linkUp(ask: Ask): void {
      link = ask
    },
    linkDown(): void {
      link = null
      for (const wakeUp of [...sleepers]) wakeUp()
    },
  }
}
