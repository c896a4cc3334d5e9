// What the composer asks of the files that go with its next prompt; they come a moment after the field itself.
import type { Harvest } from '../files/harvest-drop.ts'

/** As they came: dropped, out of a file field, or pasted. */
export type GivenFiles = { dropped: Harvest } | { chosen: readonly File[] } | { pasted: readonly File[] }

export type PromptFiles = {
  take(given: GivenFiles): void
  /** How many there are, however far. */
  count: number
  /** What was written, or what the files say where nothing was, with what is to be said of folders; and the ids of files that are whole on the relay. */
  added(content: string): { content: string; attachments: readonly string[] }
  /** False: it may go now. Else it waits, or it is told why it cannot. `prompt`: null for a change of one, which does not wait. */
  hold(as: 'queue' | 'steer', prompt: { draft: string; content: string } | null): boolean
  /** False when nothing waited. */
  stopWaiting(): boolean
  /** "Waiting for 2 files" and what becomes of it; null when nothing waits. */
  waiting: string | null
  hint: string | null
  /** All of them went out with a prompt. */
  sent(): void
}

/** How far they are, and who keeps a prompt until they are there. */
export type AwaitedFiles = {
  /** `going`: still on their way; `stuck`: one failed or waits for its reader, and nothing goes on by itself. */
  state: 'ready' | 'going' | 'stuck'
  /** "Waiting for 2 files" and what becomes of it; that a change has to wait; or what is wrong. */
  words: { waiting: string; hint: string; notYet: string; stuck: string }
  /** A prompt is kept until they are there, and goes by itself, also when this is not shown any more. */
  waits: boolean
  wait(asked: { draft: string; content: string; mode: 'queue' | 'steer' }): void
  stopWaiting(): void
}
