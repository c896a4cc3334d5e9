// The search over what was said in sessions.
import { rest } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { route, type Route } from './route.ts'

/** How long a search took says a little about an index that all share: answers leave at full steps only. */
const stepMs = 50

async function atFullStep<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const began = clock.now()
  try {
    return await work()
  } finally {
    await new Promise<void>((resolve) => clock.setTimer(resolve, stepMs - ((clock.now() - began) % stepMs)))
  }
}

export type SearchServices = { sessions: Sessions; clock: Clock }

export function searchRoutes({ sessions, clock }: SearchServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/claude/search',
      access: 'user',
      scope: 'read',
      summary: 'Prompts, notes and answers that hold all words of q, in the sessions you may see, the latest sessions first.',
      about: { operationId: 'search' },
      query: rest.searchQuery,
      answer: rest.searchPage,
      handle: ({ who, query: { q, workspace_id, session_id, limit, cursor }, inTurn }) =>
        inTurn(() => atFullStep(clock, () => sessions.search(who, { q, workspaceId: workspace_id || null, sessionId: session_id || null, limit, cursor }))),
    }),
  ]
}
