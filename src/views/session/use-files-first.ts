// A prompt whose files are on their way goes out by itself once they are there, unless one thinks again; a change of a sent one is not made before.
import { computed, watch } from 'vue'
import type { AwaitedFiles } from './prompt-files.ts'

/** `report`: null takes back what was said. */
type Dependencies = { files: () => AwaitedFiles; draft: () => string; report: (problem: string | null) => void }

export function useFilesFirst({ files, draft, report }: Dependencies) {
  /** Whoever looks at it hears what became of what they asked for: of a prompt that waits, or a change that cannot be made yet. */
  let asked: 'prompt' | 'change' | null = null
  const words = computed(() => (files().waits ? files().words : null))

  /** False when nothing waited. */
  function stopWaiting(): boolean {
    const waited = files().waits
    asked = null
    files().stopWaiting()
    return waited
  }

  watch(() => files().state, (state) => {
    if (asked !== null && state === 'stuck') report(files().words.stuck)
    if (asked === 'change' && state === 'ready') report(null)
    if (state !== 'going') asked = null
  })
  // Whoever goes on writing is not done.
  watch(draft, stopWaiting)

  return {
    hold(mode: 'queue' | 'steer', prompt: { draft: string; content: string } | null): boolean {
      const { state, words: said, waits } = files()
      asked = state !== 'going' ? null : prompt === null ? 'change' : 'prompt'
      if (asked === 'prompt') files().wait({ ...prompt!, mode })
      report(state === 'stuck' ? said.stuck : asked === 'change' ? said.notYet : null)
      return waits || state !== 'ready'
    },
    stopWaiting,
    /** "Waiting for 2 files"; null when nothing waits. */
    waiting: computed(() => words.value?.waiting ?? null),
    hint: computed(() => words.value?.hint ?? null),
  }
}
