// The folders that sessions work in: list, completion of paths, what the CLI offers.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Offers, Tree, Workspace } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { useAccountStore } from './use-account-store.ts'
import { useServices } from './use-services.ts'

export const useWorkspacesStore = defineStore('workspaces', () => {
  const { rest } = useServices()
  const account = useAccountStore()
  const list = shallowRef<readonly Workspace[]>([])
  const loaded = ref(false)
  const trouble = shallowRef<Trouble | null>(null)
  const standard = computed(() => list.value.find((each) => each.default) ?? list.value[0] ?? null)
  /** Commands and models by session. */
  const offers = shallowRef<ReadonlyMap<string, Offers>>(new Map())

  async function load(): Promise<void> {
    const answer = await rest.workspaces.list()
    trouble.value = answer.ok ? null : answer.trouble
    if (!answer.ok) return
    list.value = answer.data.workspaces
    loaded.value = true
  }

  let completion: AbortController | null = null
  /** Files and folders that match, the best first. A newer question calls the older one off (ABORTED). */
  function complete(workspaceId: string, q: string): Promise<Outcome<Tree>> {
    completion?.abort()
    completion = new AbortController()
    return rest.workspaces.tree(workspaceId, q, completion.signal)
  }

  async function loadOffers(sessionId: string): Promise<Outcome<Offers>> {
    const answer = await rest.sessions.offers(sessionId)
    if (answer.ok) offers.value = new Map(offers.value).set(sessionId, answer.data)
    return answer
  }

  watch(
    () => account.user?.id ?? null,
    (userId) => {
      loaded.value = false
      list.value = []
      offers.value = new Map()
      if (userId !== null) void load()
    },
    { immediate: true },
  )

  return { list, loaded, trouble, standard, offers, load, complete, loadOffers, get: (id: string) => list.value.find((each) => each.id === id) ?? null }
})
