// `ensemble user`: the accounts from the console. A running relay feels each change within a second.
import type { Account } from '../auth/auth.ts'
import { configForAccounts, Misused } from './called-with.ts'
import { withAccounts } from './open-accounts.ts'
import { readPassword } from './read-password.ts'
import { takeFlags } from './take-flags.ts'
import { readRole } from './token.ts'

const usage = 'ensemble user list | add NAME [--role admin|user|viewer] [--no-password] | passwd NAME | remove NAME'

function listText(accounts: Account[]): string {
  const width = Math.max(4, ...accounts.map(({ name }) => name.length))
  const row = (name: string, role: string, password: string) => `${name.padEnd(width)}  ${role.padEnd(6)}  ${password}`
  return [row('NAME', 'ROLE', 'PASSWORD'), ...accounts.map(({ name, role, hasPassword }) => row(name, role, hasPassword ? 'yes' : 'no'))].join('\n')
}

export async function runUser(argv: readonly string[]): Promise<void> {
  const { flags, switches, words, rest } = takeFlags(argv, ['role'], ['no-password'])
  const [action, name, ...more] = words
  const config = configForAccounts(rest)
  const named = (): string => {
    if (name === undefined || more.length > 0) throw new Misused(`Say who: ${usage}`)
    return name
  }
  switch (action) {
    case 'list':
      return withAccounts(config, async ({ accounts }) => {
        const all = await accounts.list()
        console.log(listText(all))
        if (all.length === 0) console.error(`Nobody in ${config.ensembleData} so far: whoever starts Ensemble becomes its first admin. The demo has people of its own, listed while it runs.`)
      })
    case 'add': {
      const role = readRole(flags['role'] ?? 'user')
      const password = switches.has('no-password') ? null : await readPassword(`Password for ${named()}: `)
      const account = await withAccounts(config, ({ accounts }) => accounts.add({ name: named(), role, password }))
      return console.error(`Added ${account.name} (${account.role}).`)
    }
    case 'passwd': {
      const password = await readPassword(`New password for ${named()}: `)
      await withAccounts(config, ({ accounts }) => accounts.setPassword(named(), password))
      return console.error(`Set. ${named()} is signed out everywhere.`)
    }
    case 'remove':
      await withAccounts(config, ({ accounts }) => accounts.remove(named()))
      return console.error(`Removed ${named()}.`)
    default:
      throw new Misused(action === undefined ? `Say what: ${usage}` : `There is no "user ${action}": ${usage}`)
  }
}
