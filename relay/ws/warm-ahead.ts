// Whoever opens a session may prompt in a moment: its process is started meanwhile. Not for those who may not prompt: processes are few.
import { allows, covers, SESSION_SCOPES, type Standing } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Executions } from '../executions/executions.ts'

export function warmFor(executions: Pick<Executions, 'warm'>, { scopes }: Identity, sessionId: string, standing: Standing | null): void {
  if (allows('prompt', standing) && covers(scopes, SESSION_SCOPES.prompt)) executions.warm(sessionId)
}
