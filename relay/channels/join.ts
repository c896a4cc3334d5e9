// Decides where a reader starts: after its position, a little earlier than now, now, or not at all.
import type { Events } from '../events/events.ts'
import type { Lane } from './lane.ts'
import type { ChannelLimits } from './limits.ts'
import type { LogPages } from './log-pages.ts'

export type Want = {
  position?: { epoch: string; seq: number } | null
  /** How many of the last events to send first; a position wins over it. */
  history?: number | null
}

export type JoinInfo = {
  channel: string
  epoch: string
  /** The top now. */
  seq: number
  /** The first seq that follows, null when nothing is missing. */
  from: number | null
  /** false: not subscribed; the state has to be loaded anew. */
  recovered: boolean
}

/** after: the last seq that the reader has, or null when it cannot be continued honestly. */
export type Start = { after: number | null; top: number }

type Dependencies = { events: Events; pages: LogPages; limits: ChannelLimits }

export function createFindStart({ events, pages, limits }: Dependencies): (lane: Lane, want: Want, whole: boolean) => Promise<Start> {
  /** A state read by REST may name a commit that is on disk and not told yet: then that is waited for. */
  async function reach(lane: Lane, seq: number): Promise<number> {
    let told = await lane.position()
    if (seq <= told || seq > (await events.top(lane.channel))) return told
    while (told < seq && !lane.settled()) {
      await lane.progress()
      told = await lane.position()
    }
    return lane.told() ?? told
  }

  async function afterPosition(lane: Lane, seq: number, whole: boolean): Promise<Start> {
    const top = await reach(lane, seq)
    if (seq > top || (!whole && top - seq > limits.maxMissedEvents)) return { after: null, top }
    if (seq === top) return { after: seq, top }
    const { bytes, trimmed } = await pages.missed(lane.channel, seq, top)
    return { after: seq < trimmed || (!whole && bytes > limits.maxMissedBytes) ? null : seq, top }
  }

  return async (lane, { position, history }, whole) => {
    if (position) {
      if (position.epoch !== events.epoch) return { after: null, top: await lane.position() }
      return afterPosition(lane, position.seq, whole)
    }
    const top = await lane.position()
    if (!history) return { after: top, top }
    return { after: Math.max(top - history, await events.trimmed(lane.channel), 0), top }
  }
}
