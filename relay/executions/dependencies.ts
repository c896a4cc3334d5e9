// What executions stand on, handed in once.
import type { WebhookSpec } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Claude } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Usage } from '../usage/usage.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import type { Ends } from './ends.ts'

/** Whom to call when an execution has ended: kept in the commit in which it begins. */
export type Webhooks = {
  /** Refuses what will never be called (VALIDATION), before anything is changed. */
  check(spec: WebhookSpec): void
  /** `secret`: what signs the calls, when none was given: for the answer, once. */
  accept(spec: WebhookSpec, of: { executionId: string; sessionId: string }, who: Identity): { statements: Statement[]; secret: string | null }
  /** For the commit in which the work of one execution goes on in another: who was to hear of its end hears of that one's as well. */
  goOn(from: string, to: string): Promise<Statement[]>
}

export type Dependencies = {
  storage: Storage
  channels: Channels
  claude: Claude
  sessions: Sessions
  workspaces: Workspaces
  files: Files
  auth: Auth
  usage: Pick<Usage, 'ofTurn' | 'usedSince' | 'budgets'>
  clock: Clock
  newId: () => string
  log: Log
  /** Counts turns and measures how long they and people took. */
  metrics?: Pick<Metrics, 'add' | 'histogram'>
  /** Whether owners may choose modes in which Claude asks nobody. */
  allowBypass: boolean
  /** Absent: nobody is called. */
  webhooks?: Webhooks
  ends: Ends
}
