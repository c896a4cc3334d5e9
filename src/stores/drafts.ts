// What a person has begun to write, per session, kept on this device until it is sent.
import type { Clock, Timer } from '../clock.ts'
import type { KeyValue } from './use-services.ts'

const WRITE_AFTER_MS = 250
export const keyOfDraft = (sessionId: string) => `ensemble.draft.${sessionId}`

type Draft = {
  read(): string
  /** Kept a moment later, so that fast typing does not write each letter. */
  write(text: string): void
  /** Writes what waits, now. */
  flush(): void
}

export function createDraft({ storage, clock, sessionId }: { storage: KeyValue; clock: Clock; sessionId: string }): Draft {
  let pending: { text: string; timer: Timer } | null = null

  function flush(): void {
    if (pending === null) return
    pending.timer.cancel()
    storage.set(keyOfDraft(sessionId), pending.text === '' ? null : pending.text)
    pending = null
  }

  return {
    read: () => pending?.text ?? storage.get(keyOfDraft(sessionId)) ?? '',
    write(text) {
      pending = { text, timer: pending?.timer ?? clock.setTimer(flush, WRITE_AFTER_MS) }
    },
    flush,
  }
}
