// Workspaces over HTTP: which there are and who is a member, completion of paths, and what trusting one would mean.
import { entityId, optional, rest } from '#protocol'
import * as z from 'zod/mini'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/workspaces'
const trustBody = z.object({ trusted: z.boolean(), hash: optional(z.string().check(z.maxLength(128))) })
const trustAnswer = z.object({ trusted: z.boolean() })
const added = z.object({ id: entityId })

export function workspaceRoutes({ workspaces }: { workspaces: Workspaces }): Route[] {
  return [...folderRoutes(workspaces), ...memberRoutes(workspaces), ...contentRoutes(workspaces)]
}

function folderRoutes(workspaces: Workspaces): Route[] {
  return [
    route({
      method: 'POST',
      path: base,
      access: { relay: 'add_workspace' },
      summary: 'Makes a workspace of a folder below ENSEMBLE_ROOTS; with create=true of one that is not there yet.',
      body: rest.workspaceBody,
      answer: added,
      status: 201,
      handle: ({ asked, body }) => workspaces.add(asked, body),
    }),
    route({
      method: 'GET',
      path: `${base}/folders`,
      access: { relay: 'add_workspace' },
      summary: 'Folders to choose a workspace from: the allowed ones, or what lies in one of them.',
      query: rest.foldersQuery,
      answer: rest.folders,
      handle: ({ who, query }) => workspaces.folders(who, query.path ?? null),
    }),
    route({
      method: 'GET',
      path: `${base}/:id`,
      access: { relay: 'see_workspace' },
      summary: 'One workspace as the list shows it.',
      answer: rest.workspace,
      handle: ({ who, params }) => workspaces.row(who, params.id),
    }),
    route({
      method: 'PATCH',
      path: `${base}/:id`,
      access: { relay: 'change_workspace' },
      summary: 'Gives it another name.',
      body: rest.workspacePatch,
      answer: rest.ok,
      handle: ({ asked, params, body }) => workspaces.rename(asked, params.id, body.name),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id`,
      access: { relay: 'change_workspace' },
      summary: 'Takes it off the list. The files stay; its sessions stay readable to those who are in them.',
      answer: rest.ok,
      handle: ({ asked, params }) => workspaces.remove(asked, params.id),
    }),
  ]
}

function memberRoutes(workspaces: Workspaces): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/:id/members`,
      access: { relay: 'change_workspace' },
      summary: 'Who may begin sessions there and find those of others, the owner first.',
      answer: rest.workspaceMembers,
      handle: async ({ who, params }) => ({ members: await workspaces.members(who, params.id) }),
    }),
    route({
      method: 'PUT',
      path: `${base}/:id/members/:user`,
      access: { relay: 'change_workspace' },
      summary: 'Makes a user a member.',
      answer: rest.ok,
      handle: ({ asked, params }) => workspaces.addMember(asked, params.id, params.user),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id/members/:user`,
      access: { relay: 'change_workspace' },
      summary: 'Takes a member off; sessions they are in stay theirs.',
      answer: rest.ok,
      handle: ({ asked, params }) => workspaces.removeMember(asked, params.id, params.user),
    }),
  ]
}

function contentRoutes(workspaces: Workspaces): Route[] {
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
      handle: ({ who, params, query, inTurn }) => inTurn(() => workspaces.tree(who, params.id, query)),
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
