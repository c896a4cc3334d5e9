// DOOR of workspaces: the folders that sessions work in, who may see them, what they would run, and paths that stay inside.
import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { Refused, type Folders, type Tree, type TrustReport, type Workspace } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { belongsToWorkspace, type Auth, type Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { createFolders } from './choose-folder.ts'
import { branchOf } from './git-branch.ts'
import { createInside } from './inside.ts'
import { createManagement } from './manage-workspaces.ts'
import { createPathSearch, type PathQuery } from './path-search.ts'
import { type FolderReport, reportFolder } from './trust-report.ts'

type WorkspaceRecord = {
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

const freshMs = 5_000

type Row = { id: string; path: string; name: string; owner_id: string | null; is_default: number; trusted_hash: string | null; created_at: number }
type Dependencies = {
  storage: Pick<Storage, 'query' | 'commit'>
  channels: Pick<Channels, 'publish'>
  auth: Auth
  clock: Clock
  newId: () => string
  /** Folders under which workspaces may lie. */
  roots: readonly string[]
  /** The relay's own, which no workspace holds or lies in. */
  reserved?: readonly string[]
  /** Where Claude keeps what is its person's own. */
  claudeFolder: string
}

const select = 'SELECT w.id, w.path, w.name, w.owner_id, w.is_default, w.trusted_hash, w.created_at FROM workspaces w WHERE w.removed_at IS NULL'
const notFound = () => new Refused('NOT_FOUND', 'not found')

export type Workspaces = ReturnType<typeof createWorkspaces>

export function createWorkspaces({ storage, channels, auth, clock, newId, roots, reserved = [], claudeFolder }: Dependencies) {
  const inside = createInside()
  const folders = createFolders({ roots, reserved, inside })
  const search = createPathSearch({ clock, inside })
  const listeners: ((workspaceId: string) => void)[] = []
  const reports = new Map<string, { at: number; report: FolderReport }>()

  const available = ({ path }: Pick<Row, 'path'>) => folders.isAllowed(path)

  const recordOf = (row: Row): WorkspaceRecord => ({
    id: row.id,
    path: row.path,
    name: row.name,
    ownerId: row.owner_id,
    isDefault: Number(row.is_default) === 1,
    trustedHash: row.trusted_hash,
    createdAt: Number(row.created_at),
  })

  /** Asks nobody's rights; null when there is none, it was removed, or lies outside of the roots: nothing may run there. */
  async function get(workspaceId: string): Promise<WorkspaceRecord | null> {
    const [row] = await storage.query<Row>(`${select} AND w.id = ?`, [workspaceId])
    return row && available(row) ? recordOf(row) : null
  }

  async function standard(): Promise<WorkspaceRecord> {
    const [row] = await storage.query<Row>(`${select} AND w.is_default = 1`)
    if (!row) throw notFound()
    return recordOf(row)
  }

  async function known(workspaceId: string): Promise<WorkspaceRecord> {
    const record = await get(workspaceId)
    if (!record) throw notFound()
    return record
  }

  function reportOf({ id, path, trustedHash }: WorkspaceRecord, fresh: boolean): FolderReport {
    const kept = reports.get(id)
    if (kept && !fresh && clock.now() - kept.at < freshMs) return kept.report
    const report = reportFolder(path, claudeFolder)
    reports.set(id, { at: clock.now(), report })
    // The files have changed under a trust: people learn of it when the relay does.
    if (kept && trustedHash !== null && (kept.report.hash === trustedHash) !== (report.hash === trustedHash)) for (const tell of listeners) tell(id)
    return report
  }

  const trusts = (record: WorkspaceRecord, fresh: boolean) => record.trustedHash !== null && reportOf(record, fresh).hash === record.trustedHash

  const shown = (who: Identity, record: WorkspaceRecord): Workspace => ({
    id: record.id,
    name: record.name,
    path: record.path,
    branch: branchOf(record.path),
    trusted: trusts(record, false),
    owner: who.role === 'admin' || record.ownerId === who.userId,
    default: record.isDefault,
  })

  return {
    get,
    /** Before listening: the folder of the command line becomes the default workspace. */
    async boot(folder: string): Promise<WorkspaceRecord> {
      const path = realpathSync(folder)
      const insert = `INSERT INTO workspaces (id, path, name, owner_id, is_default, created_at) VALUES (?, ?, ?, NULL, 1, ?)
        ON CONFLICT (path) DO UPDATE SET is_default = 1, removed_at = NULL`
      await storage.commit({
        statements: [
          { sql: 'UPDATE workspaces SET is_default = 0 WHERE path <> ?', params: [path] },
          { sql: insert, params: [newId(), path, basename(path) || path, clock.now()] },
        ],
      })
      return standard()
    },
    /** Of a workspace's path: whether a session can be worked in there now. */
    isThere: folders.isThere,
    /** The default workspace. */
    standard,
    async list(who: Identity): Promise<Workspace[]> {
      const visible = who.role === 'admin' ? '' : ` AND ${belongsToWorkspace()}`
      const rows = await storage.query<Row>(`${select}${visible} ORDER BY w.is_default DESC, w.name, w.id`, visible ? [who.userId, who.userId] : [])
      return rows
        .filter(available)
        .map((row) => shown(who, recordOf(row)))
    },
    async row(who: Identity, workspaceId: string): Promise<Workspace> {
      await auth.mayRelay(who, 'see_workspace', workspaceId)
      return shown(who, await known(workspaceId))
    },
    ...createManagement({ storage, channels, auth, clock, newId, choose: folders.choose, known }),
    /** Folders to choose a new workspace from. */
    async folders(who: Identity, path: string | null): Promise<Folders> {
      await auth.mayRelay(who, 'add_workspace')
      return folders.list(path)
    },
    /** Files and folders for completion, best match first; without `q` what lies at the root. */
    async tree(who: Identity, workspaceId: string, query: PathQuery): Promise<Tree> {
      await auth.mayRelay(who, 'see_workspace', workspaceId)
      return search.find((await known(workspaceId)).path, query)
    },
    async trustReport(who: Identity, workspaceId: string): Promise<TrustReport> {
      await auth.mayRelay(who, 'see_workspace', workspaceId)
      const record = await known(workspaceId)
      return { ...reportOf(record, true), trusted: trusts(record, false) }
    },
    /** The workspace's owner trusts exactly what `hash` stands for, or takes the trust back. */
    async trust(asked: Asked, workspaceId: string, { trusted, hash }: { trusted: boolean; hash?: string | null }): Promise<object> {
      const { who } = asked
      await auth.mayRelay(who, 'trust', workspaceId)
      const record = await known(workspaceId)
      const report = reportOf(record, true)
      if (trusted && !hash) throw new Refused('VALIDATION', 'hash: what is trusted has to be named')
      if (trusted && report.incomplete) throw new Refused('VALIDATION', 'the folder brings along more than can be looked at')
      if (trusted && hash !== report.hash) throw new Refused('CONFLICT', 'the folder has changed since it was looked at', { details: { hash: report.hash } })
      const row = trusted ? [report.hash, who.userId, clock.now()] : [null, null, null]
      await commitOrRefuse(channels, {
        statements: [
          { sql: 'UPDATE workspaces SET trusted_hash = ?, trusted_by = ?, trusted_at = ? WHERE id = ?', params: [...row, workspaceId], changes: 1 },
          auth.audit(who, trusted ? 'workspace.trust' : 'workspace.distrust', { workspace_id: workspaceId, path: record.path, report: trusted ? report : null }),
        ],
        events: [],
        ...asked.answering({ trusted }),
      })
      for (const tell of listeners) tell(workspaceId)
      return { trusted }
    },
    /** Whether the folder is still what was trusted. `fresh` looks at the files now, else an answer may be 5 s old. */
    async isTrusted(workspaceId: string, fresh = false): Promise<boolean> {
      const record = await get(workspaceId)
      return record !== null && trusts(record, fresh)
    },
    /** People have decided, or the files are seen to be others than those that were trusted, or those again. */
    onTrustChanged: (listener: (workspaceId: string) => void): void => void listeners.push(listener),
  }
}
