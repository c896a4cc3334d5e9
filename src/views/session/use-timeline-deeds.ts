// What the timeline's events lead to. Refusals are told in a short message: the row itself shows what then holds.
import { useClipboard } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useServices } from '../../stores/use-services.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import type { TimelineAnswer } from '../timeline/timeline-view.ts'

type Deed = Promise<{ ok: boolean; trouble?: { code: string } } | null>

export function useTimelineDeeds(store: SessionStore, { openLog, openFile }: { openLog(askKey: string): void; openFile(fileId: string): void }) {
  const { t } = useI18n()
  const services = useServices()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const { copy } = useClipboard({ legacy: true })

  async function tell(deed: Deed): Promise<void> {
    const outcome = await deed
    if (outcome && !outcome.ok && outcome.trouble) refused(outcome.trouble)
  }

  const refused = (trouble: { code: string }) => toasts.show({ message: wordsOf(trouble) })

  return {
    answer: ({ request_id: requestId, ...answer }: TimelineAnswer) => void tell(store.answer(requestId, answer)),
    resend: (messageId: string, content: string) => void tell(store.rewind(messageId, content)),
    rewind: (messageId: string) => void tell(store.rewind(messageId)),
    retry: (id: string) => void store.retry(id),
    'take-back': (id: string) => void store.takeBack(id),
    discard: (id: string) => void store.discard(id),
    'open-path': async (path: string, line: number | null) => {
      await copy(line === null ? path : `${path}:${line}`)
      toasts.show({ message: t('session.pathCopied', { path }) })
    },
    'open-whole': async (url: string) => (await import('./open-whole.ts')).openWhole(url, { ...services, refused }),
    'open-file': openFile,
    'open-log': openLog,
    stop: () => void tell(store.interrupt()),
    continue: () => void tell(store.goOn()),
    compact: () => void tell(store.compact()),
    copied: () => toasts.show({ message: t('ui.copied') }),
    older: () => void store.loadOlder(),
    'older-to': (seq: number) => void store.loadOlderTo(seq),
    read: (seq: number) => store.markRead(seq),
  }
}
