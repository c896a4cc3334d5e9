// What the tabs of one browser tell each other about commands: whichever sends one, all show how it stands.
import type { StoredCommand } from './outbox-store.ts'
import type { Outcome } from './outcome.ts'
import type { Voice } from './tabs.ts'

type OutboxNews = {
  sending(id: string): void
  /** The relay's last word on it. */
  settled(command: StoredCommand, outcome: Outcome<unknown>): void
  /** The store holds something else now. */
  changed(): void
}

type Word =
  | { about: 'outbox'; what: 'changed' }
  | { about: 'outbox'; what: 'sending'; id: string }
  | { about: 'outbox'; what: 'settled'; command: StoredCommand; outcome: Outcome<unknown> }

/** `voice` null: there are no other tabs to speak of. */
export function createOutboxTabs(voice: Voice | null, hear: OutboxNews): OutboxNews {
  const say = (word: Word): void => voice?.post(word)

  voice?.onMessage((message) => {
    const word = message as Word
    if (word?.about !== 'outbox') return
    if (word.what === 'sending') return hear.sending(word.id)
    if (word.what === 'settled') return hear.settled(word.command, word.outcome)
    hear.changed()
  })

  return {
    sending: (id) => say({ about: 'outbox', what: 'sending', id }),
    settled: (command, outcome) => say({ about: 'outbox', what: 'settled', command, outcome }),
    changed: () => say({ about: 'outbox', what: 'changed' }),
  }
}
