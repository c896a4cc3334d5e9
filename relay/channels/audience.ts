// Who listens inside of the relay, beside the sockets of its server: both hear a topic alike.
import type { Broadcaster } from './member.ts'

export type Listener = { send(text: string): void }
export type Audience = ReturnType<typeof createAudience>

export function createAudience(sockets: Broadcaster) {
  const topics = new Map<string, Set<Listener>>()
  return {
    publish(topic: string, text: string): void {
      sockets.publish(topic, text)
      // One that leaves, or lets another in, does so while this goes on.
      for (const listener of [...(topics.get(topic) ?? [])]) listener.send(text)
    },
    subscribers: (topic: string): number => sockets.subscribers(topic) + (topics.get(topic)?.size ?? 0),
    enter(topic: string, listener: Listener): void {
      topics.set(topic, (topics.get(topic) ?? new Set()).add(listener))
    },
    leave(topic: string, listener: Listener): void {
      const here = topics.get(topic)
      here?.delete(listener)
      if (here?.size === 0) topics.delete(topic)
    },
  }
}
