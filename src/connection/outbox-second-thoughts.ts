// What people do with a command that was refused or still waits: send it again, or take it back.
import type { Clock } from '../clock.ts'
import type { StoredCommand, OutboxStore } from './outbox-store.ts'
import type { OutboxView } from './outbox-view.ts'

type SecondThoughtsDependencies = {
  store: Pick<OutboxStore, 'remove'>
  view: OutboxView
  clock: Clock
  newId: () => string
  add(command: StoredCommand): Promise<void>
  takenBack(id: string): void
  changed(): void
}

export function createSecondThoughts({ store, view, clock, newId, add, takenBack, changed }: SecondThoughtsDependencies) {
  return {
    /** Sends a refused command again, under a new id. */
    async retry(id: string): Promise<void> {
      const command = view.command(id)
      if (!command?.refused) return
      // A final refusal is remembered under its id. Added first, removed after: a crash doubles the text, it never loses it.
      await add({ ...command, id: newId(), createdAt: clock.now(), refused: null })
      view.remove(id)
      await store.remove(id)
      changed()
    },
    /** Takes a refused or not yet sent command out for good. False: it is already on its way. */
    async discard(id: string): Promise<boolean> {
      if (view.isSending(id)) return false
      view.remove(id)
      const removed = await store.remove(id)
      takenBack(id)
      changed()
      return removed
    },
  }
}
