// Users over HTTP, for admins: list, add, roles and names, a new way in, and their end.
import { rest } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/users'
const access = { relay: 'manage_users' } as const

export function userRoutes({ auth }: { auth: Auth }): Route[] {
  const { users } = auth
  const linkOf = (origin: string, code: string | null) => (code === null ? null : `${origin}/#code=${code}`)

  return [
    route({
      method: 'GET',
      path: base,
      access,
      summary: 'Users by name, a page at a time; deleted=true adds those who were removed.',
      query: rest.usersQuery,
      answer: rest.usersPage,
      handle: ({ query }) => users.list({ ...query, deleted: query.deleted === 'true' }),
    }),
    route({
      method: 'POST',
      path: base,
      access,
      summary: 'Adds a user: with a password, with a link that signs in once within a day, or with neither.',
      // The body may hold a password and the answer a link: of neither is anything kept.
      keepsNoAnswer: true,
      body: rest.userBody,
      answer: rest.madeUser,
      status: 201,
      async handle({ who, body, origin }) {
        const { id, code, expiresAt } = await users.create(who, { name: body.name, role: body.role ?? 'user', password: body.password ?? null, link: body.link ?? false })
        return { id, link: linkOf(origin, code), expires_at: expiresAt }
      },
    }),
    route({
      method: 'PATCH',
      path: `${base}/:id`,
      access,
      summary: 'Changes role or name; felt at once. The last admin stays one.',
      body: rest.userPatch,
      answer: rest.ok,
      handle: ({ asked, params, body }) => users.change(asked, params.id, body),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/reset`,
      access,
      scope: 'closed',
      summary: 'Ends every sign-in and API token of the user and opens one new way in: a link, or a password, told this once.',
      keepsNoAnswer: true,
      body: rest.resetBody,
      answer: rest.wayIn,
      async handle({ who, params, body, origin }) {
        const { code, expiresAt, password } = await users.reset(who, params.id, body.way)
        return { link: linkOf(origin, code), expires_at: expiresAt, password }
      },
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id`,
      access,
      summary: 'Removes a user: signed out everywhere at once, sessions pass to an admin, what they did stays in the audit.',
      answer: rest.ok,
      handle: ({ asked, params }) => users.remove(asked, params.id),
    }),
  ]
}
