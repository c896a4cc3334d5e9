// The data of kept events: what happened around a session, and the table of all of them. Read by relay and browser alike.
import * as z from 'zod/mini'
import { entityId, globalRole, optional, permissionMode, sessionRole, timestamp, visibility } from './ids.ts'
import { block, log, message, permissionRequest, permissionRequestShort, permissionResolved, progress, queue, task } from './turn-events.ts'

export * from './turn-events.ts'

const text = z.string()
const count = z.number()

/** What a list shows of a session. `state: waiting` = a permission, question or plan is open. */
export const session = z.object({
  session_id: entityId,
  workspace_id: entityId,
  title: text,
  owner_id: entityId,
  owner_name: text,
  visibility,
  state: z.enum(['idle', 'running', 'waiting', 'stalled', 'failed', 'held']),
  model: optional(text),
  permission_mode: permissionMode,
  created_at: timestamp,
  updated_at: timestamp,
  archived: z.boolean(),
  trusted: z.boolean(),
  activity: optional(z.object({ tool: optional(text), waiting_for: optional(text), since: timestamp, error: optional(text), cost_usd: optional(count), interrupted: optional(z.boolean()) })),
  forked_from: optional(entityId),
})

/** A member of the roster. Told again when the role changes. `hue` is the order of joining, from 0: the page colours people by their id, and of two with one colour in a session the later by the next that is free. */
export const participant = z.object({
  session_id: entityId,
  user_id: entityId,
  username: text,
  role: sessionRole,
  hue: z.int(),
  joined_at: timestamp,
})
export const participantLeft = z.object({ session_id: entityId, user_id: entityId, username: text, removed_by: optional(entityId) })

export const fileUploaded = z.object({
  file_id: entityId,
  session_id: optional(entityId),
  filename: text,
  /** Where it lay in a folder that was dropped: a relative path, `/` between its parts. */
  folder: optional(text),
  content_type: text,
  size: count,
  user_id: entityId,
  username: optional(text),
  created_at: optional(timestamp),
})
/** It came from another session, or from the files of `user_id`, and is a file of its own here: from where is not told. */
export const fileShared = fileUploaded
export const fileDeleted = z.object({ file_id: entityId, session_id: optional(entityId), user_id: entityId })

export const sessionCreated = z.object({ session_id: entityId, workspace_id: entityId, title: text, owner: z.object({ id: entityId, name: text }) })
/** `user_id`, `username`: who wrote it. */
export const mention = z.object({ session_id: entityId, message_id: text, user_id: entityId, username: optional(text) })
export const finished = z.object({ session_id: entityId, execution_id: entityId, status: task.shape.status })

/** How the relay stands, by the codes of `/readyz`. `started_at`: which start of it. */
export const relayStatus = z.object({ status: z.enum(['ready', 'not_ready']), reasons: z.array(text), warnings: z.array(text), started_at: timestamp })

/** Something about a workspace is other than it was; who may see it asks. */
export const workspaceChanged = z.object({ workspace_id: entityId })

export const userCard = z.object({ id: entityId, name: text, role: globalRole })

/** Kept events by type. `permission_request` in `user:` carries the short form. */
export const KEPT = {
  message,
  claude_response: block,
  thinking: block,
  progress,
  permission_request: z.union([permissionRequest, permissionRequestShort]),
  permission_resolved: permissionResolved,
  task,
  log,
  queue,
  session,
  participant_joined: participant,
  participant_left: participantLeft,
  file_uploaded: fileUploaded,
  file_shared: fileShared,
  file_deleted: fileDeleted,
  session_created: sessionCreated,
  mention,
  finished,
  workspace: workspaceChanged,
  status: relayStatus,
} as const
export type KeptType = keyof typeof KEPT

export type Session = z.infer<typeof session>
export type RelayStatus = z.infer<typeof relayStatus>
export type Participant = z.infer<typeof participant>
export type FileUploaded = z.infer<typeof fileUploaded>
export type UserCard = z.infer<typeof userCard>
