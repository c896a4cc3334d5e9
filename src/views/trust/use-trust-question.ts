// Whether to ask if a folder is trusted: only when it brings something along, and not again on this device once it was put off.
import { ref, watch } from 'vue'
import { useServices } from '../../stores/use-services.ts'
import { useTrust } from '../../stores/use-trust.ts'
import { useWorkspacesStore } from '../../stores/use-workspaces-store.ts'
import { bringsAlong } from './brings-along.ts'

/** `told`: what the relay has said last of the folder's trust, where it says so. */
export function useTrustQuestion(workspaceId: () => string | null, told: () => boolean | undefined = () => undefined) {
  const { storage } = useServices()
  const workspaces = useWorkspacesStore()
  const trust = useTrust()
  const isOpen = ref(false)
  let found = ''
  const keyOf = (id: string) => `ensemble.trust-later.${id}`

  watch(
    () => [workspaceId(), workspaces.get(workspaceId() ?? '')?.trusted] as const,
    async ([id, trusted]) => {
      isOpen.value = false
      if (id === null || trusted !== false) return
      const outcome = await trust.report(id)
      if (!outcome.ok || id !== workspaceId()) return
      const { hash } = outcome.data
      // Something else in it by now is a new question.
      isOpen.value = bringsAlong(outcome.data) && storage.get(keyOf(id)) !== hash
      found = hash
    },
    { immediate: true },
  )

  // The list is from before: the files have changed meanwhile, or somebody has decided.
  watch(told, (trusted) => {
    const known = workspaces.get(workspaceId() ?? '')
    if (known && trusted !== undefined && known.trusted !== trusted) void workspaces.load()
  })

  function later(): void {
    const id = workspaceId()
    if (id !== null && found !== '') storage.set(keyOf(id), found)
    isOpen.value = false
  }

  return { isOpen, later }
}
