// Keys that work anywhere on a screen; single letters only outside of fields and only where they are wanted.
import { useEventListener } from '@vueuse/core'
import { usePreferencesStore } from '../../stores/use-preferences-store.ts'

const inField = (target: EventTarget | null) => target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null

/** Names as in UiKeyCap: 'mod+K', '?'. A handler that returns false leaves the key to the browser. */
export function useKeys(keys: Record<string, () => void | false>): void {
  const preferences = usePreferencesStore()
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return
    const mod = event.metaKey || event.ctrlKey
    if (!mod && (inField(event.target) || !preferences.singleLetterKeys)) return
    const handler = keys[mod ? `mod+${event.key.toUpperCase()}` : event.key]
    if (handler !== undefined && handler() !== false) event.preventDefault()
  })
}
