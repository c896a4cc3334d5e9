// Commands of the field that are ours, not Claude's. Pure.
import { NOTHING_TO_COMPACT } from '#protocol'

export const LOCAL_COMMANDS = ['note', 'clear', 'compact', 'fork', 'rename'] as const
type LocalCommandName = (typeof LOCAL_COMMANDS)[number]
export type LocalCommand = { name: LocalCommandName; argument: string }

/** What the right to use it is called in the table of roles. */
export const RIGHT_OF = { note: 'note', clear: 'clear', compact: 'compact', fork: 'fork', rename: 'rename' } as const

/** Null: the text is a prompt (or a command of Claude's own). `note` and `rename` need their text. */
export function parseLocalCommand(text: string): LocalCommand | null {
  const match = /^\/([a-z]+)(?:\s+([\s\S]*))?$/.exec(text.trim())
  const name = LOCAL_COMMANDS.find((each) => each === match?.[1])
  if (name === undefined) return null
  const argument = match?.[2]?.trim() ?? ''
  if ((name === 'note' || name === 'rename') && argument === '') return null
  // What follows the others belongs to Claude: `/compact keep the tests` is its own command.
  if (name !== 'note' && name !== 'rename' && argument !== '') return null
  return { name, argument }
}

/** Nobody was faster: there is only nothing to do, and nothing to try again. */
export const isIdleCompact = (trouble: { details?: unknown } | undefined): boolean =>
  (trouble?.details as { reason?: unknown } | null | undefined)?.reason === NOTHING_TO_COMPACT

/** While it is being written: only people will read it. */
export const isNote = (text: string): boolean => /^\/note(\s|$)/.test(text.trimStart())
