// Which uploads get a place now; pure.
import { reasonOf } from './after-trouble.ts'
import { isActive, type Upload } from './upload.ts'

/**
 * Those that get a place now, in their order. Only these are begun at the relay: a folder of thousands holds no more open there. What
 * waits for a reason of the relay's own speaks for those that would meet the same: they are not begun before it is through.
 */
export function nextInLine(uploads: readonly Upload[], places: number): Upload[] {
  const mayBegin = beginningBeside(uploads.filter(({ state }) => state === 'waiting'))
  let free = places
  const first: Upload[] = []
  for (const upload of uploads) {
    if (isActive(upload)) free -= 1
    const isWaiting = upload.aside === 'due' || (upload.state === 'queued' && (upload.isKnown || mayBegin(upload)))
    if (!isWaiting || upload.rank >= (first[places - 1]?.rank ?? Infinity)) continue
    // The line may be of thousands, and is looked at whenever one of them is through: it is not sorted for that.
    const at = first.findIndex(({ rank }) => rank > upload.rank)
    first.splice(at < 0 ? first.length : at, 0, upload)
    first.length = Math.min(first.length, places)
  }
  return first.slice(0, Math.max(0, free))
}

/** Whether one that the relay knows nothing of may be begun beside these. */
function beginningBeside(waiting: readonly Upload[]): (upload: Upload) => boolean {
  let isOpenFull = false
  let roomBytes = Infinity
  let wholeBytes = -1
  for (const { trouble, size, offset, isKnown } of waiting) {
    const reason = trouble && reasonOf(trouble)
    if (reason === 'open') isOpenFull = true
    // What is smaller may have room on the disk.
    if (reason === 'disk') roomBytes = Math.min(roomBytes, size - offset)
    // Small ones go into the store with the request that begins them; what is larger lies on the disk before.
    if (reason === 'files_store' && !isKnown) wholeBytes = Math.max(wholeBytes, size)
  }
  return ({ size }) => !isOpenFull && size < roomBytes && size > wholeBytes
}
