// Processes that were started for a relay's Claude, found from outside by the home folder in their environment.
import { readdirSync, readFileSync } from 'node:fs'
import { eventually } from './eventually.ts'
import type { RelayHome } from './start-relay.ts'

export function straysOf(home: RelayHome, own: ReadonlySet<number> = new Set()): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter((pid) => environmentOf(pid).includes(`HOME=${home.claudeHome}\0`))
    .map(Number)
}

/** Empty for what has ended meanwhile. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

/** Five seconds after its end nothing is left of a process. */
export async function noStrays(strays: () => number[], where = 'no process of Claude is left'): Promise<void> {
  await eventually(where, () => strays().length === 0, 5_000).catch((problem: Error) => {
    throw new Error(`${problem.message}: ${strays().join(' ')}`)
  })
}
