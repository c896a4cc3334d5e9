// Commands of the CLI written as prompts: the CLI asks nobody's role, so only what is known to write nothing by itself passes.
import type { Offers } from '#protocol'
import { isOwn, type SlashCommand } from '../claude/claude.ts'

/** Their words go to Claude, whose tools ask as always, or they only tell something. */
const PASSING = [
  'claude-api', 'code-review', 'compact', 'context', 'cost', 'dataviz', 'deep-research', 'init', 'recap', 'review', 'run', 'security-review', 'simplify', 'stats', 'usage', 'verify',
  'workflow-authoring',
]

/** They drop the conversation: for those who may clear it. */
const CLEARING = ['clear', 'new', 'reset']

/**
 * What a prompt is to the CLI. `text`: words for Claude. `unknown`: perhaps one of the many of the CLI that act as the relay's user, listed or
 * hidden, of today or of its next version; or a command or skill of the folder, which passes.
 */
type CliCommand = { name: string; verdict: 'passes' | 'clears' | 'text' | 'unknown' }

/** Reads it as the CLI does: trimmed, the name up to the first white space. Capitals make no other command of it. */
export function cliCommandIn(content: string): CliCommand {
  const name = (/^\/(\S+)/.exec(content.trim())?.[1] ?? '').toLowerCase()
  if (PASSING.includes(name)) return { name, verdict: 'passes' }
  if (CLEARING.includes(name)) return { name, verdict: 'clears' }
  // The CLI's own names are plain words: paths and names with a colon (of folders, plugins) are none of them.
  return { name, verdict: /^[a-z0-9_-]+$/.test(name) ? 'unknown' : 'text' }
}

/** The name that a process has to know as not the CLI's own before it is handed these words; null: they may be handed to any. */
export function ownCommandIn(content: string): string | null {
  const { name, verdict } = cliCommandIn(content)
  return verdict === 'unknown' ? name : null
}

/** Those of a process that may be given here, as people are offered them. */
export const offered = (commands: readonly SlashCommand[]): Offers['commands'] =>
  commands
    .filter((each) => cliCommandIn(`/${each.name}`).verdict !== 'unknown' || isOwn(each.name.toLowerCase(), commands))
    .map(({ name, description, argumentHint }) => ({ name, description, argument_hint: argumentHint }))
