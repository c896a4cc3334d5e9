// `ensemble token`: prints a token for scripts, and nothing else, on stdout.
import { globalRole, type GlobalRole } from '#protocol'
import { LIFE_MS } from '../auth/tokens.ts'
import { configForAccounts, Misused } from './called-with.ts'
import { withAccounts } from './open-accounts.ts'
import { takeFlags } from './take-flags.ts'

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `15m`, `1h` in milliseconds. */
function readDuration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(amount) * (UNITS[unit] ?? NaN)
  if (!(ms > 0)) throw new Misused(`--ttl is "${text}" but must be a time such as 90s, 15m or 1h.`)
  if (ms > LIFE_MS.cli) throw new Misused('--ttl may be 24h at most.')
  return ms
}

export function readRole(text: string): GlobalRole {
  const role = globalRole.safeParse(text)
  if (!role.success) throw new Misused(`--role is "${text}" but must be admin, user or viewer.`)
  return role.data
}

export async function runToken(argv: readonly string[]): Promise<void> {
  const { flags, words, rest } = takeFlags(argv, ['user', 'role', 'ttl'], [])
  if (words.length > 0 || flags['user'] === undefined) throw new Misused('Say for whom: ensemble token --user NAME [--role admin|user|viewer] [--ttl 1h]')
  const name = flags['user']
  const ttlMs = readDuration(flags['ttl'] ?? '1h')
  const role = flags['role'] === undefined ? null : readRole(flags['role'])
  const token = await withAccounts(configForAccounts(rest), async ({ accounts }) => {
    const known = await accounts.find(name)
    const user = known ?? (await accounts.add({ name, role: role ?? 'user' }))
    if (!known) console.error(`Added ${user.name} (${user.role}).`)
    return accounts.createToken(user.id, { ttlMs, role: known ? role : null })
  })
  console.log(token)
}
