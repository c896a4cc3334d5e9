// The files of a session as the relay lists them, the newest first. What came since is added in front, what was deleted goes at once.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Timer } from '../../clock.ts'
import { useServices } from '../../stores/use-services.ts'
import type { SessionStore } from '../../stores/use-session-store.ts'
import type { ListedFile } from '../files/group-files.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

/** A folder of a thousand files is a thousand events. */
const ASK_AFTER_MS = 400

export function useSessionFiles(store: SessionStore, sessionId: string) {
  const { rest, clock } = useServices()
  const wordsOf = useTroubleWords()
  const loaded = shallowRef<readonly ListedFile[] | null>(null)
  const next = ref<string | null>(null)
  const problem = ref<string | null>(null)
  let timer: Timer | null = null
  /** One question after the other: each goes on from what the one before has found. */
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => (last = last.then(work))

  async function page(cursor?: string) {
    const outcome = await rest.files.list(sessionId, cursor)
    problem.value = outcome.ok ? null : wordsOf(outcome.trouble)
    return outcome.ok ? outcome.data : null
  }

  const load = () =>
    inTurn(async () => {
      const first = await page()
      if (first === null) return
      loaded.value = first.files
      next.value = first.next
    })

  const more = () =>
    inTurn(async () => {
      const older = next.value === null ? null : await page(next.value)
      if (older === null) return
      const known = new Set(loaded.value?.map(({ file_id }) => file_id))
      loaded.value = [...(loaded.value ?? []), ...older.files.filter(({ file_id }) => !known.has(file_id))]
      next.value = older.next
    })

  /** From the newest down to the first that is known. */
  const takeNew = () =>
    inTurn(async () => {
      const known = new Set(loaded.value?.map(({ file_id }) => file_id))
      if (known.size === 0) return void load()
      const came: ListedFile[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const newer = await page(cursor)
        if (newer === null) return
        const unknown = newer.files.filter(({ file_id }) => !known.has(file_id))
        came.push(...unknown)
        cursor = unknown.length < newer.files.length ? null : newer.next
      }
      if (came.length > 0) loaded.value = [...came, ...(loaded.value ?? [])]
    })

  // After a hole nobody knows what went meanwhile.
  watch(() => store.isCurrent, () => void load(), { immediate: true })
  watch(
    () => store.filesSeq,
    () =>
      (timer ??= clock.setTimer(() => {
        timer = null
        void takeNew()
      }, ASK_AFTER_MS)),
  )
  onScopeDispose(() => timer?.cancel())

  /** null: not known yet. */
  const files = computed(() => loaded.value?.filter(({ file_id }) => !store.deletedFiles.includes(file_id)) ?? null)
  return { files, next, problem, load, more, takeNew }
}
