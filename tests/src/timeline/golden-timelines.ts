// The timeline that each recording of the real CLI is expected to become. Written anew only on purpose: npm run record:golden
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Translated } from '../../../relay/claude/facts.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import type { Timeline, TimelineFrame } from '../../../src/timeline/timeline.ts'

const FIXTURES = join(import.meta.dir, '../../fixtures/claude')
const ENDING = '.events.json'
export const recordings: string[] = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort()

export const timelineFile = (name: string): string => join(FIXTURES, `${name}.timeline.json`)

/** The facts of a recording as the relay would number and tell them: deltas without a seq, everything else kept. */
export async function framesOf(name: string): Promise<TimelineFrame[]> {
  const facts = (await Bun.file(join(FIXTURES, name + ENDING)).json()) as Translated[]
  const frames: TimelineFrame[] = []
  const ids = { session_id: 's', execution_id: 'e0' }
  let seq = 0
  let at = 1_000_000
  let turns = 0
  const kept = (type: string, data: object) => frames.push({ type, seq: ++seq, timestamp: (at += 10), data: { ...ids, ...data } } as TimelineFrame)
  const person = { user_id: 'u1', username: 'Minji' }
  const prompt = (id: string | undefined, more: object) => kept('message', { message_id: `p:${id}`, role: 'user', ...person, content: `prompt ${id}`, attachments: [], ...more })
  for (const each of facts) {
    if (each.kind === 'turn_began') {
      ids.execution_id = `e${++turns}`
      if (each.origin === 'prompt') prompt(each.promptIds[0], {})
      kept('task', { status: 'running', origin: each.origin, progress: 0, started_at: at })
    } else if (each.kind === 'prompt_taken') prompt(each.promptId, { steered: true })
    else if (each.kind === 'turn_ended') {
      const { status, error } = each.outcome
      const reason = status === 'interrupted' ? { reason: 'person' } : {}
      kept('task', { status, origin: 'prompt', progress: status === 'completed' ? 1 : 0, started_at: at, ended_at: at, ...reason, ...(error ? { error } : {}) })
    } else if (each.kind === 'fact') {
      if (each.fact.type === 'delta') frames.push({ type: each.fact.of, timestamp: (at += 1), data: { ...ids, ...each.fact.data } } as TimelineFrame)
      else kept(each.fact.type, each.fact.data)
    }
  }
  return frames
}

/** What is compared: all that readers see, without the matter for older pages. */
export async function timelineOf(name: string): Promise<Omit<Timeline, 'past'>> {
  const { past: _past, ...seen } = reduceAll(await framesOf(name))
  return seen
}

if (import.meta.main) {
  const names = process.argv.slice(2)
  for (const name of recordings) {
    if (names.length > 0 && !names.includes(name)) continue
    await Bun.write(timelineFile(name), `${JSON.stringify(await timelineOf(name), null, 1)}\n`)
  }
}
