// Sessions that were deleted and can still be brought back, as far as they are this person's to bring back.
import { ref, shallowRef } from 'vue'
import { rest as bodies, type SessionRow } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'

const PAGE = 50

const pathOf = (sessionId: string) => `claude/sessions/${encodeURIComponent(sessionId)}` as const

/** Out of the trash again. */
export function useRestore(): (sessionId: string) => Promise<Outcome<object>> {
  const { rest } = useServices()
  return (sessionId) => rest.change('POST', `${pathOf(sessionId)}/restore`, bodies.ok)
}

export function useTrash() {
  const { rest } = useServices()
  const sessions = useSessionsStore()
  const takeBack = useRestore()
  /** The last deleted first. */
  const rows = shallowRef<readonly SessionRow[]>([])
  /** Where the next page begins; null: there is none. */
  const next = ref<string | null>(null)

  async function load(cursor?: string): Promise<void> {
    const outcome = await rest.sessions.list({ deleted: true, limit: PAGE, cursor })
    if (!outcome.ok) return
    rows.value = cursor === undefined ? outcome.data.sessions : [...rows.value, ...outcome.data.sessions]
    next.value = outcome.data.next
  }

  const without = (id: string) => (rows.value = rows.value.filter((row) => row.session_id !== id))

  return {
    rows,
    next,
    load: () => load(),
    more: () => load(next.value ?? undefined),
    /** Resolves with why it stays in the trash, or null. */
    async restore(id: string): Promise<Trouble | null> {
      const outcome = await takeBack(id)
      if (!outcome.ok) return outcome.trouble
      without(id)
      await sessions.refresh(id)
      return null
    },
    /** For good. Resolves with why it is still there, or null. */
    async erase(id: string): Promise<Trouble | null> {
      const outcome = await rest.change('DELETE', pathOf(id), bodies.ok, { query: { purge: true } })
      if (!outcome.ok) return outcome.trouble
      without(id)
      return null
    },
  }
}
