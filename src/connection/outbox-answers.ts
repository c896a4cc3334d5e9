// The relay's last word on a command: what becomes of the command, and whoever waits for the word hears it.
import type { OutboxStore, StoredCommand } from './outbox-store.ts'
import { textOf, type OutboxView } from './outbox-view.ts'
import type { Outcome, Trouble } from './outcome.ts'

export function createOutboxAnswers(store: Pick<OutboxStore, 'refuse' | 'remove'>, view: OutboxView) {
  const waiters = new Map<string, (outcome: Outcome<unknown>) => void>()

  function tell(id: string, outcome: Outcome<unknown>): void {
    waiters.get(id)?.(outcome)
    waiters.delete(id)
  }

  /** What every tab does with it, whoever sent the command. Returns why it is kept: refused text is not thrown away. */
  function hear(command: StoredCommand, outcome: Outcome<unknown>): Trouble | null {
    tell(command.id, outcome)
    const refusal = !outcome.ok && textOf(command) !== '' ? outcome.trouble : null
    if (refusal) view.refused(command, refusal)
    else view.remove(command.id)
    return refusal
  }

  return {
    of: (id: string): Promise<Outcome<unknown>> => new Promise((resolve) => waiters.set(id, resolve)),
    tell,
    hear,
    /** The tab that sent it also settles it in the store. */
    async settle(command: StoredCommand, outcome: Outcome<unknown>): Promise<void> {
      const refusal = hear(command, outcome)
      if (refusal) await store.refuse(command.id, refusal)
      else await store.remove(command.id)
    },
  }
}
