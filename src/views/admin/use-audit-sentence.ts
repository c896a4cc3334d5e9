// One entry of the audit as a sentence in the language of the reader.
import { useI18n } from 'vue-i18n'
import type { AuditEntry } from '#protocol'
import { saidAs } from './audit-words.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export function useAuditSentence() {
  const { t, te } = useI18n()

  function who(entry: AuditEntry): string {
    if (entry.username === 'console' && entry.user_id === null) return t('accounts.audit.console')
    return entry.username || t('accounts.audit.nobody')
  }

  function sentence(entry: AuditEntry): string {
    const { detail } = entry
    const title = entry.session_title || textOf(detail['title'])
    const role = textOf(detail['role'])
    const values = {
      who: who(entry),
      target: entry.target?.name ?? (textOf(detail['name']) || t('accounts.audit.somebody')),
      session: title ? `“${title}”` : t('accounts.audit.thing'),
      role: te(`accounts.people.roles.${role}`) ? t(`accounts.people.roles.${role}`) : role,
      action: entry.action,
      name: textOf(detail['name']),
      before: textOf(detail['before']),
      tool: textOf(detail['tool']),
      mode: textOf(detail['mode']),
      filename: textOf(detail['filename']),
      path: textOf(detail['path']),
    }
    const known = saidAs(entry.action, detail)
    if (known === null) return t('accounts.audit.say.other', values)
    const { said, variant } = known
    return variant === null ? t(`accounts.audit.say.${said}`, values) : t(`accounts.audit.say.${said}.${variant}`, values)
  }

  return { who, sentence }
}
