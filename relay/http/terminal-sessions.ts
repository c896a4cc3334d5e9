// Sessions that were begun in a terminal, by workspace.
import { rest } from '#protocol'
import type { Executions } from '../executions/executions.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/workspaces/:id/terminal-sessions'

export function terminalRoutes({ executions }: { executions: Executions }): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: { relay: 'create_session' },
      summary: 'Conversations with Claude in a terminal of this machine, in this folder, the last used first.',
      query: rest.terminalQuery,
      answer: rest.terminalSessions,
      handle: ({ who, params, query, inTurn }) => inTurn(() => executions.terminalSessions(who, params.id, query)),
    }),
    route({
      method: 'POST',
      path: `${base}/:conversation/import`,
      access: { relay: 'create_session' },
      summary: 'Begins a private session of yours with the history of one of them; its next prompt goes on from there.',
      answer: rest.imported,
      about: { description: 'Asked for again it answers with the same session, as long as that is there. It may hold what its author would not show to others, so nobody else sees it until you share it.', refuses: ['TOO_LARGE'] },
      status: 201,
      handle: ({ asked, params, inTurn }) => inTurn(() => executions.importTerminal(asked, params.id, params.conversation)),
    }),
  ]
}
