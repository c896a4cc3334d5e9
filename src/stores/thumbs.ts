// What is drawn once of each file and shown often; a few at a time, so that a list of photographs leaves the link to those who work.

/** Null: nothing can be drawn of it. `later`: it cannot be had now. */
type Draw<T> = (fileId: string) => Promise<T | null | 'later'>

const AT_ONCE = 3
/** A picture of 64 by 64 is 16 KiB. */
const MOST = 1_000

export function createThumbs<T>({ draw }: { draw: Draw<T> }) {
  const drawn = new Map<string, Promise<T | null>>()
  const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve())
  let turn = 0

  function inTurn(fileId: string): Promise<T | null> {
    const lane = turn++ % AT_ONCE
    const thumb: Promise<T | null> = lanes[lane]!.then(async () => {
      const found = drawn.get(fileId) === thumb ? await draw(fileId).catch(() => 'later' as const) : 'later'
      if (found !== 'later') return found
      // Not remembered: when it is shown again it is asked for again.
      if (drawn.get(fileId) === thumb) drawn.delete(fileId)
      return null
    })
    lanes[lane] = thumb
    return thumb
  }

  return {
    of(fileId: string): Promise<T | null> {
      const thumb = drawn.get(fileId) ?? inTurn(fileId)
      // What was shown last goes last.
      drawn.delete(fileId)
      drawn.set(fileId, thumb)
      if (drawn.size > MOST) drawn.delete(drawn.keys().next().value!)
      return thumb
    },
    clear: () => drawn.clear(),
  }
}
