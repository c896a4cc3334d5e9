// DOOR of workspaces: the folders that sessions work in, who may see them, what they would run, and paths that stay inside.
import type { Tree, TrustReport, Workspace } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/identity.ts'

export type WorkspaceRecord = {
  id: string
  /** Absolute, links resolved. */
  path: string
  name: string
  /** null: owned by the admins. */
  ownerId: string | null
  isDefault: boolean
  trustedHash: string | null
  createdAt: number
}

export type Workspaces = {
  /** Before listening: the folder of the command line becomes the default workspace. */
  boot(folder: string): Promise<WorkspaceRecord>
  /** The default workspace. */
  standard(): Promise<WorkspaceRecord>
  /** Asks nobody's rights; null when there is none or it was removed. */
  get(workspaceId: string): Promise<WorkspaceRecord | null>
  list(who: Identity): Promise<Workspace[]>
  /** Files and folders for completion, best match first; without `q` what lies at the root. */
  tree(who: Identity, workspaceId: string, query: { q?: string | null; limit?: number | null }): Promise<Tree>
  trustReport(who: Identity, workspaceId: string): Promise<TrustReport>
  /** The workspace's owner trusts exactly what `hash` stands for, or takes the trust back. */
  trust(asked: Asked, workspaceId: string, request: { trusted: boolean; hash?: string | null }): Promise<object>
  /** Whether the folder is still what was trusted. `fresh` looks at the files now, else an answer may be 5 s old. */
  isTrusted(workspaceId: string, fresh?: boolean): Promise<boolean>
  onTrustChanged(listener: (workspaceId: string) => void): void
}
