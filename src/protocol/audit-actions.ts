// What the audit knows of: each change that a person makes has its name here, and a sentence where people read it.

type OfSignIn = 'sign_in' | 'sign_in_failed' | 'sign_out' | 'refresh_reused' | 'sign_in_ended' | 'sign_ins_ended' | 'password_changed' | 'password_change_failed'
type OfPeople = 'user_added' | 'user_removed' | 'user_renamed' | 'role_set' | 'sign_in_reset' | 'password_set'
type OfTokens = 'api_token_made' | 'api_token_revoked' | 'token_made' | 'device_link_made' | 'session.link' | 'session.link_end'
type OfSessions =
  | 'permission.answer'
  | `session.${'delete' | 'purge' | 'restore' | 'change' | 'rename' | 'permission_mode' | 'fork' | 'import' | 'stop_process' | 'clear' | 'rewind'}`
  | `session.${'read' | 'invite' | 'set_role' | 'remove_person' | 'hand_over' | 'join_as_admin' | 'act_as_admin'}`
  | `file.${'delete' | 'share'}`
type OfWorkspaces = `workspace.${'trust' | 'distrust' | 'add' | 'rename' | 'remove' | 'add_member' | 'remove_member'}`
type OfRelay = 'budget.set' | 'budget.delete' | `webhook.${'add' | 'retry' | 'stop'}` | 'process.stop' | `relay.${'backup' | 'restore'}`

export type AuditAction = OfSignIn | OfPeople | OfTokens | OfSessions | OfWorkspaces | OfRelay
