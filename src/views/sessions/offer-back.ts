// A session that was deleted is in the trash: whoever deleted it is told so, and may take it back out at once.
import type { SessionRow } from '#protocol'
import type { Toasts } from '../shell/toasts.ts'

type Deleted = Pick<SessionRow, 'session_id' | 'title'>
type Parts = {
  t: (key: string, values?: Record<string, unknown>) => string
  toasts: Pick<Toasts, 'show'>
  /** Resolves with why it stays in the trash, or null. */
  restore: (id: string) => Promise<string | null>
}

export function offerBack({ session_id, title }: Deleted, { t, toasts, restore }: Parts): void {
  async function undo() {
    const problem = await restore(session_id)
    if (problem !== null) toasts.show({ message: problem })
  }
  toasts.show({ message: t('panel.deleteSession.done', { title: title || t('sessions.untitled') }), action: t('ui.undo'), onAct: () => void undo() })
}
