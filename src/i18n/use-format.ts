// The formats of the language the page is in: made once per language by the words, renewed when it changes.
import type { ComputedRef, InjectionKey } from 'vue'
import { inject } from 'vue'
import type { Format } from './format.ts'

export const formatKey: InjectionKey<ComputedRef<Format>> = Symbol('format')

/** `format.value.duration(ms)` and its like, inside a component. */
export function useFormat(): ComputedRef<Format> {
  const format = inject(formatKey)
  if (format === undefined) throw new Error('useFormat() outside of the app')
  return format
}
