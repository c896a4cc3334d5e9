// What happens to what was written: a prompt, a note, a change of an older prompt, or a command of ours.
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import { isIdleCompact, parseLocalCommand } from './local-command.ts'
import type { PromptFiles } from './prompt-files.ts'
import type { SessionDock } from './session-dock.ts'
import { useLocalCommands } from './use-local-commands.ts'

export function useSend({ store, dock, files }: { store: SessionStore; dock: SessionDock; files: () => PromptFiles | null }) {
  const { t } = useI18n()
  const wordsOf = useTroubleWords()
  const { obey } = useLocalCommands(store)
  /** Why the last one was not done; the text is then still in the field. */
  const problem = ref<string | null>(null)

  async function send(mode: 'queue' | 'steer'): Promise<void> {
    const content = store.draft.trim()
    const { count = 0, ids: attached = [] } = files() ?? {}
    if (content === '' && count === 0) return
    const words = content === '' ? t('composer.onlyFiles') : content
    const command = parseLocalCommand(content)
    const isPlain = dock.editing.value === null && (command === null || !store.may(command.name))
    if (files()?.hold(mode, isPlain ? { draft: store.draft, content: words } : null)) return
    problem.value = null
    if (dock.editing.value !== null) {
      const outcome = await dock.finish(words, attached)
      if (outcome.ok) files()?.sent(attached)
      return report(outcome)
    }
    if (command !== null && store.may(command.name)) return report(await obey(command))
    store.prompt({ content: words, mode, ...(attached.length > 0 ? { attachments: [...attached] } : {}) })
    files()?.sent(attached)
  }

  function report(outcome: { ok: boolean; trouble?: { code: string; details?: unknown } }): void {
    problem.value = outcome.ok || !outcome.trouble ? null : isIdleCompact(outcome.trouble) ? t('composer.nothingToCompact') : wordsOf(outcome.trouble)
  }

  async function stop(): Promise<void> {
    const outcome = await store.interrupt()
    if (outcome !== null) report(outcome)
  }

  return { send, stop, stopWaiting: () => files()?.stopWaiting() ?? false, waiting: computed(() => files()?.waiting ?? null), hint: computed(() => files()?.hint ?? null), problem }
}
