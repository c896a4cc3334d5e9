// What holds in a session, as its screens ask for it: the row, who is in it, what waits, what the reader may do.
import { computed, type ShallowRef } from 'vue'
import { allows, type SessionAction } from '#protocol'
import type { SessionFacts } from './session-facts.ts'

export function createStanding(facts: Readonly<ShallowRef<SessionFacts | null>>) {
  const row = computed(() => facts.value?.row ?? null)
  const role = computed(() => (facts.value?.removedBy ? null : (row.value?.role ?? null)))

  return {
    row,
    role,
    participants: computed(() => facts.value?.participants ?? []),
    queue: computed(() => facts.value?.queue ?? null),
    permissions: computed(() => facts.value?.permissions ?? []),
    filesSeq: computed(() => facts.value?.filesSeq ?? 0),
    deletedFiles: computed(() => facts.value?.deletedFiles ?? []),
    removedBy: computed(() => facts.value?.removedBy ?? null),
    /** Whether the reader may do this here; `own`: on something of their own. */
    may: (action: SessionAction, own = false) => allows(action, role.value, own),
  }
}
