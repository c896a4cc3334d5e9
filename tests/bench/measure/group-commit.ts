// How long one durable commit takes here, by the product's own storage: what kept events are allowed beyond signals.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage } from '../../../relay/storage/storage.ts'
import { median } from './statistics.ts'

/** The median in milliseconds, on the disk of `folder`. */
export async function groupCommitMs(folder: string): Promise<number> {
  const own = mkdtempSync(join(folder, 'commit-'))
  const storage = await openStorage({ url: `sqlite:${join(own, 'log.sqlite')}`, clock: systemClock, log: createLog(() => undefined, systemClock) })
  const took: number[] = []
  for (let index = 0; index < 100; index++) {
    const began = performance.now()
    await storage.commit({ events: [{ channel: 'bench', type: 'message', data: '{}', timestamp: index }] })
    took.push(performance.now() - began)
  }
  await storage.close()
  rmSync(own, { recursive: true })
  return median(took)
}
