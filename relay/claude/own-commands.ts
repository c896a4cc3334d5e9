// Commands that are not the CLI's own: what those do is asked about like all that Claude does, and the CLI's own ask nobody.
import { Refused } from '#protocol'
import type { SlashCommand } from './facts.ts'

/** Whether a command of this name is the folder's, a person's or a plugin's, and the CLI has none of its own that goes before it. */
export function isOwn(name: string, commands: readonly SlashCommand[]): boolean {
  const named = commands.filter((each) => each.name.toLowerCase() === name)
  return named.length > 0 && !named.some((each) => each.builtin)
}

export const notOwn = (name: string): Refused =>
  new Refused('VALIDATION', `/${name} is no command of this folder, and those of Claude's terminal are not available here`, { details: { command: name } })
