// Which prompts a process was handed, which of them a turn has taken, and which would be lost with it.
import type { Translated } from './facts.ts'

export function createPromptLedger() {
  const prompts = new Map<string, 'sent' | 'taken'>()

  const namesOf = (state: 'sent' | 'taken'): string[] => [...prompts].filter(([, each]) => each === state).map(([id]) => id)

  return {
    sent: (id: string): void => void prompts.set(id, 'sent'),
    isEmpty: (): boolean => prompts.size === 0,
    /** Handed over and in no turn. */
    waiting: (): string[] => namesOf('sent'),
    /** Follows what the process tells. Completes the beginning of a turn whose CLI does not name its prompts: it takes them in order. */
    follow(event: Translated): Translated {
      switch (event.kind) {
        case 'turn_began': {
          const first = namesOf('sent').slice(0, 1)
          const promptIds = event.origin === 'prompt' && event.promptIds.length === 0 ? first : event.promptIds
          for (const id of promptIds) prompts.set(id, 'taken')
          return { ...event, origin: promptIds.length === 0 ? 'background' : event.origin, promptIds }
        }
        case 'prompt_taken':
          prompts.set(event.promptId, 'taken')
          return event
        case 'prompt_dropped':
          prompts.delete(event.promptId)
          return event
        case 'turn_ended':
          for (const id of namesOf('taken')) prompts.delete(id)
          return event
        default:
          return event
      }
    },
  }
}
