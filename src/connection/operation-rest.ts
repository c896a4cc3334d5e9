// REST of the operation of a relay: how it is doing, its processes, all its sessions.
import { rest as bodies, type RelayStats, type SessionsOverview, type SessionsOverviewQuery } from '#protocol'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

export type OperationRest = {
  stats(): Promise<Outcome<RelayStats>>
  sessions(query: SessionsOverviewQuery): Promise<Outcome<SessionsOverview>>
  /** Nothing said is lost; the next prompt starts another one. */
  stopProcess(id: string): Promise<Outcome<object>>
}

export const createOperationRest = ({ get, change }: Pick<RestCalls, 'get' | 'change'>): OperationRest => ({
  stats: () => get('stats', bodies.relayStats),
  sessions: (query) => get('stats/sessions', bodies.sessionsOverview, query),
  stopProcess: (id) => change('POST', `processes/${encodeURIComponent(id)}/stop`, bodies.ok),
})
