// Finding a session: titles at once from what is here, then whatever else the relay finds.
import { watchDebounced } from '@vueuse/core'
import { computed, ref, shallowRef } from 'vue'
import type { SessionRow } from '#protocol'
import { useFindSessions } from '../../stores/use-find-sessions.ts'
import { useSessionsStore } from '../../stores/use-sessions-store.ts'

const ASK_AFTER_MS = 200

export function useSessionSearch() {
  const sessions = useSessionsStore()
  const find = useFindSessions()
  const sought = ref('')
  const remote = shallowRef<readonly SessionRow[]>([])
  const asking = ref(false)

  const words = computed(() => sought.value.trim().toLocaleLowerCase())
  const found = computed<readonly SessionRow[] | null>(() => {
    if (words.value === '') return null
    const here = [...sessions.rows.values()].filter((row) => row.title.toLocaleLowerCase().includes(words.value))
    const known = new Set(here.map((row) => row.session_id))
    return [...here.sort((a, b) => b.updated_at - a.updated_at), ...remote.value.filter((row) => !known.has(row.session_id))]
  })

  watchDebounced(
    words,
    async (q) => {
      remote.value = []
      if (q === '') return
      asking.value = true
      const outcome = await find(q)
      if (q !== words.value) return
      asking.value = false
      if (outcome.ok) remote.value = outcome.data
    },
    { debounce: ASK_AFTER_MS },
  )

  return { sought, found, asking }
}
