// The files of a session as the relay lists them, the newest first; asked for anew whenever one came or went.
import { ref, shallowRef, watch } from 'vue'
import type { FileUploaded } from '#protocol'
import { useServices } from '../../stores/use-services.ts'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import { createFileDeeds } from './file-deeds.ts'

export function useSessionFiles(store: SessionStore, sessionId: string) {
  const services = useServices()
  const { rest } = services
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const files = shallowRef<readonly FileUploaded[] | null>(null)
  const next = ref<string | null>(null)
  const problem = ref<string | null>(null)
  let asked = 0

  async function load(): Promise<void> {
    const mine = ++asked
    const outcome = await rest.files.list(sessionId)
    if (mine !== asked) return
    problem.value = outcome.ok ? null : wordsOf(outcome.trouble)
    if (!outcome.ok) return
    files.value = outcome.data.files
    next.value = outcome.data.next
  }

  async function more(): Promise<void> {
    if (next.value === null) return
    const mine = ++asked
    const outcome = await rest.files.list(sessionId, next.value)
    // What came or went meanwhile begins the list anew.
    if (mine !== asked) return
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    files.value = [...(files.value ?? []), ...outcome.data.files]
    next.value = outcome.data.next
  }

  async function remove(file: FileUploaded): Promise<void> {
    const outcome = await rest.files.remove(file.file_id)
    if (!outcome.ok) toasts.show({ message: wordsOf(outcome.trouble) })
    // Its event says so to everybody; this reader need not wait for it.
    await load()
  }

  watch([() => store.filesSeq, () => store.isCurrent], () => void load(), { immediate: true })
  const { download } = createFileDeeds({ ...services, refused: (trouble) => toasts.show({ message: wordsOf(trouble) }) })
  return { files, next, problem, load, more, remove, download }
}
