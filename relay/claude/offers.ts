// What can be called with a slash in a folder: the same for all processes there that load its settings, or do not.
import type { SlashCommand } from './facts.ts'

type Place = { cwd: string; trusted: boolean }

const keyOf = ({ cwd, trusted }: Place): string => JSON.stringify([cwd, trusted])

export function createOffers() {
  const offers = new Map<string, SlashCommand[]>()
  return {
    learn: (place: Place, commands: SlashCommand[]): void => void offers.set(keyOf(place), commands),
    of: (place: Place): SlashCommand[] | null => offers.get(keyOf(place)) ?? null,
  }
}
