// The 5 ms window of a channel: the first message goes at once, what follows within the window leaves as one frame.
import type { Clock, Timer } from '../../clock.ts'
import { type Broadcaster, type Member, topicOf } from '../member.ts'
import { createBag } from './bag.ts'
import { framesFor } from './frames.ts'
import { type Message, textByLink, textOf } from './message.ts'

// A full frame does not wait for its window to end.
const fullFrame = 100

export type Coalescer = ReturnType<typeof createCoalescer>

type Dependencies = {
  channel: string
  clock: Clock
  broadcaster: Broadcaster
  windowMs: number
  /** These went out, so many UTF-16 units to each listener. */
  onPublished: (messages: readonly Message[], length: number) => void
  onQuiet: () => void
}

export function createCoalescer({ channel, clock, broadcaster, windowMs, onPublished, onQuiet }: Dependencies) {
  const bag = createBag()
  let window: Timer | null = null
  /** The ways in which somebody has listened: one, nearly always. */
  const topics = new Map<string, { kind: Member['kind']; deltas: boolean }>()

  /** Publishes what waits, now: before anybody comes to or leaves the topics. */
  function flush(): void {
    if (bag.size() === 0) return
    const messages = bag.take()
    const heard = [...topics].filter(([name]) => broadcaster.subscribers(name) > 0)
    if (heard.length === 0) return
    const texts = messages.map(textOf)
    for (const [name, { kind, deltas }] of heard) {
      const heardBy = deltas ? texts : texts.filter((_, index) => messages[index]!.kind !== 'delta')
      const due = kind === 'link' ? messages.flatMap(textByLink) : heardBy
      for (const frame of framesFor(kind, due)) broadcaster.publish(name, frame)
    }
    onPublished(messages, texts.reduce((sum, text) => sum + text.length, 0))
  }

  function openWindow(): void {
    window = clock.setTimer(() => {
      window = null
      if (bag.size() === 0) return onQuiet()
      flush()
      openWindow()
    }, windowMs)
  }

  return {
    /** The topic of those who listen in this way; from now on it is published to. */
    topic(kind: Member['kind'], deltas: boolean): string {
      const name = topicOf(channel, kind, deltas)
      topics.set(name, { kind, deltas })
      return name
    },
    /** Messages that belong together leave together, also when the channel was quiet. */
    add(messages: Message[]): void {
      for (const message of messages) {
        bag.add(message)
        if (bag.size() >= fullFrame) flush()
      }
      if (window !== null) return
      flush()
      openWindow()
    },
    flush,
    /** No window is open and nothing waits. */
    quiet: (): boolean => window === null && bag.size() === 0,
    /** Flushes and closes the window. */
    stop(): void {
      flush()
      window?.cancel()
      window = null
    },
  }
}
