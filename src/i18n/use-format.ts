// The formats of the language the page is in, renewed when it changes.
import type { ComputedRef } from 'vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Format } from './format.ts'
import { createFormat } from './format.ts'
import type { Language } from './i18n.ts'

/** `format.value.duration(ms)` and its like, inside a component. */
export function useFormat(): ComputedRef<Format> {
  const { locale } = useI18n()
  return computed(() => createFormat(locale.value as Language))
}
