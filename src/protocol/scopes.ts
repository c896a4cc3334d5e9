// What an API token may be made for, as data: the scope that each action, message and route needs. What names none is closed to API tokens.
import * as z from 'zod/mini'
import type { CommandMessage, FromBrowser, FromBrowserType, QueueUpdate } from './from-browser.ts'
import type { RelayAction, SessionAction } from './roles.ts'

export const SCOPES = ['read', 'run', 'files', 'approve', 'metrics', 'admin'] as const
export const scope = z.enum(SCOPES)
export type Scope = z.infer<typeof scope>

/** Of an action on a session. null: no API token may, whatever its scopes. */
export const SESSION_SCOPES: Readonly<Record<SessionAction, Scope | null>> = {
  read: 'read',
  see_roster: 'read',
  export: 'read',
  read_logs: 'read',
  see_usage: 'read',
  be_present: 'read',
  download: 'files',
  upload: 'files',
  share_file: 'files',
  delete_file: 'files',
  type: 'run',
  note: 'run',
  prompt: 'run',
  steer: 'run',
  queue_move: 'run',
  queue_edit: 'run',
  queue_cancel: 'run',
  webhook: 'read',
  queue_send_now: 'run',
  interrupt: 'run',
  continue: 'run',
  set_model: 'run',
  compact: 'run',
  rename: 'run',
  stop_process: 'run',
  clear: 'run',
  rewind: 'run',
  archive: 'run',
  delete: 'run',
  fork: 'run',
  answer: 'approve',
  // A mode says what Claude does without asking: choosing one is answering ahead of time.
  set_mode: 'approve',
  set_open_mode: 'approve',
  // Who may come in could answer in the place of the token.
  invite: 'admin',
  remove: 'admin',
  set_role: 'admin',
  links: 'admin',
  read_audit: 'admin',
  set_visibility: 'admin',
}

/** Of coming into a session as somebody who was not in it: whoever only reads leaves no trace in its roster. */
export const ENTERING_SCOPE: Scope = 'run'

/** Of erasing a session, which nothing brings back: whoever deletes one with `run` puts it into the trash. */
export const ERASING_SCOPE: Scope = 'admin'

/** Of an action on the relay or a workspace. */
export const RELAY_SCOPES: Readonly<Record<RelayAction, Scope | null>> = {
  create_session: 'run',
  see_workspace: 'read',
  // Somebody has to have looked at what the folder would run.
  trust: null,
  answer_always: 'approve',
  change_workspace: 'admin',
  add_workspace: 'admin',
  manage_users: 'admin',
  see_stats: 'metrics',
  stop_any_process: 'admin',
  see_audit: 'admin',
  watch_system: 'metrics',
}

/** Everybody who is somebody may say these: they neither tell nor change anything. */
type Free = 'auth' | 'ping'
type ByPart = 'command' | 'queue_update'
type Needs = { session: SessionAction } | { relay: RelayAction }

/** The action that a message is, for scopes; what it asks for besides is decided where it is done. */
const MESSAGE_ACTIONS: Readonly<Record<Exclude<FromBrowserType, Free | ByPart>, Needs>> = {
  subscribe: { session: 'read' },
  unsubscribe: { session: 'read' },
  join_collaboration: { session: 'read' },
  leave_collaboration: { session: 'read' },
  create_session: { relay: 'create_session' },
  claude_message: { session: 'prompt' },
  permission_response: { session: 'answer' },
  invite_user: { session: 'invite' },
  remove_user: { session: 'remove' },
  set_role: { session: 'set_role' },
  cursor_update: { session: 'type' },
  typing: { session: 'type' },
  upload_start: { session: 'upload' },
  upload_chunk: { session: 'upload' },
  file_upload: { session: 'upload' },
  share_file: { session: 'share_file' },
  delete_file: { session: 'delete_file' },
}
const COMMAND_ACTIONS: Readonly<Record<CommandMessage['command'], Needs>> = {
  interrupt: { session: 'interrupt' },
  hold: { session: 'continue' },
  continue: { session: 'continue' },
  clear: { session: 'clear' },
  compact: { session: 'compact' },
  rewind: { session: 'rewind' },
  set_model: { session: 'set_model' },
  set_permission_mode: { session: 'set_mode' },
  set_visibility: { session: 'set_visibility' },
  rename: { session: 'rename' },
  fork: { session: 'fork' },
  stop_process: { session: 'stop_process' },
  note: { session: 'note' },
  trust: { relay: 'trust' },
}
const QUEUE_ACTIONS: Readonly<Record<QueueUpdate['action'], Needs>> = {
  move: { session: 'queue_move' },
  edit: { session: 'queue_edit' },
  cancel: { session: 'queue_cancel' },
  send_now: { session: 'queue_send_now' },
}

export const scopeOfNeeds = (needs: Needs): Scope | null => ('session' in needs ? SESSION_SCOPES[needs.session] : RELAY_SCOPES[needs.relay])

/** The scope that a message needs; 'free' for what needs none. */
export function scopeOfMessage(message: Pick<FromBrowser, 'type' | 'data'>): Scope | 'free' | null {
  const { type, data } = message as FromBrowser
  if (type === 'auth' || type === 'ping') return 'free'
  if (type === 'command') return scopeOfNeeds(COMMAND_ACTIONS[data.command])
  if (type === 'queue_update') return scopeOfNeeds(QUEUE_ACTIONS[data.action])
  return scopeOfNeeds(MESSAGE_ACTIONS[type])
}

/** `scopes` null: not an API token, so its role alone decides. */
export const covers = (scopes: readonly Scope[] | null, needed: Scope | null): boolean => scopes === null || (needed !== null && scopes.includes(needed))
