// How the command was called: from which folder, with which settings; and the sentence when it was called wrongly.
import { homedir, totalmem } from 'node:os'
import { readConfig, type Config, type Environment, type Machine } from '../config.ts'

/** A sentence for the person at the console instead of a stack. */
export class Misused extends Error {}

/** `ENSEMBLE_CALLED_FROM` is set by the launcher, which starts Bun in another folder. */
export const machineOf = (env: Environment): Machine => ({
  folder: env['ENSEMBLE_CALLED_FROM'] ?? process.cwd(),
  home: homedir(),
  memoryBytes: totalmem(),
})

export function configFor(rest: readonly string[], env: Environment = process.env, demo?: { claudeOverrides: Record<string, string> }): Config {
  const read = readConfig(env, rest, machineOf(env), demo)
  if ('problem' in read) throw new Misused(read.problem)
  return read.ok
}
