// `ensemble login`: the CLI that the relay runs signs a person in, in this terminal.
import { childEnvironment } from '../claude/child-environment.ts'
import { findClaude } from '../claude/describe-claude.ts'
import { configFor, Misused } from './called-with.ts'

/** Resolves with the CLI's exit code. It sees what Claude will see, so that the login lands where Claude looks for it. */
export async function runLogin(argv: readonly string[]): Promise<number> {
  const { claudeBin, claudeEnv } = configFor(argv)
  const path = findClaude(claudeBin)
  if (path === null) throw new Misused('The Claude CLI was not found. Set CLAUDE_BIN to it, or run npm ci in the folder of Ensemble.')
  try {
    return await Bun.spawn([path, 'auth', 'login'], { env: childEnvironment(process.env, claudeEnv), stdio: ['inherit', 'inherit', 'inherit'] }).exited
  } catch (error) {
    throw new Misused(`${path} could not be started (${error instanceof Error ? error.message : String(error)}). Set CLAUDE_BIN to a Claude CLI.`)
  }
}
