// The keys of the field. Nothing is done while a syllable is being composed, nor by the Enter that ends it.
import { onScopeDispose, ref } from 'vue'
import { useServices } from '../../stores/use-services.ts'
import type { Timer } from '../../clock.ts'
import { useComposing } from '../../ui/use-composing.ts'

const SECOND_ESCAPE_MS = 1_000

type ComposerDeeds = {
  /** True when the key was for the list of completions. */
  complete(event: KeyboardEvent): boolean
  send(mode: 'queue' | 'steer'): void
  stop(): void
  stopEditing(): boolean
  editLast(): boolean
  isRunning(): boolean
  isEmpty(): boolean
}

export function useComposerKeys(deeds: ComposerDeeds) {
  const { clock } = useServices()
  /** Esc was pressed once: a second one within the second stops Claude. */
  const escaped = ref(false)
  const { composed, isComposing } = useComposing()
  let timer: Timer | null = null

  function escape(): void {
    if (deeds.stopEditing() || !deeds.isRunning()) return
    timer?.cancel()
    if (escaped.value || deeds.isEmpty()) {
      escaped.value = false
      return deeds.stop()
    }
    escaped.value = true
    timer = clock.setTimer(() => (escaped.value = false), SECOND_ESCAPE_MS)
  }

  function press(event: KeyboardEvent): void {
    if (isComposing(event)) return
    if (deeds.complete(event)) return event.preventDefault()
    if (event.key === 'Escape') {
      event.preventDefault()
      escape()
    } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      deeds.send((event.metaKey || event.ctrlKey) && deeds.isRunning() ? 'steer' : 'queue')
    } else if (event.key === 'ArrowUp' && !event.altKey && deeds.isEmpty() && deeds.editLast()) {
      event.preventDefault()
    }
  }

  onScopeDispose(() => timer?.cancel())

  return { press, escaped, composed }
}
