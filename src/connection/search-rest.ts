// REST for finding: what was said in sessions, and what was begun in a terminal.
import { rest as bodies, type SearchPage, type TerminalSessions } from '#protocol'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

type Page = { limit?: number; cursor?: string }

export type SearchRest = {
  /** The latest sessions first; with `sessionId` all hits of that one. */
  search(q: string, query: Page & { sessionId?: string }, signal?: AbortSignal): Promise<Outcome<SearchPage>>
  terminalSessions(workspaceId: string, query: Page): Promise<Outcome<TerminalSessions>>
  /** Into a session of one's own; asked for again the same one. */
  importTerminal(workspaceId: string, conversationId: string): Promise<Outcome<{ session_id: string }>>
}

export function createSearchRest({ get, change }: Pick<RestCalls, 'get' | 'change'>): SearchRest {
  const terminal = (workspaceId: string) => `workspaces/${encodeURIComponent(workspaceId)}/terminal-sessions` as const
  return {
    search: (q, { sessionId, ...page }, signal) => get('claude/search', bodies.searchPage, { q, session_id: sessionId, ...page }, signal),
    terminalSessions: (workspaceId, page) => get(terminal(workspaceId), bodies.terminalSessions, page),
    importTerminal: (workspaceId, conversationId) => change('POST', `${terminal(workspaceId)}/${encodeURIComponent(conversationId)}/import`, bodies.imported),
  }
}
