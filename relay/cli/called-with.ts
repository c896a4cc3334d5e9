// How the command was called: from which folder, with which settings; and the sentence when it was called wrongly.
import { homedir, totalmem } from 'node:os'
import { demoDataOf, readConfig, type Config, type Environment, type Machine } from '../config.ts'
import { isRunningOn } from '../data-folder.ts'

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

/** For commands on accounts: those of the relay that runs. Where only the demo does, it is meant, and it is said. */
export function configForAccounts(rest: readonly string[], env: Environment = process.env): Config {
  const config = configFor(rest, env)
  if (isRunningOn(config.ensembleData) || !isRunningOn(demoDataOf(config.ensembleData))) return config
  console.error('Of the demo, which is running.')
  return configFor(rest, env, { claudeOverrides: {} })
}
