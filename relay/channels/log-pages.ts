// Pages of the log as they are sent. Many come back at once and miss the same: who needs the same page shares one reading of it.
import type { Clock, Timer } from '../clock.ts'
import { type Events, frameOf, type StoredEvent } from '../events/events.ts'
import { framesFor } from './delivery/frames.ts'
import type { ChannelLimits } from './limits.ts'
import type { Member } from './member.ts'

const sharedForMs = 1_000
/** In UTF-16 units. */
const maxShared = 4 * 1024 * 1024

/** Events without a hole between them. */
export type LogPage = {
  first: number
  last: number
  /** What is sent of it to a connection of this kind, one after the other. */
  frames: Record<Member['kind'], string[]>
}

export type LogPages = {
  /** What follows a seq, up to what was told; null when the log holds nothing of that. */
  after(channel: string, seq: number, told: number): Promise<LogPage | null>
  /** What a reader of `seq` would have to be sent, and what of the channel is gone. `top`: the last seq there is. */
  missed(channel: string, seq: number, top: number): Promise<{ bytes: number; trimmed: number }>
  stop(): void
}

type Dependencies = { events: Pick<Events, 'readAfter' | 'backlog' | 'trimmed'>; clock: Clock; limits: Pick<ChannelLimits, 'pageEvents' | 'pageBytes'> }

/** What these hold is never written again, only erased with the session; other channels may be veiled at any time. */
const isFixed = (channel: string) => channel.startsWith('session:') || channel.startsWith('task:')

function pageOf(events: readonly StoredEvent[]): LogPage | null {
  if (events.length === 0) return null
  const texts = events.map(frameOf)
  return { first: events[0]!.seq, last: events.at(-1)!.seq, frames: { simple: texts, v1: framesFor('v1', texts) } }
}

export function createLogPages({ events, clock, limits }: Dependencies): LogPages {
  const shared = new Map<string, Promise<unknown>>()
  let held = 0
  let timer: Timer | null = null
  const bounds = { limit: limits.pageEvents, maxBytes: limits.pageBytes, round: true }

  function forget(): void {
    shared.clear()
    held = 0
    timer?.cancel()
    timer = null
  }

  async function share<T>(channel: string, key: string, read: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
    if (!isFixed(channel)) return read()
    const known = shared.get(key)
    if (known) return known as Promise<T>
    const reading = read()
    shared.set(key, reading)
    timer ??= clock.setTimer(forget, sharedForMs)
    try {
      const value = await reading
      held += sizeOf(value)
      // Nothing there yet: the next one may find something.
      if (value === null) shared.delete(key)
      if (held > maxShared) forget()
      return value
    } catch (problem) {
      shared.delete(key)
      throw problem
    }
  }

  const sizeOf = (page: LogPage | null) => 100 + (page ? 2 * page.frames.simple.reduce((sum, text) => sum + text.length, 0) : 0)

  return {
    async after(channel, seq, told) {
      const page = await share(channel, `page ${channel} ${seq}`, async () => pageOf(await events.readAfter(channel, seq, bounds)), sizeOf)
      if (page === null || page.last <= told) return page
      // The log is ahead of what was told; that part comes live.
      return pageOf((await events.readAfter(channel, seq, bounds)).filter((event) => event.seq <= told))
    },
    missed: (channel, seq, top) =>
      share(channel, `missed ${channel} ${seq} ${top}`, async () => ({ trimmed: await events.trimmed(channel), bytes: (await events.backlog(channel, seq)).bytes }), () => 100),
    stop: forget,
  }
}
