// How a session begins: its row, its owner as the first participant, and what people are told of it.
import { covers, LIMITS, Refused, SESSION_SCOPES, type PermissionMode } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Part } from '../channels/channels.ts'
import { refuseOpenMode } from './open-modes.ts'
import { joined } from './participants.ts'
import type { SessionParts } from './session-parts.ts'
import { insertStatement, type NewSession, type SessionRecord } from './session-record.ts'

const insertOwnerSql = "INSERT INTO participants (session_id, user_id, role, hue, joined_at) VALUES (?, ?, 'owner', 0, ?)"

/** Modes in which Claude does nothing unasked that another session would not. */
const asking: readonly PermissionMode[] = ['default', 'plan']

export type BeginSession = ReturnType<typeof createBeginSession>

type Beginning = SessionParts & {
  standardWorkspace(): Promise<{ id: string }>
  /** Whether modes in which Claude asks nobody may be chosen at all. */
  allowBypass: boolean
}

export function createBeginSession({ auth, news, clock, newId, standardWorkspace, allowBypass }: Beginning) {
  /** The record of a session of the asker's that is not there yet. Refuses what they may not begin. */
  async function draft(who: Identity, request: NewSession): Promise<SessionRecord> {
    const workspaceId = request.workspace_id || (await standardWorkspace()).id
    await auth.mayRelay(who, 'create_session', workspaceId)
    const mode: PermissionMode = request.permission_mode ?? 'default'
    refuseOpenMode(mode, allowBypass)
    if (!asking.includes(mode) && !covers(who.scopes, SESSION_SCOPES.set_mode)) throw new Refused('FORBIDDEN', `this token may not choose the mode ${mode}`, { details: { reason: 'scope', scope: SESSION_SCOPES.set_mode } })
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
      tools: request.tools ?? null,
      maxTurns: request.max_turns ?? null,
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

  return {
    draft,
    async begin(record: SessionRecord): Promise<Part> {
      const { id, ownerId, ownerName, createdAt } = record
      const owner = joined(id, { userId: ownerId, name: ownerName, globalRole: 'user', role: 'owner', hue: 0, joinedAt: createdAt })
      const statements = [insertStatement(record), { sql: insertOwnerSql, params: [id, ownerId, createdAt], changes: 1 }]
      return { statements, events: [...(await news.began(record)), owner] }
    },
  }
}
