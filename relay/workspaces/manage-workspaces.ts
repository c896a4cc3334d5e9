// Adding, naming and removing workspaces, and who is a member. What a workspace gives is felt and told at once.
import { basename } from 'node:path'
import { Refused, userChannel, workspaceChannel, type WorkspaceMembers } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth, Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Channels, type OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement, Storage } from '../storage/storage.ts'

type Managed = { id: string; path: string; name: string; ownerId: string | null; isDefault: boolean }

type Dependencies = {
  storage: Pick<Storage, 'query'>
  channels: Pick<Channels, 'publish'>
  auth: Auth
  clock: Pick<Clock, 'now'>
  newId: () => string
  choose(path: string, options: { create: boolean }): string
  known(workspaceId: string): Promise<Managed>
}

/** A folder that was a workspace before is one again, with its sessions; nothing of whom it belonged to is left. */
const addSql = `INSERT INTO workspaces (id, path, name, owner_id, is_default, created_at) VALUES (?, ?, ?, ?, 0, ?)
  ON CONFLICT (path) DO UPDATE SET name = excluded.name, owner_id = excluded.owner_id, trusted_hash = NULL, trusted_by = NULL, trusted_at = NULL, removed_at = NULL
  WHERE workspaces.removed_at IS NOT NULL`
const removeSql = 'UPDATE workspaces SET removed_at = ?, trusted_hash = NULL, trusted_by = NULL, trusted_at = NULL WHERE id = ? AND removed_at IS NULL AND is_default = 0'
const membersSql = `SELECT u.id, u.name, u.role, u.id = w.owner_id AS owner FROM workspaces w JOIN users u ON u.deleted_at IS NULL
  AND (u.id = w.owner_id OR EXISTS (SELECT 1 FROM workspace_members m WHERE m.workspace_id = w.id AND m.user_id = u.id))
  WHERE w.id = ? ORDER BY owner DESC, u.name_key`

const notFound = () => new Refused('NOT_FOUND', 'not found')

export function createManagement({ storage, channels, auth, clock, newId, choose, known }: Dependencies) {
  const removedListeners: ((workspaceId: string) => void)[] = []

  const told = (channel: string, workspaceId: string): OutEvent => ({ channel, type: 'workspace', data: { workspace_id: workspaceId } })

  async function admins(): Promise<string[]> {
    const rows = await storage.query<{ id: string }>("SELECT id FROM users WHERE role = 'admin' AND deleted_at IS NULL ORDER BY id")
    return rows.map(({ id }) => id)
  }

  /** Everybody sees the default one: of it nobody is a member by a row. */
  async function ownMembers(workspaceId: string): Promise<Managed> {
    const workspace = await known(workspaceId)
    if (workspace.isDefault) throw new Refused('CONFLICT', 'everybody is a member of the default workspace')
    return workspace
  }

  async function changeMember(asked: Asked, action: 'workspace.add_member' | 'workspace.remove_member', { id, path }: Managed, userId: string, statement: Statement): Promise<object> {
    const audit = auth.audit(asked.who, action, { workspace_id: id, path, user_id: userId })
    await commitOrRefuse(channels, { statements: [statement, audit], events: [told(userChannel(userId), id)], ...asked.answering({}) })
    auth.changed([userId])
    return {}
  }

  return {
    async add(asked: Asked, request: { path: string; name?: string | null; create?: boolean | null }): Promise<{ id: string }> {
      const { who } = asked
      await auth.mayRelay(who, 'add_workspace')
      const path = choose(request.path, { create: request.create ?? false })
      const [before] = await storage.query<{ id: string; removed_at: number | null }>('SELECT id, removed_at FROM workspaces WHERE path = ?', [path])
      if (before && before.removed_at === null) throw new Refused('CONFLICT', 'this folder is a workspace already', { details: { reason: 'known' } })
      const id = before?.id ?? newId()
      const add: Statement = { sql: addSql, params: [id, path, request.name || basename(path) || path, who.userId, clock.now()], changes: 1 }
      const events = (await admins()).map((userId) => told(userChannel(userId), id))
      await commitOrRefuse(channels, { statements: [add, auth.audit(who, 'workspace.add', { workspace_id: id, path })], events, ...asked.answering({ id }) })
      return { id }
    },
    async rename(asked: Asked, workspaceId: string, name: string): Promise<object> {
      await auth.mayRelay(asked.who, 'change_workspace', workspaceId)
      const { path } = await known(workspaceId)
      const rename: Statement = { sql: 'UPDATE workspaces SET name = ? WHERE id = ? AND removed_at IS NULL', params: [name, workspaceId], changes: 1 }
      const audit = auth.audit(asked.who, 'workspace.rename', { workspace_id: workspaceId, path, name })
      await commitOrRefuse(channels, { statements: [rename, audit], events: [told(workspaceChannel(workspaceId), workspaceId)], ...asked.answering({}) })
      return {}
    },
    /** Its files stay. Its sessions stay with those who are in them, who can read them and begin nothing there. */
    async remove(asked: Asked, workspaceId: string): Promise<object> {
      await auth.mayRelay(asked.who, 'change_workspace', workspaceId)
      const { isDefault, path } = await known(workspaceId)
      if (isDefault) throw new Refused('CONFLICT', 'the folder that the relay was started with stays a workspace', { details: { reason: 'default' } })
      const statements: Statement[] = [
        { sql: removeSql, params: [clock.now(), workspaceId], changes: 1 },
        { sql: 'DELETE FROM workspace_members WHERE workspace_id = ?', params: [workspaceId] },
        auth.audit(asked.who, 'workspace.remove', { workspace_id: workspaceId, path }),
      ]
      await commitOrRefuse(channels, { statements, events: [told(workspaceChannel(workspaceId), workspaceId)], ...asked.answering({}) })
      for (const tell of removedListeners) tell(workspaceId)
      return {}
    },
    async members(who: Identity, workspaceId: string): Promise<WorkspaceMembers['members']> {
      await auth.mayRelay(who, 'change_workspace', workspaceId)
      await known(workspaceId)
      const rows = await storage.query<Omit<WorkspaceMembers['members'][number], 'owner'> & { owner: number | null }>(membersSql, [workspaceId])
      return rows.map((row) => ({ ...row, owner: Number(row.owner) === 1 }))
    },
    async addMember(asked: Asked, workspaceId: string, userId: string): Promise<object> {
      await auth.mayRelay(asked.who, 'change_workspace', workspaceId)
      const workspace = await ownMembers(workspaceId)
      const [user] = await storage.query('SELECT 1 FROM users WHERE id = ? AND deleted_at IS NULL', [userId])
      if (!user) throw notFound()
      const add = { sql: 'INSERT INTO workspace_members (workspace_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING', params: [workspaceId, userId] }
      return changeMember(asked, 'workspace.add_member', workspace, userId, add)
    },
    async removeMember(asked: Asked, workspaceId: string, userId: string): Promise<object> {
      await auth.mayRelay(asked.who, 'change_workspace', workspaceId)
      const workspace = await ownMembers(workspaceId)
      const [member] = await storage.query('SELECT 1 FROM workspace_members WHERE workspace_id = ? AND user_id = ?', [workspaceId, userId])
      if (!member) throw notFound()
      const remove = { sql: 'DELETE FROM workspace_members WHERE workspace_id = ? AND user_id = ?', params: [workspaceId, userId], changes: 1 }
      return changeMember(asked, 'workspace.remove_member', workspace, userId, remove)
    },
    /** Called right after the commit that removed it. */
    onRemoved: (listener: (workspaceId: string) => void): void => void removedListeners.push(listener),
  }
}
