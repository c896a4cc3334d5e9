// Where turns begin and which prompts are whose: handed over, taken by the running turn, or waiting for one.
import type { Translated } from './facts.ts'

/** Sent by the CLI and not declared by the SDK: the way of each prompt through the CLI's own queue. */
export type CommandLifecycle = { type: 'command_lifecycle'; command_uuid: string; state: string }

export type Turns = ReturnType<typeof createTurns>

export function createTurns() {
  /** The size of each in bytes, by its id. */
  const waiting = new Map<string, number>()
  let taken: string[] | null = null
  let knowsLifecycle = false

  function begin(promptIds: readonly string[]): Translated[] {
    taken = [...promptIds]
    for (const id of promptIds) waiting.delete(id)
    return [{ kind: 'turn_began', origin: promptIds.length === 0 ? 'background' : 'prompt', promptIds: [...promptIds] }]
  }

  return {
    sent: (promptId: string, bytes: number): void => void waiting.set(promptId, bytes),
    /** If none runs, one has begun: with these prompts, or, where an older CLI does not name any, with the first that waits. */
    begun(promptIds: readonly string[]): Translated[] {
      if (taken !== null) return []
      return begin(promptIds.length > 0 || knowsLifecycle ? promptIds : [...waiting.keys()].slice(0, 1))
    },
    /** The same for one that was only noticed at its end: Claude began it by itself. */
    begunUnseen: (): Translated[] => (taken === null ? begin([]) : []),
    lifecycle({ command_uuid: promptId, state }: CommandLifecycle): Translated[] {
      knowsLifecycle = true
      // Thrown away by the CLI before any turn had it.
      if (state === 'cancelled') waiting.delete(promptId)
      if (state !== 'started') return []
      if (taken === null) return begin([promptId])
      waiting.delete(promptId)
      taken.push(promptId)
      return [{ kind: 'prompt_taken', promptId }]
    },
    /** Of an older CLI only the end tells what it had folded in. */
    ended(promptIds: readonly string[]): void {
      taken = null
      for (const id of promptIds) waiting.delete(id)
    },
    /** The prompts of the running turn; null between turns. */
    running: (): readonly string[] | null => taken,
    /** Handed over, and in no turn so far. */
    waiting: (): string[] => [...waiting.keys()],
    waitingBytes: (): number => [...waiting.values()].reduce((sum, bytes) => sum + bytes, 0),
  }
}
