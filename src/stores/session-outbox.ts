// The commands of one session that people still have to see: on their way, refused, or answered but not yet in the timeline.
import type { Connection, Delivery, OutboxItem } from '../connection/connection.ts'

type SessionOutbox = {
  items(): readonly OutboxItem[]
  /** Keeps showing a prompt after its answer, until `seen` says that its event has come. */
  follow(delivery: Delivery<'claude_message'>): void
  /** Called after frames were taken in. */
  settle(isThere: (messageId: string) => boolean): void
  /** All is read anew: what was answered is in it. */
  forget(): void
  stop(): void
}

export function createSessionOutbox(outbox: Connection['outbox'], sessionId: string, onChange: () => void): SessionOutbox {
  /** By message id. */
  const answered = new Map<string, OutboxItem>()
  const stop = outbox.onChange(onChange)
  const waiting = () => outbox.items().filter((each) => each.sessionId === sessionId)

  return {
    items: () => [...answered.values(), ...waiting()],
    follow(delivery) {
      const item = outbox.items().find((each) => each.id === delivery.id)
      void delivery.answer.then((outcome) => {
        if (!outcome.ok || !item) return
        answered.set(outcome.data.message_id, { ...item, state: 'sending' })
        onChange()
      })
    },
    settle(isThere) {
      const before = answered.size
      for (const messageId of answered.keys()) if (isThere(messageId)) answered.delete(messageId)
      if (answered.size !== before) onChange()
    },
    forget() {
      answered.clear()
      onChange()
    },
    stop,
  }
}
