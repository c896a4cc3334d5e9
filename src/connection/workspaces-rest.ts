// Adding, naming and removing workspaces, and their members, over REST: for the settings.
import { rest as bodies } from '#protocol'
import * as z from 'zod/mini'
import type { RestCalls } from './rest.ts'

const added = z.object({ id: z.string() })

export function createWorkspacesRest({ get, change }: Pick<RestCalls, 'get' | 'change'>) {
  const at = (id: string) => `workspaces/${encodeURIComponent(id)}` as const
  const member = (id: string, userId: string) => `${at(id)}/members/${encodeURIComponent(userId)}` as const
  return {
    /** Without a path the allowed folders themselves. */
    folders: (path: string | null) => get('workspaces/folders', bodies.folders, { path }),
    add: (request: { path: string; name: string | null; create: boolean }) => change('POST', 'workspaces', added, { body: request }),
    rename: (id: string, name: string) => change('PATCH', at(id), bodies.ok, { body: { name } }),
    remove: (id: string) => change('DELETE', at(id), bodies.ok),
    members: (id: string) => get(`${at(id)}/members`, bodies.workspaceMembers),
    addMember: (id: string, userId: string) => change('PUT', member(id, userId), bodies.ok),
    removeMember: (id: string, userId: string) => change('DELETE', member(id, userId), bodies.ok),
  }
}
