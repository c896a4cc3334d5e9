// The files that are chosen in a list, to do something with all of them at once.
import { computed, ref, shallowRef } from 'vue'
import { chosenAfter, type Press } from './chosen-files.ts'
import type { ListedFile } from './group-files.ts'

/** `shown`: all that the list holds, as they stand below each other. */
export function useFileChoice(shown: () => readonly ListedFile[]) {
  const pressed = shallowRef<ReadonlySet<string>>(new Set())
  /** By touch: a press on a row chooses it until one is done with that. */
  const byTouch = ref(false)
  let anchor: string | null = null

  /** What has gone, or is not found any more, is not done anything with. */
  const files = computed(() => shown().filter(({ file_id }) => pressed.value.has(file_id)))
  const ids = computed<ReadonlySet<string>>(() => new Set(files.value.map(({ file_id }) => file_id)))

  return {
    files,
    ids,
    byTouch,
    isOn: computed(() => byTouch.value || files.value.length > 0),
    press(press: Press): void {
      pressed.value = chosenAfter(ids.value, shown().map(({ file_id }) => file_id), anchor, press)
      anchor = press.ids[0] ?? null
    },
    all(): void {
      pressed.value = new Set(shown().map(({ file_id }) => file_id))
    },
    end(): void {
      pressed.value = new Set()
      byTouch.value = false
      anchor = null
    },
  }
}

export type FileChoice = ReturnType<typeof useFileChoice>
