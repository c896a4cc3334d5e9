// Sessions over HTTP: lists, one session, its past, its people. What runs in it is under executions.
import { createSession, entityId, events, optional, rest, sessionRole, sessionTitle } from '#protocol'
import * as z from 'zod/mini'
import type { Sessions } from '../sessions/sessions.ts'
import { attachmentNamed } from './content-disposition.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/claude/sessions'
const flag = optional(z.enum(['true', 'false']))
const count = (maximum: number) => optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(maximum)))

const removeQuery = z.object({ purge: flag })
const logsQuery = z.object({ limit: count(1_000) })
const exportQuery = z.object({ format: optional(z.enum(['md', 'json'])) })
const forkBody = z.object({ at_seq: optional(z.int().check(z.positive())), title: optional(sessionTitle) })
const inviteBody = z.object({ user_id: entityId, role: optional(sessionRole) })
const handOverBody = z.object({ user_id: entityId })
const roleBody = z.object({ role: sessionRole })

const created = z.object({ session_id: entityId })
const joined = z.object({ role: sessionRole })
const roster = z.object({ participants: z.array(events.participant) })
const logs = z.object({ session_id: entityId, logs: z.array(z.extend(events.log, { seq: z.number(), timestamp: z.number() })), count: z.number() })

export function sessionRoutes({ sessions }: { sessions: Sessions }): Route[] {
  return [...listRoutes(sessions), ...pastRoutes(sessions), ...peopleOfSessionRoutes(sessions)]
}

function listRoutes(sessions: Sessions): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'user',
      scope: 'read',
      summary: 'Sessions you may see, the latest first.',
      query: rest.sessionsQuery,
      answer: rest.sessionsPage,
      handle: ({ who, query: { workspace_id, q, limit, cursor, archived, deleted }, inTurn }) =>
        inTurn(() => sessions.list(who, { workspaceId: workspace_id || null, q, limit, cursor, archived: archived === 'true', deleted: deleted === 'true' })),
    }),
    route({
      method: 'POST',
      path: base,
      access: 'user',
      scope: 'run',
      summary: 'Begins a session, in the default workspace unless another is named.',
      body: createSession,
      answer: created,
      status: 201,
      handle: ({ asked, body }) => sessions.create(asked, body),
    }),
    route({
      method: 'GET',
      path: `${base}/:id`,
      access: { session: 'read' },
      summary: 'One session as the list shows it.',
      answer: rest.sessionRow,
      handle: ({ who, params }) => sessions.row(who, params.id),
    }),
    route({
      method: 'PATCH',
      path: `${base}/:id`,
      access: { session: 'read' },
      summary: 'Changes title, visibility, model, mode or archive, or says how far you have read.',
      body: rest.sessionPatch,
      answer: rest.ok,
      handle: ({ asked, params, body }) => sessions.patch(asked, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id`,
      access: { session: 'delete', trashed: true },
      summary: 'Ends its process and moves it to the trash for 30 days; with purge=true it is erased at once, for which an API token needs `admin`.',
      query: removeQuery,
      answer: rest.ok,
      handle: ({ asked, params, query }) => sessions.remove(asked, params.id, { purge: query.purge === 'true' }),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/restore`,
      access: { session: 'delete', trashed: true },
      summary: 'Takes a session out of the trash.',
      answer: rest.ok,
      handle: ({ asked, params }) => sessions.restore(asked, params.id),
    }),
  ]
}

function pastRoutes(sessions: Sessions): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/:id/state`,
      access: { session: 'read' },
      byLink: true,
      summary: 'What a browser goes on from when replay would be too long.',
      answer: rest.sessionSnapshot,
      handle: ({ who, params, inTurn }) => inTurn(() => sessions.snapshot(who, params.id)),
    }),
    route({
      method: 'GET',
      path: `${base}/:id/events`,
      access: { session: 'read' },
      byLink: true,
      summary: 'A page of its events before or after a seq; without either the last ones.',
      query: rest.eventsQuery,
      answer: rest.eventsPage,
      handle: ({ who, params, query, inTurn }) => inTurn(() => sessions.events(who, params.id, query)),
    }),
    route({
      method: 'GET',
      path: `${base}/:id/logs`,
      access: { session: 'read_logs' },
      summary: 'The last lines of its log, in order; empty where nothing of that kind has happened.',
      about: { description: 'What is worth knowing and nobody said: retries, compactions, another model or mode, what hooks say, a budget that is used up. It is kept with the session, over restarts and as long as the session. How turns began and ended is told by its executions and events, and what the relay does for itself by the relay’s own log.' },
      query: logsQuery,
      answer: logs,
      handle: ({ who, params, query, inTurn }) => inTurn(() => sessions.logs(who, params.id, query.limit ?? null)),
    }),
    route({
      method: 'GET',
      path: `${base}/:id/export`,
      access: { session: 'export' },
      summary: 'The whole session as Markdown or JSON.',
      about: { content: ['text/markdown', 'application/json'], tells: ['Content-Disposition'] },
      query: exportQuery,
      async handle({ who, params, query, streamed }) {
        const { filename, contentType, stream } = await sessions.export(who, params.id, query.format ?? 'md')
        const headers = { 'content-type': contentType, 'content-disposition': attachmentNamed(filename), 'cache-control': 'no-store' }
        return new Response(streamed(stream), { headers })
      },
    }),
    route({
      method: 'POST',
      path: `${base}/:id/fork`,
      access: { session: 'fork' },
      summary: 'Copies conversation and timeline, up to a finished turn, into a session of yours.',
      body: forkBody,
      answer: created,
      status: 201,
      handle: ({ asked, params, body }) => sessions.fork(asked, params.id, body),
    }),
  ]
}

function peopleOfSessionRoutes(sessions: Sessions): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/:id/participants`,
      access: { session: 'see_roster' },
      summary: 'Who is in it, in the order of joining.',
      answer: roster,
      handle: async ({ params }) => ({ participants: await sessions.roster(params.id) }),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/participants`,
      access: { session: 'invite' },
      summary: 'Invites a user, also one who was removed.',
      body: inviteBody,
      answer: joined,
      handle: ({ asked, params, body }) => sessions.invite(asked, params.id, body.user_id, body.role ?? null),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/join`,
      access: { session: 'read' },
      summary: 'Makes you a participant of a session that you may see.',
      answer: joined,
      handle: ({ asked, params }) => sessions.join(asked, params.id),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/hand-over`,
      access: { session: 'set_role' },
      summary: 'Makes a participant the owner in your place; you stay as a collaborator.',
      body: handOverBody,
      answer: rest.ok,
      handle: ({ asked, params, body }) => sessions.handOver(asked, params.id, body.user_id),
    }),
    route({
      method: 'PATCH',
      path: `${base}/:id/participants/:user`,
      access: { session: 'set_role' },
      summary: 'Gives a participant another role.',
      body: roleBody,
      answer: joined,
      handle: ({ asked, params, body }) => sessions.setRole(asked, params.id, params.user, body.role),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id/participants/:user`,
      access: 'user',
      scope: 'admin',
      summary: 'Removes a user, or, with your own id, leaves.',
      answer: rest.ok,
      handle: ({ asked, params }) => sessions.removePerson(asked, params.id, params.user),
    }),
  ]
}
