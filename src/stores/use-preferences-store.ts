// How this person wants the conversation to behave on this device. Theme and language have a place of their own (views/shell).
import { defineStore } from 'pinia'
import { ref, watch, type Ref } from 'vue'
import * as z from 'zod/mini'
import { useServices } from './use-services.ts'

const KEY = 'ensemble.preferences'

const stored = z.object({
  /** Follow new text while its end is in view. */
  autoScroll: z._default(z.boolean(), true),
  /** Keys without ⌘ or Ctrl, such as J and K. */
  singleLetterKeys: z._default(z.boolean(), true),
  /** What a screen reader is told of a streaming answer. */
  announcements: z._default(z.enum(['sentences', 'start-and-end', 'off']), 'start-and-end'),
  /** How diffs are drawn where there is room for both. */
  diff: z._default(z.enum(['inline', 'side-by-side']), 'inline'),
  /** Whether a notification may show the command that waits. */
  commandsInNotifications: z._default(z.boolean(), false),
  sound: z._default(z.boolean(), false),
})
type StoredPreferences = z.infer<typeof stored>

export const usePreferencesStore = defineStore('preferences', () => {
  const { storage } = useServices()
  const first = read(storage.get(KEY))
  const refs = Object.fromEntries(Object.entries(first).map(([name, value]) => [name, ref(value)])) as { [K in keyof StoredPreferences]: Ref<StoredPreferences[K]> }

  watch(Object.values(refs) as Ref<unknown>[], () => {
    storage.set(KEY, JSON.stringify(Object.fromEntries(Object.entries(refs).map(([name, each]) => [name, each.value]))))
  }, { flush: 'sync' })

  return refs
})

/** Each field by itself: one that is odd (another version, a hand at work) does not cost the others. */
function read(text: string | null): StoredPreferences {
  let kept: Record<string, unknown> = {}
  try {
    kept = (JSON.parse(text ?? '{}') ?? {}) as Record<string, unknown>
  } catch {
    // Not JSON: as if nothing was kept.
  }
  const defaults = stored.parse({})
  for (const name of Object.keys(defaults) as (keyof StoredPreferences)[]) {
    const field = stored.shape[name].safeParse(kept[name])
    if (field.success) Object.assign(defaults, { [name]: field.data })
  }
  return defaults
}
