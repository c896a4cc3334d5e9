// What holds in a session, as its screens ask for it: the row, who is in it, what waits, what the reader may do.
import { computed, type ShallowRef } from 'vue'
import { allows, effectiveRole, type SessionAction, type UserCard } from '#protocol'
import type { SessionFacts } from './session-facts.ts'

export function createStanding(facts: Readonly<ShallowRef<SessionFacts | null>>, reader: () => UserCard | null) {
  const row = computed(() => facts.value?.row ?? null)
  /** Who took the access of the reader away; null while they have it. Who left by themselves may come back as far as the session is visible to them. */
  const removedBy = computed(() => {
    const user = reader()
    if (!user || user.role === 'admin') return null
    const by = facts.value?.left[user.id]
    return by === undefined || (by === null && row.value?.visibility === 'workspace') ? null : { userId: by ?? user.id }
  })
  /** Of the roster and of the relay, whichever is less; who is not in it would come as a collaborator. */
  const role = computed(() => {
    const user = reader()
    if (!facts.value || !user || removedBy.value) return null
    return effectiveRole(facts.value.participants.find((each) => each.user_id === user.id)?.role ?? 'collaborator', user.role)
  })

  return {
    row,
    role,
    participants: computed(() => facts.value?.participants ?? []),
    queue: computed(() => facts.value?.queue ?? null),
    permissions: computed(() => facts.value?.permissions ?? []),
    filesSince: computed(() => facts.value?.since ?? 0),
    newFiles: computed(() => facts.value?.newFiles ?? []),
    deletedFiles: computed(() => facts.value?.deletedFiles ?? []),
    removedBy,
    /** Whether the reader may do this here; `own`: on something of their own. */
    may: (action: SessionAction, own = false) => allows(action, role.value, own),
  }
}
