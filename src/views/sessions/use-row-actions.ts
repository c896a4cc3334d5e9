// What one can do to a session from its row, without opening it.
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { allows, type SessionRow } from '#protocol'
import { useLaterWords } from '../../i18n/use-later-words.ts'
import { useAccountStore } from '../../stores/use-account-store.ts'
import { useServices } from '../../stores/use-services.ts'
import { useSessionsStore } from '../../stores/use-sessions-store.ts'
import type { MenuItem } from '../../ui/menu-item.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

export type RowAction = 'rename' | 'fork' | 'share' | 'exportMarkdown' | 'exportJson' | 'archive' | 'unarchive' | 'stopProcess' | 'delete'

export function useRowActions() {
  const { t } = useI18n()
  const router = useRouter()
  const account = useAccountStore()
  const services = useServices()
  const sessions = useSessionsStore()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const words = useLaterWords()
  /** Fetched with the first press. */
  const deeds = async () => (await Promise.all([import('./session-deeds.ts'), words()]))[0].createSessionDeeds({ t, router, services, sessions, toasts, wordsOf })

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
      ...item('stopProcess', 'stop_process'),
      ...line,
      ...removal,
    ]
  }

  return { items, deeds }
}
