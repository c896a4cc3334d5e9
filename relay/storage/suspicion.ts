// A mark beside a database that was lost while it was open: the next start looks through all of it, whatever its size.
import { existsSync, rmSync, writeFileSync } from 'node:fs'

export type Suspicion = { isRaised(): boolean; raise(): void; drop(): void }

export function suspicionOf(path: string): Suspicion {
  const mark = `${path}.suspect`
  return {
    isRaised: () => existsSync(mark),
    raise() {
      try {
        writeFileSync(mark, '', { mode: 0o600 })
      } catch {
        // No room for even that: the statement that meets the damage will find it again.
      }
    },
    drop: () => rmSync(mark, { force: true }),
  }
}
