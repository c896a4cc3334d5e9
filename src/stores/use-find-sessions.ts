// Sessions by title and, where the relay can, by text. Whoever looks has a search of their own, so that two of them are not in each other's way.
import type { SessionRow } from '#protocol'
import type { Outcome } from '../connection/connection.ts'
import { useServices } from './use-services.ts'

export function useFindSessions() {
  const { rest } = useServices()
  let search: AbortController | null = null

  /** Calls an older search of the same one off (ABORTED). */
  return async function find(q: string, options: { archived?: boolean } = {}): Promise<Outcome<SessionRow[]>> {
    search?.abort()
    search = new AbortController()
    const answer = await rest.sessions.list({ q, limit: 50, ...options }, search.signal)
    return answer.ok ? { ok: true, data: answer.data.sessions } : answer
  }
}
