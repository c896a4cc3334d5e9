// A prompt whose files are on their way goes out by itself once they are there, unless one thinks again.
import { computed, ref, watch } from 'vue'
import type { AwaitedFiles } from './prompt-files.ts'

type Mode = 'queue' | 'steer'
/** `files`: null until they are here. */
type Dependencies = { files: () => AwaitedFiles; draft: () => string; send: (mode: Mode) => void; report: (problem: string | null) => void }

export function useFilesFirst({ files, draft, send, report }: Dependencies) {
  /** What is no plain prompt waits only as long as it is shown: it is to be done like this as soon as its files are there. */
  const mode = ref<Mode | null>(null)
  /** A prompt of this field waits, and who looks at it hears why it no longer does. */
  let held = false
  const isWaiting = () => mode.value !== null || files().waits
  const words = computed(() => (isWaiting() ? files().words : null))

  /** False when nothing waited. */
  function stopWaiting(): boolean {
    const waited = isWaiting()
    mode.value = null
    held = false
    files().stopWaiting()
    return waited
  }

  watch(() => files().state, (state) => {
    if (mode.value) return send(mode.value)
    if (held && state === 'stuck') report(files().words.stuck)
    held &&= state === 'going'
  })
  // Whoever goes on writing is not done.
  watch(draft, stopWaiting)

  return {
    /** False: it may go now. Else it waits, or it is told why it cannot. `prompt`: null for what is not a plain prompt. */
    hold(as: Mode, prompt: { draft: string; content: string } | null): boolean {
      const { state, words: said, waits } = files()
      held = state === 'going' && prompt !== null
      mode.value = state === 'going' && prompt === null ? as : null
      if (held) files().wait({ ...prompt!, mode: as })
      report(state === 'stuck' ? said.stuck : null)
      return waits || state !== 'ready'
    },
    stopWaiting,
    /** "Waiting for 2 files"; null when nothing waits. */
    waiting: computed(() => words.value?.waiting ?? null),
    hint: computed(() => words.value?.hint ?? null),
  }
}
