// Makes what rows may ask of their timeline, out of its props.
import { shallowRef, type Ref } from 'vue'
import type { ToolDescription } from '../../timeline/describe-tool.ts'
import type { Choices } from '../../timeline/rows.ts'
import type { ToolPart } from '../../timeline/timeline.ts'
import type { Tell, TimelineProps, TimelineView } from './timeline-view.ts'

type ViewDependencies = {
  props: TimelineProps
  choices: Ref<Choices>
  now: Readonly<Ref<number>>
  describe: (part: ToolPart) => ToolDescription
  tell: Tell
  /** Does what changes heights at the row with this key, so that this row stays where it is. */
  keepInPlace(key: string, change: () => void): void
  answered(): void
  quietly(move: () => void): void
}

export function createTimelineView({ props, choices, now, describe, tell, keepInPlace, answered, quietly }: ViewDependencies): TimelineView {
  /** How parts were when they were first shown: what ends while one looks at it does not fold under one's eyes. */
  const first = new Map<string, boolean>()
  const edited = shallowRef<ReadonlySet<string>>(new Set())
  return {
    get timeline() {
      return props.timeline
    },
    get people() {
      return props.people
    },
    get me() {
      return props.me
    },
    get may() {
      return props.may
    },
    get workspace() {
      return props.workspace
    },
    get asOf() {
      return props.asOf
    },
    get settings() {
      return props.settings
    },
    get choices() {
      return choices.value
    },
    get edited() {
      return edited.value
    },
    get now() {
      return now.value
    },
    tell,
    describe,
    isOpen(key, byItself) {
      const chosen = choices.value.get(key)
      if (chosen !== undefined) return chosen
      const before = first.get(key)
      // A row may open by itself (a command failed), it never folds by itself.
      if (before === undefined || (byItself && !before)) first.set(key, byItself)
      return before === true || byItself
    },
    choose(key, open) {
      keepInPlace(key, () => (choices.value = new Map(choices.value).set(key, open)))
    },
    edit(key, on) {
      edited.value = new Set([...edited.value, key].filter((each) => on || each !== key))
    },
    answered,
    quietly,
  }
}
