// The share links of one session as its owners see and make them, and who owns it. Made by the dialog that shows them.
import { ref, shallowRef } from 'vue'
import type { LinkLife, NewLink, ShareLink } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { createLinksRest } from '../connection/links-rest.ts'
import { useServices } from './use-services.ts'

export function createSessionLinks(sessionId: string) {
  const { rest } = useServices()
  const links = createLinksRest(rest)
  const list = shallowRef<readonly ShareLink[]>([])
  const loaded = ref(false)
  const trouble = shallowRef<Trouble | null>(null)
  /** With its secret: known until the dialog closes, and nowhere else. */
  const made = shallowRef<NewLink | null>(null)

  async function load(): Promise<void> {
    const outcome = await links.list(sessionId)
    trouble.value = outcome.ok ? null : outcome.trouble
    if (!outcome.ok) return
    list.value = outcome.data.links
    loaded.value = true
  }

  /** What came of it is shown by the list. */
  async function then<T>(deed: Promise<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = await deed
    if (outcome.ok) await load()
    else trouble.value = outcome.trouble
    return outcome
  }

  return {
    ...{ list, loaded, trouble, made, load },
    async make(life: LinkLife): Promise<void> {
      const outcome = await then(links.make(sessionId, life))
      if (outcome.ok) made.value = outcome.data
    },
    async end(linkId: string): Promise<void> {
      const outcome = await then(links.end(sessionId, linkId))
      if (outcome.ok && made.value?.link_id === linkId) made.value = null
    },
    forget: () => (made.value = null),
  }
}

/** To somebody in the session: they own it then, and whoever gave it stays as a collaborator. */
export function useHandOver(): (sessionId: string, userId: string) => Promise<Outcome<object>> {
  const { rest } = useServices()
  return createLinksRest(rest).handOver
}
