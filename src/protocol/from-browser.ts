// Everything a browser (or a script) may say to the relay, by type.
import * as z from 'zod/mini'
import { position } from './channels.ts'
import { entityId, modelName, optional, optionalId, permissionMode, sessionRole, visibility } from './ids.ts'
import { LIMITS } from './limits.ts'
import { sessionTitle } from './plain-line.ts'
import { isShallow } from './shallow.ts'
import { caretPosition, caretSelection } from './signals.ts'

const prompt = z.string().check(z.minLength(1), z.maxLength(LIMITS.promptChars))
const fileIds = z.array(entityId).check(z.maxLength(LIMITS.attachments))
const none = z.object({})
const session = { session_id: entityId }

export const createSession = z.object({
  workspace_id: optionalId,
  title: optional(sessionTitle),
  model: optional(modelName),
  permission_mode: optional(permissionMode),
  system_prompt: optional(z.string().check(z.maxLength(32 * 1024))),
  visibility: optional(visibility),
})

export const claudeMessage = z.object({
  session_id: optionalId,
  content: prompt,
  stream: optional(z.boolean()),
  attachments: optional(fileIds),
  mode: optional(z.enum(['queue', 'steer'])),
})

const command = <N extends string, A extends z.core.$ZodType>(name: N, args: A) => z.object({ ...session, command: z.literal(name), args })
const bare = <N extends string>(name: N) => z.object({ ...session, command: z.literal(name), args: optional(none) })

export const commandMessage = z.discriminatedUnion('command', [
  command('interrupt', z.object({ execution_id: entityId })),
  bare('hold'),
  bare('continue'),
  bare('clear'),
  bare('compact'),
  command('rewind', z.object({ message_id: z.string(), content: optional(prompt), attachments: optional(fileIds) })),
  command('set_model', z.object({ model: modelName })),
  command('set_permission_mode', z.object({ permission_mode: permissionMode })),
  command('set_visibility', z.object({ visibility })),
  command('rename', z.object({ title: sessionTitle })),
  command('fork', z.object({ at_seq: optional(z.int().check(z.positive())), title: optional(sessionTitle) })),
  bare('stop_process'),
  command('note', z.object({ content: z.string().check(z.minLength(1), z.maxLength(LIMITS.noteChars)) })),
  command('trust', z.object({ trusted: z.boolean(), hash: optional(z.string()) })),
])

/** What a tool is given comes from people as it is, and is walked through more than once on its way. */
const shallow = z.record(z.string(), z.unknown()).check(z.refine((value) => isShallow(value, LIMITS.inputDepth), `nested deeper than ${LIMITS.inputDepth} levels`))

export const permissionResponse = z.object({
  session_id: optionalId,
  request_id: entityId,
  behavior: z.enum(['allow', 'deny']),
  scope: optional(z.enum(['once', 'session', 'always'])),
  message: optional(z.string().check(z.maxLength(LIMITS.noteChars))),
  updated_input: optional(shallow),
  answers: optional(shallow),
  rule: optional(z.object({ tool: z.string(), content: optional(z.string()) })),
})

const queued = <N extends string>(action: N) => ({ ...session, message_id: z.string(), action: z.literal(action) })
export const queueUpdate = z.discriminatedUnion('action', [
  z.object({ ...queued('move'), before: optional(z.string()) }),
  z.object({ ...queued('edit'), content: prompt, attachments: optional(fileIds) }),
  z.object(queued('cancel')),
  z.object(queued('send_now')),
])

export const fileUpload = z.object({
  session_id: optionalId,
  filename: z.string().check(z.minLength(1), z.maxLength(255)),
  content_type: z.string().check(z.maxLength(255)),
  size: z.int().check(z.nonnegative(), z.maximum(LIMITS.uploadInMessageBytes)),
  data: z.string(),
})

const uploadStart = z.object({
  file_id: entityId,
  session_id: optionalId,
  filename: fileUpload.shape.filename,
  folder: optional(z.string().check(z.maxLength(1024))),
  content_type: fileUpload.shape.content_type,
  size: z.int().check(z.nonnegative()),
  total_chunks: z.int().check(z.nonnegative()),
})
const uploadChunk = z.object({
  file_id: entityId,
  chunk_index: z.int().check(z.nonnegative()),
  data: z.string().check(z.minLength(4), z.maxLength(Math.ceil(LIMITS.chunkBytes / 3) * 4)),
  is_last: z.boolean(),
})
export const shareFile = z.object({ file_id: entityId, target_session_id: entityId })

/** The schema of `data` for every message type a browser may send. */
export const FROM_BROWSER = {
  auth: z.object({ token: z.string().check(z.maxLength(16 * 1024)) }),
  ping: none,
  subscribe: z.object({ position: optional(position), history: optional(z.int().check(z.minimum(0), z.maximum(LIMITS.historyEvents))) }),
  unsubscribe: none,
  create_session: createSession,
  claude_message: claudeMessage,
  command: commandMessage,
  permission_response: permissionResponse,
  queue_update: queueUpdate,
  join_collaboration: z.object({ ...session, position: optional(position), history: optional(z.int().check(z.minimum(0), z.maximum(LIMITS.historyEvents))) }),
  leave_collaboration: z.object(session),
  invite_user: z.object({ ...session, target_user_id: entityId, role: optional(sessionRole) }),
  remove_user: z.object({ ...session, target_user_id: entityId }),
  set_role: z.object({ ...session, target_user_id: entityId, role: sessionRole }),
  cursor_update: z.object({ ...session, path: optional(z.string().check(z.maxLength(4096))), position: caretPosition, selection: optional(caretSelection) }),
  typing: z.object(session),
  upload_start: uploadStart,
  upload_chunk: uploadChunk,
  file_upload: fileUpload,
  share_file: shareFile,
  delete_file: z.object({ file_id: entityId }),
} as const

export type FromBrowserType = keyof typeof FROM_BROWSER

/** These need a `channel` beside `data`. */
export const WITH_CHANNEL: readonly FromBrowserType[] = ['subscribe', 'unsubscribe']

/** These change something: their answer is kept for seven days under (user, id). `interrupt` is the one command that is not. */
export const IDEMPOTENT: readonly FromBrowserType[] = [
  'create_session',
  'claude_message',
  'command',
  'permission_response',
  'queue_update',
  'invite_user',
  'remove_user',
  'set_role',
  'upload_start',
  'file_upload',
  'share_file',
  'delete_file',
]

export type DataFromBrowser = { [T in FromBrowserType]: z.infer<(typeof FROM_BROWSER)[T]> }
export type FromBrowser = {
  [T in FromBrowserType]: { type: T; id: string | null; channel: string | null; data: DataFromBrowser[T] }
}[FromBrowserType]
export type ClaudeMessage = DataFromBrowser['claude_message']
export type CommandMessage = DataFromBrowser['command']
export type PermissionResponse = DataFromBrowser['permission_response']
export type QueueUpdate = DataFromBrowser['queue_update']
