// Pages of the log as they are sent. Many come back at once and miss the same: who needs the same page shares one reading of it.
import type { Clock, Timer } from '../clock.ts'
import { type Events, frameOf, type StoredEvent, viewByLink } from '../events/events.ts'
import { framesFor } from './delivery/frames.ts'
import type { ChannelLimits } from './limits.ts'
import type { Member } from './member.ts'

const sharedForMs = 1_000
/** In UTF-16 units, of all pages together. */
const maxShared = 4 * 1024 * 1024

/** Events without a hole between them. */
export type LogPage = {
  first: number
  last: number
  /** What is sent of it, one after the other. */
  frames: string[]
}

export type LogPages = {
  /** What follows a seq, up to what was told, for connections of a kind; null when the log holds nothing of that. */
  after(channel: string, kind: Member['kind'], seq: number, told: number): Promise<LogPage | null>
  /** What a reader of `seq` would have to be sent, and what of the channel is gone. `top`: the last seq there is. */
  missed(channel: string, seq: number, top: number): Promise<{ bytes: number; trimmed: number }>
  stop(): void
}

type Dependencies = { events: Pick<Events, 'readAfter' | 'backlog' | 'trimmed'>; clock: Clock; limits: Pick<ChannelLimits, 'pageEvents' | 'pageBytes'> }

/** What these hold is never written again, only erased with the session; other channels may be veiled at any time. */
const isFixed = (channel: string) => channel.startsWith('session:') || channel.startsWith('task:')

function pageOf(kind: Member['kind'], events: readonly StoredEvent[]): LogPage | null {
  if (events.length === 0) return null
  return { first: events[0]!.seq, last: events.at(-1)!.seq, frames: framesFor(kind, events.map((event) => frameOf(kind === 'link' ? viewByLink(event) : event))) }
}

export function createLogPages({ events, clock, limits }: Dependencies): LogPages {
  const shared = new Map<string, { reading: Promise<unknown>; size: number }>()
  let held = 0
  let timer: Timer | null = null
  const bounds = { limit: limits.pageEvents, maxBytes: limits.pageBytes, round: true }

  function forget(key: string): void {
    held -= shared.get(key)?.size ?? 0
    shared.delete(key)
  }

  function forgetAll(): void {
    for (const key of shared.keys()) forget(key)
    timer?.cancel()
    timer = null
  }

  async function share<T>(channel: string, key: string, read: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
    if (!isFixed(channel)) return read()
    const known = shared.get(key)
    if (known) return known.reading as Promise<T>
    const entry = { reading: read(), size: 0 }
    shared.set(key, entry)
    timer ??= clock.setTimer(forgetAll, sharedForMs)
    try {
      const value = await entry.reading
      if (shared.get(key) !== entry) return value
      entry.size = sizeOf(value)
      held += entry.size
      // Nothing there yet: the next one may find something.
      if (value === null) forget(key)
      // The oldest first: whoever reads on needs those last that were read last.
      for (const oldest of shared.keys()) if (held > maxShared) forget(oldest)
      return value
    } catch (problem) {
      forget(key)
      throw problem
    }
  }

  const sizeOf = (page: LogPage | null) => 100 + (page?.frames ?? []).reduce((sum, frame) => sum + frame.length, 0)

  return {
    async after(channel, kind, seq, told) {
      const read = async () => pageOf(kind, await events.readAfter(channel, seq, bounds))
      const page = await share(channel, `${kind} page ${channel} ${seq}`, read, sizeOf)
      if (page === null || page.last <= told) return page
      // The log is ahead of what was told; that part comes live.
      return pageOf(kind, (await events.readAfter(channel, seq, bounds)).filter((event) => event.seq <= told))
    },
    missed: (channel, seq, top) =>
      share(channel, `missed ${channel} ${seq} ${top}`, async () => ({ trimmed: await events.trimmed(channel), bytes: (await events.backlog(channel, seq)).bytes }), () => 100),
    stop: forgetAll,
  }
}
