// What Claude offers and does, over HTTP.
import { rest } from '#protocol'
import type { Executions } from '../executions/executions.ts'
import { route, type Route } from './route.ts'

export function executionRoutes({ executions }: { executions: Executions }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/claude/sessions/:id/offers',
      access: { session: 'read' },
      summary: 'Slash commands and models that can be chosen in this session.',
      answer: rest.offers,
      handle: ({ params }) => executions.offersOf(params.id),
    }),
  ]
}
