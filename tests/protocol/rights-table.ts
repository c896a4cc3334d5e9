// The contract's table of who may do what, written down a second time and apart from the code: a weaker rule in roles.ts is seen here.
import type { RelayAction, SessionAction } from '#protocol'

type Mark = 'yes' | 'own' | 'no'
/** Of: owner, collaborator, viewer, reader by link. */
type Marks = readonly [Mark, Mark, Mark, Mark]

const all: Marks = ['yes', 'yes', 'yes', 'yes']
const noLink: Marks = ['yes', 'yes', 'yes', 'no']
const workers: Marks = ['yes', 'yes', 'no', 'no']
const owners: Marks = ['yes', 'no', 'no', 'no']

/** The line of the contract → the actions that it speaks of. */
export const RIGHTS: readonly { line: string; marks: Marks; actions: readonly SessionAction[] }[] = [
  { line: 'timeline, deltas, queue', marks: all, actions: ['read'] },
  { line: 'roster', marks: noLink, actions: ['see_roster'] },
  { line: 'export, download, logs, presence, follow, unread', marks: noLink, actions: ['export', 'download', 'read_logs', 'be_present'] },
  { line: 'typing, carets, notes, review comments, prompt, attach, upload, steer own', marks: workers, actions: ['type', 'note', 'prompt', 'upload', 'steer'] },
  { line: 'queue: move', marks: workers, actions: ['queue_move'] },
  { line: 'queue: edit', marks: ['own', 'own', 'no', 'no'], actions: ['queue_edit'] },
  { line: 'queue: cancel, send_now', marks: ['yes', 'own', 'no', 'no'], actions: ['queue_cancel', 'queue_send_now'] },
  { line: 'webhooks of an execution', marks: ['yes', 'own', 'no', 'no'], actions: ['webhook'] },
  { line: 'interrupt, continue', marks: workers, actions: ['interrupt', 'continue'] },
  { line: 'answer permission, question, plan: once, session, deny, edit input', marks: workers, actions: ['answer'] },
  { line: 'set_model, compact, rename, modes default, plan, acceptEdits', marks: workers, actions: ['set_model', 'compact', 'rename', 'set_mode'] },
  { line: 'modes bypassPermissions, auto, dontAsk', marks: owners, actions: ['set_open_mode'] },
  { line: 'stop_process, clear, archive, delete, invite, remove, set_role, links, visibility', marks: owners, actions: ['stop_process', 'clear', 'archive', 'delete', 'invite', 'remove', 'set_role', 'links', 'set_visibility'] },
  { line: 'fork', marks: noLink, actions: ['fork'] },
  { line: 'edit files, stage, revert, commit, restore', marks: workers, actions: ['rewind'] },
  { line: 'share a file', marks: workers, actions: ['share_file'] },
  { line: 'audit of the session', marks: owners, actions: ['read_audit'] },
  { line: 'usage of the session', marks: workers, actions: ['see_usage'] },
  { line: 'delete a file', marks: ['yes', 'own', 'no', 'no'], actions: ['delete_file'] },
]

/** What is of the relay or of a workspace as a whole. */
export const RELAY_RIGHTS: Record<RelayAction, 'admin' | 'workspace_owner' | 'workspace_member'> = {
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
}

const standings = ['owner', 'collaborator', 'viewer', 'link'] as const
export function markOf(action: SessionAction, standing: (typeof standings)[number]): Mark {
  const row = RIGHTS.find(({ actions }) => actions.includes(action))
  if (!row) throw new Error(`the contract's table says nothing of ${action}`)
  return row.marks[standings.indexOf(standing)]!
}
