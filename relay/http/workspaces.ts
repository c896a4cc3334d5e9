// Workspaces over HTTP: which there are, completion of paths, and what trusting one would mean.
import { optional, rest } from '#protocol'
import * as z from 'zod/mini'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/workspaces'
const trustBody = z.object({ trusted: z.boolean(), hash: optional(z.string().check(z.maxLength(128))) })
const trustAnswer = z.object({ trusted: z.boolean() })

export function workspaceRoutes({ workspaces }: { workspaces: Workspaces }): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'user',
      scope: 'read',
      summary: 'Workspaces you are a member of, the default one first.',
      answer: rest.workspaces,
      handle: async ({ who }) => ({ workspaces: await workspaces.list(who) }),
    }),
    route({
      method: 'GET',
      path: `${base}/:id/tree`,
      access: { relay: 'see_workspace' },
      summary: 'Files and folders whose path fits q, best match first; without q what lies at the root.',
      query: rest.treeQuery,
      answer: rest.tree,
      handle: ({ who, params, query }) => workspaces.tree(who, params.id, query),
    }),
    route({
      method: 'GET',
      path: `${base}/:id/trust`,
      access: { relay: 'see_workspace' },
      summary: 'What the folder would run or have Claude read if it were trusted.',
      answer: rest.trustReport,
      handle: ({ who, params }) => workspaces.trustReport(who, params.id),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/trust`,
      access: { relay: 'trust' },
      summary: 'Trusts exactly what the hash of the report stands for, or takes the trust back.',
      body: trustBody,
      answer: trustAnswer,
      handle: ({ asked, params, body }) => workspaces.trust(asked, params.id, body),
    }),
  ]
}
