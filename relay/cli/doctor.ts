// `ensemble doctor`: looks whether everything is there that a start needs, and says what to do where it is not.
import packageJson from '../../package.json' with { type: 'json' }
import { configFor, Misused } from './called-with.ts'
import { CHECKS, type Check } from './doctor-checks.ts'
import type { Finding } from './doctor-data.ts'
import { takeFlags } from './take-flags.ts'

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const

type Found = Finding & { id: string }

/** What a check itself stumbles over is a finding as well: the others are still wanted. */
async function find(id: string, check: Check, config: Parameters<Check>[0]): Promise<Found | null> {
  try {
    const finding = await check(config)
    return finding && { id, ...finding }
  } catch (error) {
    return { id, state: 'fail', says: `could not be looked at (${error instanceof Error ? error.message : String(error)})` }
  }
}

const lineOf = ({ id, state, says, advice }: Found) => [`${SIGNS[state]} ${id.padEnd(12)}${says}`, ...(advice ? [`${' '.repeat(14)}→ ${advice}`] : [])].join('\n')

/** Resolves with the exit code: 1 when something is in the way of a start. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const { words, switches, rest } = takeFlags(argv, [], ['json'])
  if (words.length > 1) throw new Misused('Say which folder: ensemble doctor [folder] [--json]')
  const isJson = switches.has('json')
  const config = configFor([...rest, ...words])
  // Whatever is started from here on finds nothing in the folder it was called from.
  process.chdir('/')
  const found: Found[] = []
  for (const [id, check] of Object.entries(CHECKS)) {
    const each = await find(id, check, config)
    if (each === null) continue
    found.push(each)
    if (!isJson) console.log(lineOf(each))
  }
  const ok = !found.some(({ state }) => state === 'fail')
  if (isJson) console.log(JSON.stringify({ ok, ensemble: packageJson.version, checks: found }, null, 2))
  else console.log(`\n${ok ? 'Nothing is in the way.' : 'Something is in the way of a start: see ✗.'}`)
  return ok ? 0 : 1
}
