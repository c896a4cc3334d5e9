// What can be called with a slash in a folder: the same for all processes there that load its settings, or do not.
import type { SlashCommand } from './facts.ts'

type Place = { cwd: string; trusted: boolean }

const keyOf = ({ cwd, trusted }: Place): string => JSON.stringify([cwd, trusted])

export function createOffers() {
  const offers = new Map<string, SlashCommand[]>()
  const waiting = new Map<string, PromiseWithResolvers<void>>()

  return {
    learn(place: Place, commands: SlashCommand[]): void {
      offers.set(keyOf(place), commands)
      waiting.get(keyOf(place))?.resolve()
      waiting.delete(keyOf(place))
    },
    of: (place: Place): SlashCommand[] | null => offers.get(keyOf(place)) ?? null,
    async known(place: Place): Promise<void> {
      const key = keyOf(place)
      if (offers.has(key)) return
      const known = waiting.get(key) ?? Promise.withResolvers<void>()
      waiting.set(key, known)
      await known.promise
    },
  }
}
