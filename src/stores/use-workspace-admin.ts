// What owners and admins do with workspaces; the list everybody sees is loaded anew after each of it.
import type { Outcome } from '../connection/connection.ts'
import { createWorkspacesRest } from '../connection/workspaces-rest.ts'
import { useServices } from './use-services.ts'
import { useWorkspacesStore } from './use-workspaces-store.ts'

export function useWorkspaceAdmin() {
  const { rest } = useServices()
  const { add, rename, remove, ...calls } = createWorkspacesRest(rest)
  const workspaces = useWorkspacesStore()

  async function then<T>(deed: Promise<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = await deed
    if (outcome.ok) await workspaces.load()
    return outcome
  }

  return {
    ...calls,
    add: (request: Parameters<typeof add>[0]) => then(add(request)),
    rename: (id: string, name: string) => then(rename(id, name)),
    remove: (id: string) => then(remove(id)),
    people: (q: string) => rest.people(q),
  }
}
