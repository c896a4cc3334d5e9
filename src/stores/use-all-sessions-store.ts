// All sessions of the relay for whoever runs it: searched, page by page, and what can be done to each.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { SessionOverview } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { createOperationRest } from '../connection/operation-rest.ts'
import { useRestore } from './use-trash.ts'
import { useServices } from './use-services.ts'

export type SessionState = SessionOverview['state']

const PAGE = 50

export const useAllSessionsStore = defineStore('all-sessions', () => {
  const { rest } = useServices()
  const operation = createOperationRest(rest)
  const restore = useRestore()
  const rows = shallowRef<readonly SessionOverview[] | null>(null)
  const total = ref(0)
  const next = ref<string | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const q = ref('')
  const state = ref<SessionState | null>(null)
  const archived = ref(false)
  let latest = 0

  const query = () => ({ q: q.value.trim() || null, state: state.value, archived: archived.value ? ('true' as const) : null })

  /** What was asked for last counts, whichever answer comes last. As many as are shown already. */
  async function load(): Promise<void> {
    const mine = ++latest
    const answer = await operation.sessions({ ...query(), limit: Math.min(200, Math.max(PAGE, rows.value?.length ?? 0)) })
    if (mine !== latest) return
    trouble.value = answer.ok ? null : answer.trouble
    if (!answer.ok) return
    rows.value = answer.data.sessions
    total.value = answer.data.total
    next.value = answer.data.next
  }

  async function more(): Promise<void> {
    if (next.value === null) return
    const mine = ++latest
    const answer = await operation.sessions({ ...query(), limit: PAGE, cursor: next.value })
    if (mine !== latest || !answer.ok) return
    rows.value = [...(rows.value ?? []), ...answer.data.sessions]
    next.value = answer.data.next
  }

  async function after(work: Promise<Outcome<unknown>>): Promise<Trouble | null> {
    const answer = await work
    await load()
    return answer.ok || answer.trouble.code === 'NOT_FOUND' ? null : answer.trouble
  }

  return {
    rows,
    total,
    next,
    trouble,
    q,
    state,
    archived,
    load,
    more,
    /** These resolve with what was in the way, if anything. */
    stop: (processId: string) => after(operation.stopProcess(processId)),
    archive: (id: string, yes: boolean) => after(rest.sessions.patch(id, { archived: yes })),
    remove: (id: string) => after(rest.sessions.remove(id)),
    restore: (id: string) => after(restore(id)),
  }
})
