// The commands of one session that people still have to see: on their way, refused, or answered but not yet in the timeline.
import { shallowRef } from 'vue'
import type { Connection, Delivery, OutboxItem } from '../connection/connection.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { SessionFacts } from './session-facts.ts'

export function createSessionOutbox(outbox: Connection['outbox'], sessionId: string, putBack: (text: string) => void) {
  /** By message id; by its own until the answer is known here, which is a moment after it has left the outbox. */
  const followed = new Map<string, OutboxItem>()
  const items = shallowRef<readonly OutboxItem[]>([])
  const stop = outbox.onChange(look)

  function look(): void {
    const waiting = outbox.items().filter((each) => each.sessionId === sessionId)
    items.value = [...[...followed.values()].filter(({ id }) => !waiting.some((each) => each.id === id)), ...waiting]
  }

  return {
    items,
    look,
    /** Keeps showing a prompt after its answer, until its event has come. */
    follow(delivery: Delivery<'claude_message'>): void {
      const item = outbox.items().find((each) => each.id === delivery.id)
      if (!item) return
      const sent: OutboxItem = { ...item, state: 'sending' }
      followed.set(item.id, sent)
      void delivery.answer.then((outcome) => {
        followed.delete(item.id)
        if (outcome.ok) followed.set(outcome.data.message_id, sent)
        look()
      })
    },
    /** After frames were taken in. */
    settle(timeline: Timeline, facts: SessionFacts | null): void {
      const before = followed.size
      for (const messageId of followed.keys()) if (isShown(messageId, timeline, facts)) followed.delete(messageId)
      if (followed.size !== before) look()
    },
    /** All is read anew: what was answered is in it. */
    forget(): void {
      followed.clear()
      look()
    },
    retry: (id: string) => outbox.retry(id),
    discard: (id: string) => outbox.discard(id),
    /** What was refused, or still waits, is no command any more, but text to be changed; not when it is on its way already. */
    async takeBack(id: string): Promise<void> {
      const item = items.value.find((each) => each.id === id)
      if (item && (await outbox.discard(id))) putBack(item.text)
    },
    stop,
  }
}

/** A prompt that was sent is shown by the relay's own word now: in the conversation, or in the queue. */
function isShown(messageId: string, timeline: Timeline, facts: SessionFacts | null): boolean {
  if (facts?.queue.items.some((each) => each.message_id === messageId)) return true
  return timeline.items.some((each) => (each.kind === 'prompt' || each.kind === 'note') && each.messageId === messageId)
}
