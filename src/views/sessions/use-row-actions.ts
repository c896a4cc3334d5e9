// What one can do to a session from its row, without opening it.
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { allows, type SessionRow } from '#protocol'
import { createSessionCommands } from '../../stores/session-commands.ts'
import { useAccountStore } from '../../stores/use-account-store.ts'
import { useServices } from '../../stores/use-services.ts'
import { useSessionsStore } from '../../stores/use-sessions-store.ts'
import type { MenuItem } from '../../ui/menu-item.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

export type RowAction = 'rename' | 'fork' | 'share' | 'exportMarkdown' | 'exportJson' | 'archive' | 'unarchive' | 'delete'

export function useRowActions() {
  const { t } = useI18n()
  const router = useRouter()
  const { connection, rest } = useServices()
  const account = useAccountStore()
  const sessions = useSessionsStore()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()

  /** Only what this person may do with it. */
  function items(row: SessionRow): MenuItem<RowAction>[] {
    const item = (id: RowAction, needs: Parameters<typeof allows>[0], more = {}): MenuItem<RowAction>[] =>
      allows(needs, row.role) ? [{ id, label: t(`sessions.menu.${id}`), ...more }] : []
    const removal = item('delete', 'delete', { danger: true })
    const line: MenuItem<RowAction>[] = removal.length > 0 ? [{ kind: 'line' }] : []
    return [
      ...item('rename', 'rename'),
      ...(account.mayBegin ? item('fork', 'fork') : []),
      ...item('share', 'invite'),
      ...item('exportMarkdown', 'export'),
      ...item('exportJson', 'export'),
      ...item(row.archived ? 'unarchive' : 'archive', 'archive'),
      ...line,
      ...removal,
    ]
  }

  async function rename(row: SessionRow, title: string): Promise<void> {
    if (title.trim() === '' || title.trim() === row.title) return
    const outcome = await rest.sessions.patch(row.session_id, { title: title.trim() })
    if (outcome.ok) await sessions.refresh(row.session_id)
    else toasts.show({ message: wordsOf(outcome.trouble) })
  }

  async function fork(row: SessionRow): Promise<void> {
    const outcome = await createSessionCommands(connection, row.session_id).fork()
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    const { session_id: id } = outcome.data as { session_id?: string }
    if (id === undefined) return
    await sessions.refresh(id)
    await router.push({ name: 'session', params: { id } })
  }

  async function archive(row: SessionRow, archived: boolean): Promise<void> {
    const outcome = await sessions.archive(row.session_id, archived)
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    if (archived) toasts.show({ message: t('sessions.archived', { title: row.title || t('sessions.untitled') }), action: t('ui.undo'), onAct: () => void archive(row, false) })
  }

  async function download(row: SessionRow, format: 'md' | 'json'): Promise<void> {
    const outcome = await rest.sessions.export(row.session_id, format)
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(outcome.data)
    link.download = `${row.title || row.session_id}.${format}`
    link.click()
    // A download that has only begun still reads from it.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  }

  return { items, rename, fork, archive, download }
}
