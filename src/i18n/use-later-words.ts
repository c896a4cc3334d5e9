// The words that do not come with the page, for what is fetched when a person opens it.
import type { InjectionKey } from 'vue'
import { inject } from 'vue'

export const laterWordsKey: InjectionKey<() => Promise<void>> = Symbol('later words')

/** `await words()` before they are shown. */
export function useLaterWords(): () => Promise<void> {
  const words = inject(laterWordsKey)
  if (words === undefined) throw new Error('useLaterWords() outside of an app that uses the words')
  return words
}
