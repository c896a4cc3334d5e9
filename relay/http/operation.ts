// For whoever runs the relay: is it alive, is it ready, how is it doing, what does it run.
import { rest } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Operation } from '../operation/operation.ts'
import { bearerOf } from './read-body.ts'
import { route, type Route } from './route.ts'

export type OperationServices = {
  auth: Auth
  operation: Pick<Operation, 'metrics' | 'stats' | 'sessions' | 'stopProcess'> & { readiness: Pick<Operation['readiness'], 'toldTo'> }
  /** Of the log that is kept. */
  epoch: string
}

export function operationRoutes({ auth, operation, epoch }: OperationServices): Route[] {
  return [
    route({ method: 'GET', path: '/healthz', access: 'open', summary: 'The process answers, which log it keeps, and whether people of an identity provider come in.', answer: rest.health, about: { operationId: 'getHealth' }, handle: () => ({ status: 'ok', epoch, ...(auth.hasProvider && { identity_provider: true }) }) }),
    route({
      method: 'GET',
      path: '/readyz',
      access: 'open',
      summary: 'Whether the relay serves; admins are told why not, and what else is wrong.',
      answer: rest.readiness,
      about: { operationId: 'getReadiness', security: [{}, { session: [] }, { apiToken: ['admin'] }], also: { 503: { says: 'It takes no new work now.', holds: 'the same' } }, refuses: ['UNAUTHORIZED'] },
      async handle({ request, caller }) {
        const token = bearerOf(request)
        const told = await operation.readiness.toldTo(token === null ? null : await auth.identify(token, caller))
        return Response.json(told, { status: told.status === 'ready' ? 200 : 503, headers: { 'cache-control': 'no-store' } })
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      access: { relay: 'see_stats' },
      summary: 'Counters and gauges as Prometheus text.',
      about: { content: ['text/plain'] },
      handle: async () => new Response(await operation.metrics(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' } }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/stats',
      access: { relay: 'see_stats' },
      scope: 'admin',
      summary: 'How the relay is doing now and did in the last ten minutes, and the processes of Claude.',
      answer: rest.relayStats,
      handle: () => operation.stats(),
    }),
    route({
      method: 'GET',
      path: '/api/v1/stats/sessions',
      access: { relay: 'see_stats' },
      scope: 'admin',
      summary: 'All sessions of the relay, those used last first.',
      query: rest.sessionsOverviewQuery,
      answer: rest.sessionsOverview,
      about: { operationId: 'listAllSessions' },
      handle: ({ query }) => operation.sessions(query),
    }),
    route({
      method: 'POST',
      path: '/api/v1/processes/:process/stop',
      access: { relay: 'stop_any_process' },
      summary: 'Stop one process of Claude; a running turn is interrupted, and the next prompt starts another process.',
      answer: rest.ok,
      about: { operationId: 'stopProcess' },
      handle: ({ params, asked }) => operation.stopProcess(asked, params.process),
    }),
  ]
}
