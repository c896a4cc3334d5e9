// Back out of the trash, where a deleted session stays for 30 days.
import { rest as bodies } from '#protocol'
import type { Outcome } from '../connection/connection.ts'
import { useServices } from './use-services.ts'

export function useRestore(): (sessionId: string) => Promise<Outcome<object>> {
  const { rest } = useServices()
  return (sessionId) => rest.change('POST', `claude/sessions/${encodeURIComponent(sessionId)}/restore`, bodies.ok)
}
