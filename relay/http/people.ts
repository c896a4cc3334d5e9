// Whom one could invite.
import { optional, rest } from '#protocol'
import * as z from 'zod/mini'
import type { Auth } from '../auth/auth.ts'
import { route, type Route } from './route.ts'

const query = z.object({ q: optional(z.string().check(z.maxLength(100))) })

export function peopleRoutes({ auth }: { auth: Auth }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/people',
      access: 'user',
      scope: 'read',
      summary: 'Users whose name contains q, best match first; admins are told their roles.',
      query,
      answer: rest.people,
      async handle({ who, query: { q } }) {
        const found = await auth.people(q ?? '')
        return { people: who.role === 'admin' ? found : found.map(({ id, name }) => ({ id, name })) }
      },
    }),
  ]
}
