// What is worth saying of uploads: that they began, that all that were begun are there, that one failed. Pure.
import type { UploadView } from './upload-view.ts'

type Seen = Pick<UploadView, 'id' | 'state' | 'name' | 'size' | 'trouble'>
/** What was known: the state of each, and those that arrived while others still went on. */
export type Told = { states: ReadonlyMap<string, UploadView['state']>; arrived: readonly Seen[] }

const MOVES: ReadonlySet<UploadView['state']> = new Set(['queued', 'sending', 'waiting'])

/** Of many files one hears twice: when they begin, and when the last of them is there. `before` null: what is there was there. */
export function tellUploads(before: Told | null, now: readonly Seen[]): { told: Told; started: Seen[]; arrived: Seen[]; failed: Seen[] } {
  const states = new Map(now.map(({ id, state }) => [id, state]))
  if (before === null) return { told: { states, arrived: [] }, started: [], arrived: [], failed: [] }
  const was = ({ id }: Seen) => before.states.get(id)
  const started = now.filter((each) => was(each) === undefined && MOVES.has(each.state))
  const failed = now.filter((each) => each.state === 'failed' && was(each) !== 'failed')
  const arrived = [...before.arrived, ...now.filter((each) => each.state === 'done' && was(each) !== undefined && was(each) !== 'done')]
  const isQuiet = !now.some(({ state }) => MOVES.has(state))
  return { told: { states, arrived: isQuiet ? [] : arrived }, started, arrived: isQuiet ? arrived : [], failed }
}
