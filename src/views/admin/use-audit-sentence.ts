// One entry of the audit as a sentence in the language of the reader.
import { useI18n } from 'vue-i18n'
import type { AuditEntry } from '#protocol'
import { exactCost } from '../../i18n/exact-cost.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { saidAs } from './audit-words.ts'
import { usdOf } from './usage-figures.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export function useAuditSentence() {
  const { t, te } = useI18n()
  const format = useFormat()

  function who(entry: AuditEntry): string {
    if (entry.username === 'console' && entry.user_id === null) return t('accounts.audit.console')
    return entry.username || t('accounts.audit.nobody')
  }

  /** As the subject of a sentence: a person is spoken of politely where the language does so. */
  function subject(entry: AuditEntry): string {
    const name = who(entry)
    return entry.username && entry.username === name ? t('accounts.audit.honoured', { name }) : name
  }

  /** Whom it was done to: somebody, oneself, or whoever has no budget of their own. */
  function target({ target: other, detail, user_id }: AuditEntry, self: string): string {
    if (other) return other.name
    if (detail['user_id'] === null) return t('accounts.audit.everybodyElse')
    if (user_id !== null && detail['user_id'] === user_id) return self
    return textOf(detail['name']) || t('accounts.audit.somebody')
  }

  const amount = (micros: unknown): string => (typeof micros === 'number' ? exactCost(usdOf(micros)) : t('accounts.audit.noLimit'))

  /** What has words of its own by these; what an older or a newer relay wrote is shown by its name. */
  const named = (key: string, name: string): string => (te(key) ? t(key) : name)

  function sentence(entry: AuditEntry): string {
    const { detail } = entry
    const title = entry.session_title_then || textOf(detail['title'])
    const role = textOf(detail['role'])
    const act = textOf(detail['action'])
    const values = {
      who: subject(entry),
      target: target(entry, who(entry)),
      session: title ? `“${title}”` : t('accounts.audit.thing'),
      act: named(`accounts.audit.acts.${act}`, act),
      role: named(`accounts.people.roles.${role}`, role),
      action: entry.action,
      name: textOf(detail['name']),
      before: textOf(detail['before']),
      from: textOf(detail['from']),
      to: textOf(detail['to']),
      tool: textOf(detail['tool']),
      mode: textOf(detail['mode']),
      filename: textOf(detail['filename']),
      path: textOf(detail['path']) || textOf(detail['workspace_id']),
      amount: amount(detail['limit_micros']),
      receiver: textOf(detail['receiver']),
      count: typeof detail['count'] === 'number' ? format.value.number(detail['count']) : '',
      file: textOf(detail['file']),
      size: typeof detail['bytes'] === 'number' ? format.value.size(detail['bytes']) : '',
      process: textOf(detail['process_id']),
    }
    const known = saidAs(entry.action, detail)
    if (known === null) return t('accounts.audit.say.other', values)
    const { said, variant } = known
    return variant === null ? t(`accounts.audit.say.${said}`, values) : t(`accounts.audit.say.${said}.${variant}`, values)
  }

  return { who, sentence }
}
