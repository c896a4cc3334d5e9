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
  /** The built-in tools on offer; null: all. */
  tools: string[] | null
  /** Steps of one answer; null: as many as it takes. */
  maxTurns: number | null
  conversationId: string | null
  held: { reason: 'person' | 'crash' | 'budget'; by: string | null } | null
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
  tools?: string[] | null
  max_turns?: number | null
  visibility?: 'workspace' | 'private' | null
}

/** What is left out stays. A new state, or `touched`, moves the session to the top of lists. */
export type SessionChange = Partial<Omit<SessionRecord, 'id' | 'workspaceId' | 'ownerName' | 'systemPrompt' | 'tools' | 'maxTurns' | 'forkedFrom' | 'createdAt' | 'updatedAt'>> & {
  touched?: boolean
}

/** The columns that hold a field as it is, or as JSON. */
const columnOf = {
  id: 'id',
  workspaceId: 'workspace_id',
  title: 'title',
  titleSource: 'title_source',
  ownerId: 'owner_id',
  visibility: 'visibility',
  state: 'state',
  activity: 'activity',
  model: 'model',
  permissionMode: 'permission_mode',
  systemPrompt: 'system_prompt',
  tools: 'tools',
  maxTurns: 'max_turns',
  conversationId: 'conversation_id',
  forkedFrom: 'forked_from',
  forkPending: 'fork_pending',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  archivedAt: 'archived_at',
  deletedAt: 'deleted_at',
} as const satisfies Record<Exclude<keyof SessionRecord, 'ownerName' | 'held'>, string>
const fields = Object.entries(columnOf) as [keyof typeof columnOf, string][]

/** What a query of sessions `s` with their owners `o` has to name. */
export const sessionColumns = `${fields.map(([field, column]) => `s.${column} AS "${field}"`).join(', ')}, o.name AS "ownerName", s.held_reason, s.held_by`
export const sessionTables = 'sessions s JOIN users o ON o.id = s.owner_id'

export type SessionDbRow = Omit<SessionRecord, 'activity' | 'tools' | 'forkPending' | 'held'> & {
  activity: string | null
  tools: string | null
  forkPending: string | null
  held_reason: 'person' | 'crash' | 'budget' | null
  held_by: string | null
}

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

export function recordOf({ held_reason: reason, held_by: by, activity, tools, forkPending, ...row }: SessionDbRow): SessionRecord {
  return { ...row, activity: parsed(activity), tools: parsed(tools), forkPending: parsed(forkPending), held: reason === null ? null : { reason, by } }
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

const stored = (value: string | number | object | null): Param => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)

/** Columns and values of what is there, in one order. */
function columnsOf(change: Partial<SessionRecord>): [string, Param][] {
  const { title, held } = change
  return [
    ...fields.flatMap(([field, column]): [string, Param][] => (change[field] === undefined ? [] : [[column, stored(change[field])]])),
    ...(title === undefined ? [] : [['title_key', searchKey(title)] as [string, Param]]),
    ...(held === undefined ? [] : ([['held_reason', held?.reason ?? null], ['held_by', held?.by ?? null]] as [string, Param][])),
  ]
}

/** The first hue is its owner's. */
export function insertStatement(record: SessionRecord): Statement {
  const columns: [string, Param][] = [...columnsOf(record), ['next_hue', 1]]
  const sql = `INSERT INTO sessions (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  return { sql, params: columns.map(([, value]) => value), changes: 1 }
}

/** The statement for a change, or null when it changes nothing; refused when the session is gone. */
export function updateStatement(sessionId: string, change: SessionChange & { updatedAt?: number }): Statement | null {
  const columns = columnsOf(change)
  if (columns.length === 0) return null
  const sets = columns.map(([name]) => `${name} = ?`).join(', ')
  return { sql: `UPDATE sessions SET ${sets} WHERE id = ?`, params: [...columns.map(([, value]) => value), sessionId], changes: 1 }
}
