// A session as its row holds it, what may be changed of it, and what lists are told of it.
import type { PermissionMode, Session } from '#protocol'

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
    'title' | 'titleSource' | 'ownerId' | 'visibility' | 'state' | 'activity' | 'model' | 'permissionMode' | 'conversationId' | 'held' | 'forkPending' | 'archivedAt'
  >
> & { touched?: boolean }
