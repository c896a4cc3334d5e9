// What a press in the menu of a session does. Refusals are told in a short message: the row shows what then holds.
import type { Router } from 'vue-router'
import type { SessionRow } from '#protocol'
import { createSessionCommands } from '../../stores/session-commands.ts'
import type { Services } from '../../stores/use-services.ts'
import type { useSessionsStore } from '../../stores/use-sessions-store.ts'
import { saveBlob } from '../shell/save-blob.ts'
import type { Toasts } from '../shell/toasts.ts'

type Parts = {
  t: (key: string, values?: Record<string, unknown>) => string
  router: Pick<Router, 'push'>
  services: Pick<Services, 'connection' | 'rest'>
  sessions: Pick<ReturnType<typeof useSessionsStore>, 'refresh' | 'fork' | 'archive'>
  toasts: Pick<Toasts, 'show'>
  wordsOf: (trouble: { code: string }) => string
}

export function createSessionDeeds({ t, router, services: { connection, rest }, sessions, toasts, wordsOf }: Parts) {
  async function rename(row: SessionRow, title: string): Promise<void> {
    if (title.trim() === '' || title.trim() === row.title) return
    const outcome = await rest.sessions.patch(row.session_id, { title: title.trim() })
    if (outcome.ok) await sessions.refresh(row.session_id)
    else toasts.show({ message: wordsOf(outcome.trouble) })
  }

  async function fork(row: SessionRow): Promise<void> {
    const outcome = await sessions.fork(row.session_id)
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    await router.push({ name: 'session', params: { id: outcome.data.session_id } })
  }

  async function archive(row: SessionRow, archived: boolean): Promise<void> {
    const outcome = await sessions.archive(row.session_id, archived)
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    if (archived) toasts.show({ message: t('panel.deeds.archived', { title: row.title || t('sessions.untitled') }), action: t('ui.undo'), onAct: () => void archive(row, false) })
  }

  async function download(row: SessionRow, format: 'md' | 'json'): Promise<void> {
    const outcome = await rest.blob(`claude/sessions/${encodeURIComponent(row.session_id)}/export`, { format })
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    saveBlob(outcome.data, `${row.title || row.session_id}.${format}`)
  }

  async function stopProcess(row: SessionRow): Promise<void> {
    const outcome = await createSessionCommands(connection, row.session_id).stopProcess()
    toasts.show({ message: outcome.ok ? t('panel.deeds.processStopped') : wordsOf(outcome.trouble) })
  }

  return {
    rename,
    fork,
    archive: (row: SessionRow) => archive(row, true),
    unarchive: (row: SessionRow) => archive(row, false),
    exportMarkdown: (row: SessionRow) => download(row, 'md'),
    exportJson: (row: SessionRow) => download(row, 'json'),
    stopProcess,
  }
}
