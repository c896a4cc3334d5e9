// What each command of `ensemble` does. Answers go to stdout, everything else that people are told to stderr.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Refused } from '#protocol'
import packageJson from '../../package.json' with { type: 'json' }
import { StorageError } from '../storage/storage.ts'
import { runBackup, runRestore } from './backup.ts'
import { machineOf, Misused } from './called-with.ts'
import { runDoctor } from './doctor.ts'
import { commandNames, helpText, isCommand } from './help.ts'
import { runLogin } from './login.ts'
import { settingsTable } from './settings-table.ts'
import { takeFlags } from './take-flags.ts'
import { runToken } from './token.ts'
import { runUser } from './user.ts'

/** `ensemble help demo`, `ensemble demo --help`, `ensemble -h`: which help is asked for; undefined: none. */
function helpAsked([command, ...rest]: readonly string[]): string | null | undefined {
  if (command === 'help') return rest[0] ?? null
  if (![command, ...rest].some((word) => word === '--help' || word === '-h')) return undefined
  return isCommand(command) ? command : null
}

function help(asked: string | null): void {
  if (asked !== null && !isCommand(asked)) throw new Misused(`There is no command "${asked}". Commands: ${commandNames.join(', ')}.`)
  console.log(helpText(asked))
}

function nothingAfter(command: string, rest: readonly string[]): void {
  if (rest.length > 0) throw new Misused(`ensemble ${command} takes nothing more, but there is "${rest.join(' ')}".`)
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const asked = helpAsked(argv)
  if (asked !== undefined) return help(asked)
  const [command, ...rest] = argv
  switch (command) {
    case 'doctor':
      return process.exit(await runDoctor(rest))
    case 'backup':
      return runBackup(rest)
    case 'restore':
      return runRestore(rest)
    case 'login':
      nothingAfter(command, takeFlags(rest, [], []).words)
      return process.exit(await runLogin(rest))
    case 'token':
      return runToken(rest)
    case 'user':
      return runUser(rest)
    case 'settings':
      nothingAfter(command, rest)
      return void console.log(settingsTable())
    case '--version':
      nothingAfter(command, rest)
      return void console.log(packageJson.version)
    case 'demo': {
      if (takeFlags(rest, [], []).words.length > 0) throw new Misused('The demo brings a folder of its own: start it without one.')
      // The commands above answer at once because they load neither relay nor demo.
      const [{ main }, { prepareDemo }] = await Promise.all([import('../main.ts'), import('./demo.ts')])
      return main(rest, { prepareDemo })
    }
    case 'start': {
      // What people try first; a folder of that name is ./start.
      const { main } = await import('../main.ts')
      return main(rest, {})
    }
    default: {
      if (command !== undefined && /^[a-z]+$/i.test(command) && !existsSync(resolve(machineOf(process.env).folder, command))) {
        throw new Misused(`There is neither a command nor a folder "${command}" here. Commands: ${commandNames.join(', ')}. See ensemble --help.`)
      }
      const { main } = await import('../main.ts')
      return main(argv, {})
    }
  }
}

/** What a person can put right. */
export function sentenceOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  const isFull = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(String(code)) || (error instanceof StorageError && code === 'full')
  if (isFull) return 'there is no room on the disk that holds the data folder. Make some, then start again.'
  return error instanceof Misused || error instanceof Refused || error instanceof StorageError ? error.message : null
}

export async function runCommand(argv: readonly string[]): Promise<void> {
  try {
    await dispatch(argv)
  } catch (error) {
    const said = sentenceOf(error)
    // Anything else is a bug, and its stack is what somebody will need.
    if (said === null) throw error
    console.error(`ensemble: ${said}`)
    process.exit(1)
  }
}
