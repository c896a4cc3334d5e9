// A prompt whose files are on their way goes out by itself once they are there, unless one thinks again.
import { computed, ref, watch } from 'vue'
import type { PromptFiles } from './prompt-files.ts'

type Mode = 'queue' | 'steer'
/** `files`: null until they are here. */
type Dependencies = { files: () => PromptFiles | null; draft: () => string; send: (mode: Mode) => void; report: (problem: string | null) => void }

export function useFilesFirst({ files, draft, send, report }: Dependencies) {
  /** It is to be sent like this as soon as its files are there. */
  const mode = ref<Mode | null>(null)
  const words = computed(() => (mode.value === null ? null : (files()?.words ?? null)))

  /** False when nothing waited. */
  function stopWaiting(): boolean {
    const waited = mode.value !== null
    mode.value = null
    return waited
  }

  watch(() => files()?.state, () => void (mode.value && send(mode.value)))
  // Whoever goes on writing is not done.
  watch(draft, stopWaiting)

  return {
    /** False: it may go now. Else it waits, or it is told why it cannot. */
    hold(as: Mode): boolean {
      const { state = 'ready', words: said } = files() ?? {}
      mode.value = state === 'going' ? as : null
      report(state === 'stuck' ? said!.stuck : null)
      return state !== 'ready'
    },
    stopWaiting,
    /** "Waiting for 2 files"; null when nothing waits. */
    waiting: computed(() => words.value?.waiting ?? null),
    hint: computed(() => words.value?.hint ?? null),
  }
}
