// A program that commits as fast as it can and says on its output what was acknowledged; the test kills it.
import { writeSync } from 'node:fs'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage } from '../../../relay/storage/storage.ts'

const [path, lanes] = process.argv.slice(2)
const log = createLog((line) => writeSync(2, `${line}\n`), systemClock)
const storage = await openStorage({ url: `sqlite:${path}`, clock: systemClock, log })

async function work(lane: number): Promise<never> {
  for (let index = 0; ; index++) {
    const id = `${process.pid}-${lane}-${index}`
    const result = await storage.commit({
      answer: { userId: 'ann', id, hash: 'h', outcome: 'success', result: '{}', at: 1 },
      statements: [{ sql: 'INSERT INTO meta (name, value) VALUES (?, ?)', params: [id, 'x'.repeat(200)] }],
      events: [
        { channel: `session:${lane}`, type: 'message', data: JSON.stringify({ id }), timestamp: 1, task: `t${lane}` },
        { channel: 'user:ann', type: 'message', data: JSON.stringify({ id }), timestamp: 1 },
      ],
    })
    if (result.outcome !== 'committed') throw new Error(result.outcome)
    // Written past every buffer of this process: what the test reads was acknowledged before the kill.
    writeSync(1, `${id} ${lane} ${result.positions[0]!.seq} ${result.positions[1]!.seq}\n`)
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => work(lane)))
