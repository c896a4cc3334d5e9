// What executions stand on, handed in once.
import type { Auth } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Claude } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'

export type Dependencies = {
  storage: Storage
  channels: Channels
  claude: Claude
  sessions: Sessions
  workspaces: Workspaces
  files: Files
  auth: Auth
  clock: Clock
  newId: () => string
  log: Log
  /** Whether owners may choose modes in which Claude asks nobody. */
  allowBypass: boolean
}
