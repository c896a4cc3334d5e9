// A session's state in one frame: of the lists that grow without end only the newest that fit beside the rest.
import { LIMITS, type SessionState } from '#protocol'

const mostListBytes = LIMITS.frameBytes / 4
/** For what a frame has around its data. */
const aroundBytes = 16 * 1024
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** The last of a list, as many as fit, in its order. */
function newest<T>(list: readonly T[], maxBytes: number): T[] {
  let bytes = 0
  return list.slice(list.findLastIndex((each) => (bytes += bytesOf(each) + 1) > maxBytes) + 1)
}

export function fitState(state: SessionState): SessionState {
  const left = LIMITS.frameBytes - aroundBytes - bytesOf({ ...state, messages: [], files: [] })
  const each = Math.min(mostListBytes, left / 2)
  return { ...state, messages: newest(state.messages, each), files: newest(state.files, each) }
}
