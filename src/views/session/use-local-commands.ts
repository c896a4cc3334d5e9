// Commands of ours that are written into the field: a note, a new name, a new beginning.
import { useRouter } from 'vue-router'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useSessionsStore } from '../../stores/use-sessions-store.ts'
import { isIdleCompact, type LocalCommand } from './local-command.ts'

type Done = { ok: boolean; trouble?: { code: string; details?: unknown } }

export function useLocalCommands(store: SessionStore) {
  const router = useRouter()
  const sessions = useSessionsStore()

  /** What is refused stands in the field again, where trying again may help. */
  async function obey({ name, argument }: LocalCommand): Promise<Done> {
    const text = store.draft
    store.setDraft('')
    if (name === 'note') {
      store.note(argument)
      return { ok: true }
    }
    const outcome = await (name === 'rename' ? store.rename(argument) : name === 'clear' ? store.clear() : name === 'compact' ? store.compact() : fork())
    if (!outcome.ok && !isIdleCompact(outcome.trouble) && store.draft === '') store.setDraft(text)
    return outcome
  }

  async function fork(): Promise<Done> {
    const outcome = await sessions.fork(store.row!.session_id)
    if (outcome.ok) await router.push({ name: 'session', params: { id: outcome.data.session_id } })
    return outcome
  }

  return { obey }
}
