// A session as its row holds it, what may be changed of it, and what lists show of it.
import type { PermissionMode, Session } from '#protocol'
import type { Param, Statement } from '../storage/storage.ts'

/** The conversation that a fork branches from when its process starts for the first time. */
export type ForkPending = {
  session_id: string
  conversation_id: string | null
  /** The last execution that was copied; null when none was. */
  execution_id: string | null
  /** Nothing of the conversation follows the copied part. */
  whole: boolean
}

export type SessionRecord = {
  id: string
  workspaceId: string
  /** Empty until a person or the first prompt gives one. */
  title: string
  titleSource: 'prompt' | 'person'
  ownerId: string
  ownerName: string
  visibility: 'workspace' | 'private'
  state: Session['state']
  activity: NonNullable<Session['activity']> | null
  model: string | null
  permissionMode: PermissionMode
  systemPrompt: string | null
  conversationId: string | null
  held: { reason: 'person' | 'crash'; by: string | null } | null
  forkedFrom: string | null
  forkPending: ForkPending | null
  createdAt: number
  updatedAt: number
  archivedAt: number | null
  /** Since when it is in the trash. */
  deletedAt: number | null
}

export type NewSession = {
  workspace_id?: string | null
  title?: string | null
  model?: string | null
  permission_mode?: PermissionMode | null
  system_prompt?: string | null
  visibility?: 'workspace' | 'private' | null
}

/** What is left out stays. A new state, or `touched`, moves the session to the top of lists. */
export type SessionChange = Partial<
  Pick<
    SessionRecord,
    | 'title'
    | 'titleSource'
    | 'ownerId'
    | 'visibility'
    | 'state'
    | 'activity'
    | 'model'
    | 'permissionMode'
    | 'conversationId'
    | 'held'
    | 'forkPending'
    | 'archivedAt'
    | 'deletedAt'
  >
> & { touched?: boolean }

/** What a query of sessions `s` with their owners `o` has to name. */
export const sessionColumns = `s.id, s.workspace_id, s.title, s.title_source, s.owner_id, o.name AS owner_name, s.visibility, s.state, s.activity,
  s.model, s.permission_mode, s.system_prompt, s.conversation_id, s.held_reason, s.held_by, s.forked_from, s.fork_pending,
  s.created_at, s.updated_at, s.archived_at, s.deleted_at`
export const sessionTables = 'sessions s JOIN users o ON o.id = s.owner_id'

export type SessionDbRow = {
  id: string
  workspace_id: string
  title: string
  title_source: 'prompt' | 'person'
  owner_id: string
  owner_name: string
  visibility: 'workspace' | 'private'
  state: Session['state']
  activity: string | null
  model: string | null
  permission_mode: PermissionMode
  system_prompt: string | null
  conversation_id: string | null
  held_reason: 'person' | 'crash' | null
  held_by: string | null
  forked_from: string | null
  fork_pending: string | null
  created_at: number
  updated_at: number
  archived_at: number | null
  deleted_at: number | null
}

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))
const number = (value: number | null) => (value === null ? null : Number(value))

export function recordOf(row: SessionDbRow): SessionRecord {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    title: row.title,
    titleSource: row.title_source,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    visibility: row.visibility,
    state: row.state,
    activity: parsed(row.activity),
    model: row.model,
    permissionMode: row.permission_mode,
    systemPrompt: row.system_prompt,
    conversationId: row.conversation_id,
    held: row.held_reason === null ? null : { reason: row.held_reason, by: row.held_by },
    forkedFrom: row.forked_from,
    forkPending: parsed(row.fork_pending),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    archivedAt: number(row.archived_at),
    deletedAt: number(row.deleted_at),
  }
}

/** The part that lists show; a `session` event carries exactly this. */
export function listFields(record: SessionRecord, trusted: boolean): Session {
  return {
    session_id: record.id,
    workspace_id: record.workspaceId,
    title: record.title,
    owner_id: record.ownerId,
    owner_name: record.ownerName,
    visibility: record.visibility,
    state: record.state,
    model: record.model,
    permission_mode: record.permissionMode,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    archived: record.archivedAt !== null,
    trusted,
    activity: record.activity,
    forked_from: record.forkedFrom,
  }
}

/** One spelling for what looks alike, so that Hangul typed on a Mac finds Hangul typed elsewhere. */
export const searchKey = (text: string) => text.normalize('NFKC').toLowerCase()

const json = (value: object | null) => (value === null ? null : JSON.stringify(value))

/** Columns and values of a change, in one order. */
function columnsOf(change: SessionChange): [string, Param][] {
  const columns: [string, Param | undefined][] = [
    ['title', change.title],
    ['title_key', change.title === undefined ? undefined : searchKey(change.title)],
    ['title_source', change.titleSource],
    ['owner_id', change.ownerId],
    ['visibility', change.visibility],
    ['state', change.state],
    ['activity', change.activity === undefined ? undefined : json(change.activity)],
    ['model', change.model],
    ['permission_mode', change.permissionMode],
    ['conversation_id', change.conversationId],
    ['held_reason', change.held === undefined ? undefined : (change.held?.reason ?? null)],
    ['held_by', change.held === undefined ? undefined : (change.held?.by ?? null)],
    ['fork_pending', change.forkPending === undefined ? undefined : json(change.forkPending)],
    ['archived_at', change.archivedAt],
    ['deleted_at', change.deletedAt],
  ]
  return columns.filter((each): each is [string, Param] => each[1] !== undefined)
}

/** The statement for a change, or null when it changes nothing; refused when the session is gone. */
export function updateStatement(sessionId: string, change: SessionChange, updatedAt: number | null): Statement | null {
  const columns = columnsOf(change)
  if (updatedAt !== null) columns.push(['updated_at', updatedAt])
  if (columns.length === 0) return null
  const sets = columns.map(([name]) => `${name} = ?`).join(', ')
  return { sql: `UPDATE sessions SET ${sets} WHERE id = ?`, params: [...columns.map(([, value]) => value), sessionId], changes: 1 }
}
