// What the timeline's events lead to. Refusals are told in a short message: the row itself shows what then holds.
import { useClipboard } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useServices } from '../../stores/use-services.ts'
import { saveBlob } from '../shell/save-blob.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import type { TimelineAnswer } from '../timeline/timeline-view.ts'
import { useFiles } from './use-files.ts'

type Deed = Promise<{ ok: boolean; trouble?: { code: string } } | null>

export function useTimelineDeeds(store: SessionStore, { openLog }: { openLog(askKey: string): void }) {
  const { t } = useI18n()
  const { token } = useServices()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const { copy } = useClipboard({ legacy: true })
  const files = useFiles()

  async function tell(deed: Deed): Promise<void> {
    const outcome = await deed
    if (outcome && !outcome.ok && outcome.trouble) toasts.show({ message: wordsOf(outcome.trouble) })
  }

  /** The relay's own address of a text that was cut, read with the reader's rights. */
  async function openWhole(url: string): Promise<void> {
    const address = new URL(url, location.origin)
    const fresh = await token.fresh()
    if (address.origin !== location.origin || typeof fresh === 'string') return toasts.show({ message: wordsOf({ code: 'UNREACHABLE' }) })
    const answer = await fetch(address, { headers: { authorization: `Bearer ${fresh.token}` } }).catch(() => null)
    if (!answer?.ok) return toasts.show({ message: wordsOf({ code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' }) })
    saveBlob(new Blob([await answer.text()], { type: 'text/plain;charset=utf-8' }))
  }

  const nameOf = (fileId: string) =>
    store.timeline.items.flatMap((item) => (item.kind === 'prompt' || item.kind === 'note' ? item.attachments : [])).find((each) => each.file_id === fileId)?.filename ?? fileId

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
    'open-whole': (url: string) => void openWhole(url),
    'open-file': (fileId: string) => void files.download(fileId, nameOf(fileId)),
    'open-log': openLog,
    stop: () => void tell(store.interrupt()),
    continue: () => void tell(store.goOn()),
    compact: () => void tell(store.compact()),
    copied: () => toasts.show({ message: t('ui.copied') }),
    older: () => void store.loadOlder(),
    'all-older': (wanted: boolean) => void store.loadAllOlder(wanted),
    read: (seq: number) => store.markRead(seq),
  }
}
