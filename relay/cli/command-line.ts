// What each command of `ensemble` does. Answers go to stdout, everything else that people are told to stderr.
import { Refused } from '#protocol'
import packageJson from '../../package.json' with { type: 'json' }
import { StorageError } from '../storage/storage.ts'
import { Misused } from './called-with.ts'
import { helpText } from './help.ts'
import { settingsTable } from './settings-table.ts'
import { takeFlags } from './take-flags.ts'
import { runToken } from './token.ts'
import { runUser } from './user.ts'

async function dispatch([command, ...rest]: readonly string[], all: readonly string[]): Promise<void> {
  switch (command) {
    case 'token':
      return runToken(rest)
    case 'user':
      return runUser(rest)
    case 'settings':
      return void console.log(settingsTable())
    case 'help':
    case '--help':
    case '-h':
      return void console.log(helpText())
    case '--version':
      return void console.log(packageJson.version)
    case 'demo': {
      if (takeFlags(rest, [], []).words.length > 0) throw new Misused('The demo brings a folder of its own: start it without one.')
      // The commands above answer at once because they load neither relay nor demo.
      const [{ main }, { prepareDemo }] = await Promise.all([import('../main.ts'), import('./demo.ts')])
      return main(rest, { prepareDemo })
    }
    default: {
      const { main } = await import('../main.ts')
      return main(all, {})
    }
  }
}

export async function runCommand(argv: readonly string[]): Promise<void> {
  try {
    await dispatch(argv, argv)
  } catch (error) {
    // Anything else is a bug, and its stack is what somebody will need.
    if (!(error instanceof Misused || error instanceof Refused || error instanceof StorageError)) throw error
    console.error(`ensemble: ${error.message}`)
    process.exit(1)
  }
}
