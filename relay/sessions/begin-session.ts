// How a session begins: its row, its owner as the first participant, and what people are told of it.
import { LIMITS, OPEN_MODES, Refused, sessionChannel, type PermissionMode } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Identity } from '../auth/identity.ts'
import type { OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement } from '../storage/storage.ts'
import type { SessionNews } from './session-news.ts'
import { type NewSession, searchKey, type SessionRecord } from './session-record.ts'

/** Statements and events for somebody's commit: all of them go into one publication, or none. */
export type Part = { statements: Statement[]; events: OutEvent[] }

const insertSql = `INSERT INTO sessions (id, workspace_id, title, title_key, title_source, owner_id, visibility, state, model, permission_mode,
  system_prompt, next_hue, forked_from, fork_pending, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'idle', ?, ?, ?, 1, ?, ?, ?, ?)`
const insertOwnerSql = "INSERT INTO participants (session_id, user_id, role, hue, joined_at) VALUES (?, ?, 'owner', 0, ?)"

export type BeginSession = ReturnType<typeof createBeginSession>

type Dependencies = {
  auth: Auth
  news: SessionNews
  clock: Clock
  newId: () => string
  standardWorkspace: () => Promise<{ id: string }>
  allowBypass: boolean
}

export function createBeginSession({ auth, news, clock, newId, standardWorkspace, allowBypass }: Dependencies) {
  /** The record of a session of the asker's that is not there yet. Refuses what they may not begin. */
  async function draft(who: Identity, request: NewSession): Promise<SessionRecord> {
    const workspaceId = request.workspace_id || (await standardWorkspace()).id
    await auth.mayRelay(who, 'create_session', workspaceId)
    const mode: PermissionMode = request.permission_mode ?? 'default'
    if ((OPEN_MODES as readonly string[]).includes(mode) && !allowBypass) throw new Refused('FORBIDDEN', `this relay does not allow the mode ${mode}`)
    const now = clock.now()
    const title = request.title?.trim().slice(0, LIMITS.titleChars) ?? ''
    return {
      id: newId(),
      workspaceId,
      title,
      titleSource: title === '' ? 'prompt' : 'person',
      ownerId: who.userId,
      ownerName: who.name,
      visibility: request.visibility ?? 'workspace',
      state: 'idle',
      activity: null,
      model: request.model ?? null,
      permissionMode: mode,
      systemPrompt: request.system_prompt || null,
      conversationId: null,
      held: null,
      forkedFrom: null,
      forkPending: null,
      createdAt: now,
      updatedAt: now,
      archivedAt: null,
      deletedAt: null,
    }
  }

  function insert(record: SessionRecord): Statement[] {
    const { id, ownerId, createdAt } = record
    const pending = record.forkPending === null ? null : JSON.stringify(record.forkPending)
    return [
      {
        sql: insertSql,
        params: [
          id,
          record.workspaceId,
          record.title,
          searchKey(record.title),
          record.titleSource,
          ownerId,
          record.visibility,
          record.model,
          record.permissionMode,
          record.systemPrompt,
          record.forkedFrom,
          pending,
          createdAt,
          record.updatedAt,
        ],
        changes: 1,
      },
      { sql: insertOwnerSql, params: [id, ownerId, createdAt], changes: 1 },
    ]
  }

  return {
    draft,
    async begin(record: SessionRecord): Promise<Part> {
      const { id, ownerId, ownerName, createdAt } = record
      const owner = { session_id: id, user_id: ownerId, username: ownerName, role: 'owner', hue: 0, joined_at: createdAt }
      const joined: OutEvent = { channel: sessionChannel(id), type: 'participant_joined', data: owner }
      return { statements: insert(record), events: [...(await news.began(record)), joined] }
    },
  }
}
