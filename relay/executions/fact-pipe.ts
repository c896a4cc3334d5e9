// What Claude does, one thing after the other: events that follow each other share a commit, everything keeps its order.
import type { Channels, OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import { isPassing } from './draft.ts'

type FactPipe = {
  /** A kept event. */
  event(event: OutEvent): void
  /** Anything else; what comes later waits for it. */
  work(work: () => Promise<void>): void
  /** Something that is done at once when nothing is before it. */
  pass(work: () => void): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

type Item = { kind: 'event'; event: OutEvent } | { kind: 'work'; work: () => Promise<void> } | { kind: 'pass'; work: () => void }

const maxEventsPerCommit = 50
const retryMs = 500

type Parts = {
  channels: Pick<Channels, 'publish'>
  clock: Clock
  /** Nobody tries again after that. */
  stopped(): boolean
  /** Hears of bugs; the pipe goes on. */
  failed(problem: unknown): void
}

export function createFactPipe({ channels, clock, stopped, failed }: Parts): FactPipe {
  const items: Item[] = []
  let running: Promise<void> | null = null

  async function publish(events: OutEvent[]): Promise<void> {
    for (;;) {
      try {
        await channels.publish({ events })
        return
      } catch (problem) {
        if (!isPassing(problem) || stopped()) throw problem
        await new Promise<void>((done) => clock.setTimer(done, retryMs))
      }
    }
  }

  async function drain(): Promise<void> {
    for (let item = items.shift(); item; item = items.shift()) {
      try {
        if (item.kind === 'pass') item.work()
        else if (item.kind === 'work') await item.work()
        else {
          const events = [item.event]
          for (let next = items[0]; next?.kind === 'event' && events.length < maxEventsPerCommit; next = items[0]) {
            events.push(next.event)
            items.shift()
          }
          await publish(events)
        }
      } catch (problem) {
        failed(problem)
      }
    }
    running = null
  }

  function push(item: Item): void {
    items.push(item)
    running ??= drain()
  }

  return {
    event: (event) => push({ kind: 'event', event }),
    work: (work) => push({ kind: 'work', work }),
    pass(work) {
      if (running) return push({ kind: 'pass', work })
      try {
        work()
      } catch (problem) {
        failed(problem)
      }
    },
    async settled() {
      while (running) await running
    },
  }
}
