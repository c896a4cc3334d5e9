// What `ensemble --help` says.
import { flagOf, SETTINGS } from '../config.ts'

export function helpText(): string {
  const flags = SETTINGS.map(({ name, meaning }) => `  ${flagOf(name).padEnd(32)}${meaning}`)
  return `Claude Code, together, in the browser.

  ensemble [folder]                    Start here, or in a folder, and open the browser.
  ensemble demo                        See it work without a key: the model is a script on this machine.
  ensemble token --user NAME           Print a token for scripts.
      [--role admin|user|viewer]       The role of a new user; lowers the token of an existing one.
      [--ttl 1h]                       How long it is good for, at most 24h.
  ensemble user list
  ensemble user add NAME [--role admin|user|viewer] [--no-password]
  ensemble user passwd NAME            Set a password; signs the user out everywhere.
  ensemble user remove NAME
  ensemble settings                    Print all settings with their defaults.

Passwords are asked for, or read from standard input when it is no terminal.

Every setting is a flag and an environment variable (--public-url is PUBLIC_URL):
${flags.join('\n')}`
}
