// The log of webhooks over HTTP.
import { rest } from '#protocol'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { route, type Route } from './route.ts'

export function webhookRoutes({ webhooks }: { webhooks: Webhooks }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/webhooks/deliveries',
      access: 'user',
      scope: 'read',
      summary: 'What receivers of webhooks were told, of one execution or, for admins, of all; the latest first.',
      query: rest.deliveriesQuery,
      answer: rest.deliveriesPage,
      handle: ({ who, query }) => webhooks.list(who, query),
    }),
    route({
      method: 'POST',
      path: '/api/v1/webhooks/deliveries/:id/retry',
      access: 'user',
      scope: 'run',
      summary: 'Sends it again, at once.',
      answer: rest.ok,
      handle: ({ asked, params }) => webhooks.retry(asked, params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/webhooks/deliveries/:id',
      access: 'user',
      scope: 'run',
      summary: 'Stops trying: nothing more is sent of it. What was on its way may still arrive.',
      answer: rest.ok,
      handle: ({ asked, params }) => webhooks.stopTrying(asked, params.id),
    }),
  ]
}
