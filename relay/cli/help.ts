// What `ensemble --help` says, of all or of one command.
import { flagOf, SETTINGS } from '../config.ts'

/** How each is called, line by line: the call and what it does. */
const COMMANDS = {
  demo: {
    calls: [['ensemble demo', 'See it work without a key: the model is a script on this machine.']],
    more: 'The relay and the Claude CLI are real, the code is a small sample, and its data lies apart from yours.\nTakes the settings of a start, such as --port 9000 or --open-browser false.',
  },
  login: {
    calls: [['ensemble login', 'Sign Claude in on this machine, with your Claude account.']],
    more: 'Runs the sign-in of the Claude CLI that the relay uses: CLAUDE_BIN, or the one that comes with Ensemble.',
  },
  token: {
    calls: [
      ['ensemble token --user NAME', 'Print a token for scripts.'],
      ['    [--role admin|user|viewer]', 'The role of a new user; lowers the token of an existing one.'],
      ['    [--ttl 1h]', 'How long it is good for, at most 24h.'],
    ],
    more: 'The token stands alone on standard output.',
  },
  user: {
    calls: [
      ['ensemble user list', 'Print all users with their roles.'],
      ['ensemble user add NAME', 'Add a user; asks for a password.'],
      ['    [--role admin|user|viewer]', 'The default is user.'],
      ['    [--no-password]', 'Signs in by links only.'],
      ['ensemble user passwd NAME', 'Set a password; signs the user out everywhere.'],
      ['ensemble user remove NAME', 'Remove a user at once.'],
    ],
    more: 'Passwords are asked for, or read from standard input when it is no terminal.',
  },
  doctor: {
    calls: [
      ['ensemble doctor [folder]', 'Look whether all is there that a start needs.'],
      ['    [--json]', 'The same for programs.'],
    ],
    more: 'Takes the settings of a start. Changes nothing and runs nothing of the folder. Ends with 1 when something is in the way.',
  },
  backup: {
    calls: [
      ['ensemble backup FILE', 'Save everything into one file, also while it runs.'],
      ['    [--replace]', 'Takes the place of a file of that name.'],
    ],
    more: 'Database and uploaded files, as a tar that is read again before it gets its name. The signing secret is not in it.\nA folder instead of FILE gets a file named by the time.',
  },
  restore: {
    calls: [
      ['ensemble restore FILE', 'Put a backup in the place of what is there.'],
      ['    [--data FOLDER]', 'Into another data folder.'],
      ['    [--replace]', 'In the place of data that is there.'],
      ['    [--from-demo]', 'Also what was saved of a demo.'],
      ['    [--keep-sign-ins]', 'Otherwise everybody signs in again.'],
    ],
    more: 'Says which folder it writes. Refused while a relay runs on it, and without --replace where data is already. All of the file is checked first; what was there before is set aside, not deleted.',
  },
  settings: { calls: [['ensemble settings', 'Print all settings with their defaults.']], more: 'As a table in Markdown.' },
} as const

type CommandName = keyof typeof COMMANDS
export const commandNames = Object.keys(COMMANDS) as CommandName[]
export const isCommand = (word: string | undefined): word is CommandName => word !== undefined && Object.hasOwn(COMMANDS, word)

const lineOf = ([call, meaning]: readonly [string, string]) => `  ${call.padEnd(37)}${meaning}`
const linesOf = (name: CommandName) => COMMANDS[name].calls.map(lineOf)

/** `command` null: all of it. */
export function helpText(command: CommandName | null): string {
  if (command !== null) return [...linesOf(command), '', COMMANDS[command].more, 'All commands and settings: ensemble --help'].join('\n')
  const flags = SETTINGS.map(({ name, meaning }) => `  ${flagOf(name).padEnd(32)}${meaning}`)
  return `Claude Code, together, in the browser.

${lineOf(['ensemble [start] [folder]', 'Start here, or in a folder, and open the browser.'])}
${commandNames.flatMap(linesOf).join('\n')}
${lineOf(['ensemble help [command]', 'This, or more of one command; also ensemble COMMAND --help.'])}
${lineOf(['ensemble --version', 'Print the version.'])}

${COMMANDS.user.more}

Every setting is a flag and an environment variable (--public-url is PUBLIC_URL):
${flags.join('\n')}`
}
