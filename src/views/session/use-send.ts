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
    const draft = store.draft.trim()
    if (draft === '' && !files()?.count) return
    const isChange = dock.editing.value !== null
    const command = isChange ? null : parseLocalCommand(draft)
    problem.value = null
    // It takes no files: they stay for the next prompt.
    if (command !== null && store.may(command.name)) return report(await obey(command))
    if (files()?.hold(mode, isChange ? null : { draft: store.draft, content: draft })) return
    const { content, attachments = [] } = files()?.added(draft) ?? { content: draft }
    if (isChange) {
      const outcome = await dock.finish(content, attachments)
      if (outcome.ok) files()?.sent()
      return report(outcome)
    }
    store.prompt({ content, mode, ...(attachments.length > 0 ? { attachments: [...attachments] } : {}) })
    files()?.sent()
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
