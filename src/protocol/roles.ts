// Who may do what, as data: the relay decides by it, the browser hides by it, the gate test is generated from it.
import type { GlobalRole, SessionRole } from './ids.ts'

/** Someone's standing towards one session. `link` is a reader by share link; null may not know that it exists. */
export type Standing = SessionRole | 'link'

/** `own` = only what one wrote or uploaded oneself. */
type Grant = 'yes' | 'own' | 'no'
type Row = Record<Standing, Grant>

const row = (owner: Grant, collaborator: Grant, viewer: Grant, link: Grant): Row => ({ owner, collaborator, viewer, link })
const everyone = row('yes', 'yes', 'yes', 'yes')
const members = row('yes', 'yes', 'yes', 'no')
const workers = row('yes', 'yes', 'no', 'no')
const owners = row('yes', 'no', 'no', 'no')

export const SESSION_ACTIONS = {
  read: everyone,
  see_roster: members,
  export: members,
  download: members,
  read_logs: members,
  be_present: members,
  type: workers,
  note: workers,
  prompt: workers,
  upload: workers,
  steer: workers,
  queue_move: workers,
  queue_edit: row('own', 'own', 'no', 'no'),
  queue_cancel: row('yes', 'own', 'no', 'no'),
  queue_send_now: row('yes', 'own', 'no', 'no'),
  /** What receivers of its webhooks were told, and telling them again. */
  webhook: row('yes', 'own', 'no', 'no'),
  interrupt: workers,
  continue: workers,
  answer: workers,
  set_model: workers,
  set_mode: workers,
  set_open_mode: owners,
  compact: workers,
  rename: workers,
  stop_process: owners,
  clear: owners,
  rewind: workers,
  archive: owners,
  delete: owners,
  invite: owners,
  remove: owners,
  set_role: owners,
  links: owners,
  set_visibility: owners,
  fork: members,
  share_file: workers,
  read_audit: owners,
  delete_file: row('yes', 'own', 'no', 'no'),
  see_usage: workers,
} as const satisfies Record<string, Row>
export type SessionAction = keyof typeof SESSION_ACTIONS

/** Actions on the relay as a whole or on a workspace. `workspace_owner`: admins own the default workspace. */
export const RELAY_ACTIONS = {
  create_session: 'workspace_member',
  see_workspace: 'workspace_member',
  trust: 'workspace_owner',
  change_workspace: 'workspace_owner',
  answer_always: 'workspace_owner',
  add_workspace: 'admin',
  manage_users: 'admin',
  see_stats: 'admin',
  stop_any_process: 'admin',
  see_audit: 'admin',
  watch_system: 'admin',
} as const
export type RelayAction = keyof typeof RELAY_ACTIONS

/** Modes in which Claude asks nobody: owners only, and only where the relay allows them at all. */
export const OPEN_MODES = ['bypassPermissions', 'auto', 'dontAsk'] as const

/** The role that counts: a global viewer is a viewer everywhere, an admin an owner everywhere. */
export function effectiveRole(granted: SessionRole | null, global: GlobalRole): SessionRole | null {
  if (global === 'admin') return 'owner'
  if (granted === null) return null
  return global === 'viewer' ? 'viewer' : granted
}

/** Decides one action. `own`: whether the thing acted upon is the asker's own. */
export function allows(action: SessionAction, standing: Standing | null, own = false): boolean {
  if (standing === null) return false
  const grant = SESSION_ACTIONS[action][standing]
  return grant === 'yes' || (grant === 'own' && own)
}
