// A session's state in one frame: of each list as much as fits beside the rest, and the names of those that are not whole.
import { LIMITS, type SessionState } from '#protocol'

const mostListBytes = LIMITS.frameBytes / 4
/** For what a frame has around its data. */
const aroundBytes = 16 * 1024
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** The first of a list, as many as fit. */
function first<T>(list: readonly T[], maxBytes: number): T[] {
  let bytes = 0
  const over = list.findIndex((each) => (bytes += bytesOf(each) + 1) > maxBytes)
  return over < 0 ? [...list] : list.slice(0, over)
}

/** The last of a list, as many as fit, in its order. */
const last = <T>(list: readonly T[], maxBytes: number): T[] => first(list.toReversed(), maxBytes).reverse()

/** Somebody waits for the answer to a request, and one of them may be long. */
const lists = [
  { name: 'permissions', fitting: first, weight: 2 },
  { name: 'participants', fitting: first, weight: 1 },
  { name: 'messages', fitting: last, weight: 1 },
  { name: 'files', fitting: last, weight: 1 },
  { name: 'cursor_positions', fitting: last, weight: 1 },
] as const

/** What a short list does not need of its part is for the longer ones. The queue is bounded where it grows. */
export function fitState(state: SessionState): SessionState {
  const bytes = (name: (typeof lists)[number]['name']) => bytesOf(state[name])
  let left = LIMITS.frameBytes - aroundBytes - bytesOf(state.queue)
  let weights = lists.reduce((sum, { weight }) => sum + weight, 0)
  const fitted = { ...state }
  for (const { name, fitting, weight } of lists.toSorted((a, b) => bytes(a.name) / a.weight - bytes(b.name) / b.weight)) {
    const list = fitting<unknown>(state[name], Math.min(mostListBytes, (left * weight) / weights))
    Object.assign(fitted, { [name]: list })
    left -= bytesOf(list)
    weights -= weight
  }
  const cut = lists.map(({ name }) => name).filter((name) => fitted[name].length < state[name].length)
  return { ...fitted, ...(cut.length > 0 && { cut }) }
}
