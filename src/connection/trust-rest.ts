// What a folder would run if it were trusted, and trusting it, over REST: for whoever is asked.
import { rest as bodies } from '#protocol'
import type { RestCalls } from './rest.ts'

export function createTrustRest({ get, change }: Pick<RestCalls, 'get' | 'change'>) {
  const at = (workspaceId: string) => `workspaces/${encodeURIComponent(workspaceId)}/trust` as const
  return {
    report: (workspaceId: string) => get(at(workspaceId), bodies.trustReport),
    /** Trusts exactly what the hash of a report stands for; null takes the trust back. */
    set: (workspaceId: string, hash: string | null) => change('POST', at(workspaceId), bodies.ok, { body: { trusted: hash !== null, hash } }),
  }
}
