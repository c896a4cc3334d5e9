// Whether a folder is trusted: what would run, and the answer to that; the list everybody sees is loaded anew after one.
import type { Outcome } from '../connection/connection.ts'
import { createTrustRest } from '../connection/trust-rest.ts'
import { useServices } from './use-services.ts'
import { useWorkspacesStore } from './use-workspaces-store.ts'

export function useTrust() {
  const { report, set } = createTrustRest(useServices().rest)
  const workspaces = useWorkspacesStore()

  return {
    report,
    /** `hash`: of the report that was looked at; null takes the trust back. */
    async set(workspaceId: string, hash: string | null): Promise<Outcome<object>> {
      const outcome = await set(workspaceId, hash)
      if (outcome.ok) await workspaces.load()
      return outcome
    },
  }
}
