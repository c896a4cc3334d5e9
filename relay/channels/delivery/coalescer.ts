// The 5 ms window of a channel: the first message goes at once, what follows within the window leaves as one frame.
import type { Clock, Timer } from '../../clock.ts'
import { type Broadcaster, topicOf } from '../member.ts'
import { createBag } from './bag.ts'
import { packFrames } from './frames.ts'
import { type Message, textOf } from './message.ts'

// A full frame does not wait for its window to end.
const fullFrame = 100

export type Coalescer = {
  /** Messages that belong together leave together, also when the channel was quiet. */
  add(messages: Message[]): void
  /** Publishes what waits, now: before anybody comes to or leaves the topics. */
  flush(): void
  /** No window is open and nothing waits. */
  quiet(): boolean
  /** Flushes and closes the window. */
  stop(): void
}

type Dependencies = {
  channel: string
  clock: Clock
  broadcaster: Broadcaster
  windowMs: number
  /** So many UTF-16 units went out to each listener. */
  onPublished: (length: number) => void
  onQuiet: () => void
}

export function createCoalescer({ channel, clock, broadcaster, windowMs, onPublished, onQuiet }: Dependencies): Coalescer {
  const bag = createBag()
  let window: Timer | null = null

  const topics = {
    v1: { all: topicOf(channel, 'v1', true), noDeltas: topicOf(channel, 'v1', false) },
    simple: { all: topicOf(channel, 'simple', true), noDeltas: topicOf(channel, 'simple', false) },
  }

  function flush(): void {
    if (bag.size() === 0) return
    const messages = bag.take()
    const heard = (topic: string) => broadcaster.subscribers(topic) > 0
    const send = {
      v1All: heard(topics.v1.all),
      v1NoDeltas: heard(topics.v1.noDeltas),
      simpleAll: heard(topics.simple.all),
      simpleNoDeltas: heard(topics.simple.noDeltas),
    }
    if (!send.v1All && !send.v1NoDeltas && !send.simpleAll && !send.simpleNoDeltas) return
    const texts = messages.map(textOf)
    onPublished(texts.reduce((sum, text) => sum + text.length, 0))
    if (send.v1All) for (const frame of packFrames(texts)) broadcaster.publish(topics.v1.all, frame)
    if (send.simpleAll) for (const text of texts) broadcaster.publish(topics.simple.all, text)
    if (!send.v1NoDeltas && !send.simpleNoDeltas) return
    const rest = texts.filter((_, index) => messages[index]!.kind !== 'delta')
    if (send.v1NoDeltas) for (const frame of packFrames(rest)) broadcaster.publish(topics.v1.noDeltas, frame)
    if (send.simpleNoDeltas) for (const text of rest) broadcaster.publish(topics.simple.noDeltas, text)
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
    add(messages) {
      for (const message of messages) {
        bag.add(message)
        if (bag.size() >= fullFrame) flush()
      }
      if (window !== null) return
      flush()
      openWindow()
    },
    flush,
    quiet: () => window === null && bag.size() === 0,
    stop() {
      flush()
      window?.cancel()
      window = null
    },
  }
}
