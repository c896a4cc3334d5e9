// What passes without being kept: signals, and the pieces of a block's text. Each goes into the lanes that somebody has a use for.
import type { Clock } from '../clock.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Delta } from './block.ts'
import type { Lanes } from './lanes.ts'
import type { OpenBlocks } from './open-blocks.ts'
import type { SignalOptions } from './publication.ts'

export type Pass = {
  signal(channel: string, type: string, data: object, options?: SignalOptions): void
  /** A piece of a block's text. Ignored once the block's completing event was published. */
  delta(channel: string, delta: Delta): void
}

type Dependencies = { lanes: Lanes; blocks: Pick<OpenBlocks, 'append'>; clock: Clock; metrics?: Pick<Metrics, 'add'> }

export function createPass({ lanes, blocks, clock, metrics }: Dependencies): Pass {
  return {
    signal(channel, type, data, { latestKey, task } = {}) {
      metrics?.add('ensemble_signals_total')
      const home = lanes.find(channel)
      const beside = task === undefined ? undefined : lanes.find(`task:${task}`)
      if (!home && !beside) return
      const text = JSON.stringify(data)
      const [timestamp, publishedAt] = [clock.now(), clock.elapsed()]
      const key = latestKey === undefined ? null : `${type} ${latestKey}`
      for (const lane of [home, beside]) lane?.pass({ kind: 'signal', channel: lane.channel, type, data: text, timestamp, latestKey: key, publishedAt })
    },
    delta(channel, delta) {
      metrics?.add('ensemble_deltas_total')
      const grown = blocks.append(channel, delta)
      if (!grown) return
      const { block, offset, piece } = grown
      const { type, messageId, head, task } = block
      const [timestamp, publishedAt] = [clock.now(), clock.elapsed()]
      for (const lane of [lanes.find(channel), lanes.find(`task:${task}`)]) {
        lane?.pass({ kind: 'delta', channel: lane.channel, type, block: messageId, head, offset, piece, timestamp, publishedAt })
      }
    },
  }
}
