// Prompts on their way to a process, in the order in which they were sent, each of them stoppable until it is handed over.
import { Refused } from '#protocol'
import type { ClaudeProcess, Prompt } from './process.ts'

/** `living` resolves with a process that takes prompts; it may take its time. */
export function createPromptLane(living: () => Promise<ClaudeProcess>) {
  let last: Promise<unknown> = Promise.resolve()
  let underWay = 0
  let stops = 0

  async function hand(prompt: Prompt, stopsBefore: number): Promise<void> {
    const process = await living()
    if (stops !== stopsBefore) throw new Refused('CONFLICT', 'stopped before it reached Claude')
    process.send(prompt)
  }

  return {
    async send(prompt: Prompt): Promise<void> {
      underWay += 1
      const stopsBefore = stops
      const handed = last.then(() => hand(prompt, stopsBefore))
      last = handed.catch(() => {})
      try {
        await handed
      } finally {
        underWay -= 1
      }
    },
    isEmpty: (): boolean => underWay === 0,
    /** What is under way will not be handed over. */
    stop: (): void => void (stops += 1),
  }
}
