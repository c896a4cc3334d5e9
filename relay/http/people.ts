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
      summary: 'Users whose name contains q, best match first.',
      query,
      answer: rest.people,
      handle: async ({ query: { q } }) => ({ people: await auth.people(q ?? '') }),
    }),
  ]
}
