// What the audit knows of, by kind, and the sentence for each: what an older or a newer relay wrote is shown by its name.
import type { AuditAction } from '#protocol'
import type words from '../../i18n/en/accounts.ts'

type Sentence = Exclude<keyof (typeof words)['audit']['say'], 'other'>

export const AUDIT_KINDS = {
  signIn: { sign_in: 'sign_in', sign_in_failed: 'sign_in_failed', sign_out: 'sign_out', refresh_reused: 'refresh_reused', sign_in_ended: 'sign_in_ended', sign_ins_ended: 'sign_ins_ended', password_changed: 'password_changed', password_change_failed: 'password_change_failed' },
  people: { user_added: 'user_added', user_removed: 'user_removed', user_renamed: 'user_renamed', role_set: 'role_set', sign_in_reset: 'sign_in_reset', password_set: 'password_set' },
  tokens: { api_token_made: 'api_token_made', api_token_revoked: 'api_token_revoked', token_made: 'token_made', device_link_made: 'device_link_made', 'session.link': 'session_link', 'session.link_end': 'session_link_end' },
  permissions: { 'permission.answer': 'permission_answer' },
  sessions: {
    'session.delete': 'session_delete',
    'session.purge': 'session_purge',
    'session.restore': 'session_restore',
    'session.change': 'session_change',
    'session.rename': 'session_rename',
    'session.permission_mode': 'session_permission_mode',
    'session.read': 'session_read',
    'session.invite': 'session_invite',
    'session.set_role': 'session_set_role',
    'session.remove_person': 'session_remove_person',
    'session.hand_over': 'session_hand_over',
    'session.join_as_admin': 'session_join_as_admin',
    'session.act_as_admin': 'session_act_as_admin',
    'session.clear': 'session_clear',
    'session.rewind': 'session_rewind',
    'session.fork': 'session_fork',
    'session.import': 'session_import',
    'session.stop_process': 'session_stop_process',
    'file.delete': 'file_delete',
    'file.share': 'file_share',
  },
  workspaces: {
    'workspace.trust': 'workspace_trust',
    'workspace.distrust': 'workspace_distrust',
    'workspace.add': 'workspace_add',
    'workspace.rename': 'workspace_rename',
    'workspace.remove': 'workspace_remove',
    'workspace.add_member': 'workspace_add_member',
    'workspace.remove_member': 'workspace_remove_member',
  },
  relay: { 'budget.set': 'budget_set', 'budget.delete': 'budget_delete', 'webhook.add': 'webhook_add', 'webhook.retry': 'webhook_retry', 'webhook.stop': 'webhook_stop', 'process.stop': 'process_stop', 'relay.backup': 'relay_backup', 'relay.restore': 'relay_restore' },
} as const satisfies Record<string, Partial<Record<AuditAction, Sentence>>>

export type AuditKind = keyof typeof AUDIT_KINDS

const LASTING: readonly string[] = ['session', 'always']

function answerVariant({ behavior, scope, tool, updated_input: updated }: Record<string, unknown>): string {
  if (behavior === 'deny') return 'deny'
  if (tool === 'AskUserQuestion') return 'answered'
  if (typeof scope === 'string' && LASTING.includes(scope)) return scope
  return updated === null || updated === undefined ? 'allow' : 'edited'
}

/** What is said in one way or another: which one its details tell. */
const VARIANTS: Readonly<Partial<Record<Sentence, (detail: Record<string, unknown>) => string>>> = {
  sign_in_failed: ({ count, others }) => (others === true ? 'others' : typeof count === 'number' && count > 1 ? 'often' : 'once'),
  permission_answer: answerVariant,
  user_added: ({ by }) => (by === 'identity_provider' ? 'provider' : 'person'),
  role_set: ({ by }) => (by === 'identity_provider' ? 'provider' : 'person'),
  session_rename: ({ from }) => (from ? 'again' : 'first'),
  session_change: ({ archived, visibility }) => (archived === true ? 'archived' : archived === false ? 'unarchived' : visibility === 'private' ? 'private' : 'workspace'),
}

/** Whole, or it does not compile: an action without a sentence is none. */
const SAID: Readonly<Record<AuditAction, Sentence>> = {
  ...AUDIT_KINDS.signIn,
  ...AUDIT_KINDS.people,
  ...AUDIT_KINDS.tokens,
  ...AUDIT_KINDS.permissions,
  ...AUDIT_KINDS.sessions,
  ...AUDIT_KINDS.workspaces,
  ...AUDIT_KINDS.relay,
}

const isKnown = (action: string): action is AuditAction => Object.hasOwn(SAID, action)

/** The name of the sentence, and of its variant where it has some; null for what is not known here. */
export function saidAs(action: string, detail: Record<string, unknown>): { said: Sentence; variant: string | null } | null {
  if (!isKnown(action)) return null
  const said = SAID[action]
  return { said, variant: VARIANTS[said]?.(detail) ?? null }
}

/** Where a tool's input says what it is about, the most telling first. */
const SUBJECTS = ['command', 'file_path', 'notebook_path', 'url', 'query', 'pattern', 'path', 'plan', 'description', 'prompt']
const maxSubjectChars = 240

const cutLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > maxSubjectChars ? `${line.slice(0, maxSubjectChars).trimEnd()}…` : line
}

function subjectIn(input: unknown): string | null {
  if (typeof input === 'string') return cutLine(input) || null
  if (typeof input !== 'object' || input === null) return null
  const fields = input as Record<string, unknown>
  // A question: what was answered.
  if (typeof fields['answers'] === 'object' && fields['answers'] !== null) return cutLine(Object.entries(fields['answers']).map(([question, answer]) => `${question} ${String(answer)}`).join(' · ')) || null
  const told = SUBJECTS.map((name) => fields[name]).find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof told === 'string' ? cutLine(told) : null
}

/** What was allowed or denied, in one line: the command, the file, the address; as it was edited, if it was. `reason`: of a no. Null: nothing to tell. */
export function aboutAnswer(action: string, detail: Record<string, unknown>): { subject: string | null; reason: string | null } | null {
  if (action !== 'permission.answer') return null
  const { input, updated_input: updated, message } = detail
  const subject = subjectIn(updated) ?? subjectIn(input)
  const reason = typeof message === 'string' && message.trim() !== '' ? cutLine(message) : null
  return subject === null && reason === null ? null : { subject, reason }
}
