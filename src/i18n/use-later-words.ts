// The words that do not come with the page, for what is fetched when a person opens it.
import type { Component, InjectionKey } from 'vue'
import { defineAsyncComponent, inject } from 'vue'

export const laterWordsKey: InjectionKey<() => Promise<void>> = Symbol('later words')

/** `await words()` before they are shown. */
export function useLaterWords(): () => Promise<void> {
  const words = inject(laterWordsKey)
  if (words === undefined) throw new Error('useLaterWords() outside of the app')
  return words
}

/** As `useLaterComponent`, but one for the whole page: once fetched, it is drawn at once. */
export const laterComponent = <C extends Component>(load: () => Promise<{ default: C }>): C => defineAsyncComponent(withWords(load, useLaterWords)) as C

/** A component that is fetched when it is first wanted, together with the words it shows. */
export function useLaterComponent<C extends Component>(load: () => Promise<{ default: C }>): C {
  const words = useLaterWords()
  return defineAsyncComponent(withWords(load, () => words)) as C
}

/** `words` is asked while the component is set up: only there it is known whose they are. */
function withWords<C extends Component>(load: () => Promise<{ default: C }>, words: () => () => Promise<void>) {
  return async () => (await Promise.all([load(), words()()]))[0]
}
