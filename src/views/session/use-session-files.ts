// The files of a session: asked of the relay page by page when the list is opened, and from then on what the session tells.
import { computed, ref, shallowRef, watch } from 'vue'
import { rest as bodies, type FilesPage } from '#protocol'
import { useServices } from '../../stores/use-services.ts'
import type { SessionStore } from '../../stores/use-session-store.ts'
import type { ListedFile } from '../files/group-files.ts'
import { listedFiles } from '../files/listed-files.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

const PAGE = 100
/** For whoever wants them all. */
const LARGE_PAGE = 500

type Told = Pick<SessionStore, 'filesSince' | 'newFiles' | 'deletedFiles' | 'isCurrent'>
/** null: it cannot be had now. */
type Ask = (limit: number, cursor?: string) => Promise<FilesPage | null>

export function followFiles(session: Told, ask: Ask) {
  const paged = shallowRef<readonly ListedFile[] | null>(null)
  const next = ref<string | null>(null)
  /** One question after the other: each goes on from what the one before has found. */
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => (last = last.then(work))

  const load = () =>
    inTurn(async () => {
      const first = await ask(PAGE)
      if (first === null) return
      paged.value = first.files
      next.value = first.next
    })

  /** False: that was the last, or it cannot be had now. */
  async function goOn(limit: number): Promise<boolean> {
    const older = next.value === null ? null : await ask(limit, next.value)
    if (older === null) return false
    paged.value = [...(paged.value ?? []), ...older.files]
    next.value = older.next
    return older.next !== null
  }

  // A session that was read anew tells nothing of what happened before.
  watch(() => session.filesSince, () => void load(), { immediate: true })
  watch(() => session.isCurrent, (isCurrent) => isCurrent && paged.value === null && void load())

  return {
    /** The newest first; null: not known yet. */
    files: computed(() => paged.value && listedFiles(paged.value, session.newFiles, session.deletedFiles)),
    /** There are older ones. */
    hasMore: computed(() => next.value !== null),
    load,
    more: () => inTurn(async () => void (await goOn(PAGE))),
    /** What is sought or put in order may be anywhere in the list. */
    all: () =>
      inTurn(async () => {
        while (await goOn(LARGE_PAGE));
      }),
  }
}

export function useSessionFiles(store: SessionStore, sessionId: string) {
  const { rest } = useServices()
  const wordsOf = useTroubleWords()
  const problem = ref<string | null>(null)

  async function ask(limit: number, cursor?: string): Promise<FilesPage | null> {
    const outcome = await rest.get('files', bodies.filesPage, { session_id: sessionId, limit, cursor })
    problem.value = outcome.ok ? null : wordsOf(outcome.trouble)
    return outcome.ok ? outcome.data : null
  }

  return { ...followFiles(store, ask), problem }
}
