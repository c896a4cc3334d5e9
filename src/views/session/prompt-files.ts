// What the composer asks of the files that go with its next prompt; they come a moment after the field itself.
import type { Harvest } from '../files/harvest-drop.ts'

/** As they came: dropped, out of a file field, or pasted. */
export type GivenFiles = { dropped: Harvest } | { chosen: readonly File[] } | { pasted: readonly File[] }

export type PromptFiles = {
  take(given: GivenFiles): void
  /** Whole on the relay. */
  ids: readonly string[]
  /** How many there are, however far. */
  count: number
  /** `going`: still on their way; `stuck`: one failed or waits for its reader, and nothing goes on by itself. */
  state: 'ready' | 'going' | 'stuck'
  /** "Waiting for 2 files" and what becomes of it; or what is wrong. */
  words: { waiting: string; hint: string; stuck: string }
  /** They went out with a prompt. */
  sent(ids: readonly string[]): void
}
