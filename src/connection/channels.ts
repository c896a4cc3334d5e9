// The channels a browser has open: joins them on each new socket from their positions, and hands on what is theirs.
import * as z from 'zod/mini'
import { subscribed, type FromRelay, type Position, type Subscribed } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import { whatNext, type Outcome, type Trouble } from './outcome.ts'
import { delayBeforeTry } from './reconnect.ts'
import type { Ask } from './requests.ts'
import { createSubscription, type Subscription } from './subscription.ts'

/** What a caller says after `recovered: false`: go on from here, start at the top, or give up until asked again. */
export type AfterSnapshot = { from: Position } | 'from-now' | 'give-up' | 'try-later'

export type ChannelHandlers = {
  /** Events exactly once in rising seq, and the signals between them. */
  onMessage(message: FromRelay): void
  /** The channel delivers now. `continued: false`: what lies before `subscribed.seq` was not told, load it. */
  onJoined?(subscribed: Subscribed, continued: boolean): void
  /** Replay is impossible: load what is needed by REST and say from where to go on. */
  onSnapshotNeeded?(): Promise<AfterSnapshot>
  /** The relay does not let us in. It is asked again after each reconnection. */
  onRefused?(trouble: Trouble): void
}

/** Where to begin: after a position, with the last `history` events, or with whatever comes next. */
export type ChannelStart = { position: Position } | { history: number } | 'now'

export type OpenChannel = {
  position(): Position | null
  /** Whether the channel delivers at this moment. */
  isJoined(): boolean
  /** Deltas were lost: joins again from the position, which brings each open block as a whole. */
  rejoin(): void
  close(): void
}

type Entry = {
  name: string
  handlers: ChannelHandlers
  subscription: Subscription
  /** A snapshot is being loaded: a join now would only ask for another. */
  loading: boolean
  /** The caller gave up; only `rejoin` asks again. */
  resting: boolean
  retry: Timer | null
  tries: number
}

export type Channels = {
  open(name: string, start: ChannelStart, handlers: ChannelHandlers): OpenChannel
  /** A socket is up: joins everything through it. */
  linkUp(ask: Ask): void
  linkDown(): void
  receive(message: FromRelay): void
  /** The relay has stopped delivering a channel. */
  expelled(name: string, trouble: Trouble): void
  /** Events still missing over all channels. */
  behind(): number
}

export type ChannelsDependencies = {
  clock: Clock
  random: () => number
  newId: () => string
  onChange: () => void
  report(problem: string): void
}

export function createChannels({ clock, random, newId, onChange, report }: ChannelsDependencies): Channels {
  const entries = new Map<string, Entry>()
  let link: Ask | null = null

  const isOpen = (entry: Entry) => entries.get(entry.name) === entry

  function join(entry: Entry): void {
    entry.retry?.cancel()
    entry.retry = null
    if (link === null || entry.loading || !isOpen(entry)) return
    const through = link
    const id = newId()
    const continued = entry.subscription.position() !== null
    through({ type: 'subscribe', data: entry.subscription.join(id), channel: entry.name, id }, (outcome) => {
      // The answer may come from a socket that is gone, or to someone who has closed the channel since.
      if (link === through && isOpen(entry)) answered(entry, id, outcome, continued)
    })
  }

  function answered(entry: Entry, id: string, outcome: Outcome<unknown>, continued: boolean): void {
    if (!outcome.ok) {
      if (entry.subscription.isJoining(id)) refused(entry, outcome.trouble)
      return
    }
    const parsed = z.safeParse(subscribed, outcome.data)
    if (!parsed.success) return refused(entry, { code: 'INTERNAL_ERROR', message: 'not an answer to subscribe', retryAfterMs: null, traceId: null })
    const joined = entry.subscription.answered(id, parsed.data)
    if (joined === 'snapshot') void loadSnapshot(entry)
    if (joined !== 'joined') return
    entry.tries = 0
    entry.handlers.onJoined?.(parsed.data, continued)
    onChange()
  }

  function refused(entry: Entry, trouble: Trouble): void {
    entry.subscription.lost()
    if (trouble.code === 'UNREACHABLE') return
    const next = whatNext(trouble)
    if (next === 'later') joinLater(entry, trouble.retryAfterMs)
    else if (next === 'final') entry.handlers.onRefused?.(trouble)
  }

  function joinLater(entry: Entry, ms: number | null): void {
    entry.tries += 1
    entry.retry?.cancel()
    entry.retry = clock.setTimer(() => join(entry), ms ?? delayBeforeTry(entry.tries, random))
  }

  async function loadSnapshot(entry: Entry): Promise<void> {
    if (entry.loading) return
    entry.loading = true
    let next: AfterSnapshot = 'try-later'
    try {
      next = entry.handlers.onSnapshotNeeded ? await entry.handlers.onSnapshotNeeded() : 'from-now'
    } catch (error) {
      report(`loading ${entry.name} failed: ${String(error)}`)
    }
    entry.loading = false
    if (!isOpen(entry)) return
    if (next === 'try-later') return joinLater(entry, null)
    entry.resting = next === 'give-up'
    if (entry.resting) return
    entry.subscription.moveTo(typeof next === 'object' ? next.from : null)
    join(entry)
  }

  return {
    open(name, start, handlers) {
      if (entries.has(name)) throw new Error(`${name} is open already`)
      const entry: Entry = { name, handlers, subscription: createSubscription(start), loading: false, resting: false, retry: null, tries: 0 }
      entries.set(name, entry)
      join(entry)
      return {
        position: () => entry.subscription.position(),
        isJoined: () => entry.subscription.isDelivering(),
        rejoin() {
          entry.resting = false
          join(entry)
        },
        close() {
          if (!isOpen(entry)) return
          entries.delete(name)
          entry.retry?.cancel()
          link?.({ type: 'unsubscribe', data: {}, channel: name }, () => {})
          onChange()
        },
      }
    },
    linkUp(ask) {
      link = ask
      for (const entry of entries.values()) if (!entry.resting) join(entry)
    },
    linkDown() {
      link = null
      for (const entry of entries.values()) {
        entry.retry?.cancel()
        entry.subscription.lost()
      }
    },
    receive(message) {
      const entry = message.channel ? entries.get(message.channel) : undefined
      if (!entry) return
      const before = entry.subscription.behind()
      const verdict = entry.subscription.judge(message.seq)
      if (verdict === 'gap') join(entry)
      if (verdict !== 'apply') return
      try {
        entry.handlers.onMessage(message)
      } catch (error) {
        // A bug in one reader must not cost the others the rest of the frame.
        report(`${message.type} in ${entry.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      }
      if (entry.subscription.behind() !== before) onChange()
    },
    expelled(name, trouble) {
      const entry = entries.get(name)
      if (entry) refused(entry, trouble)
    },
    behind: () => [...entries.values()].reduce((sum, entry) => sum + entry.subscription.behind(), 0),
  }
}
