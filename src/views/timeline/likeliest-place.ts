// Which of the places in a drawn row is the match that was found in its source: the one with the same words around it.

type Around = { before: string; after: string }

const squeezed = (text: string) => text.replace(/\s+/g, ' ')

/** Its index in `places`. Where several look alike the `nth` of them, or the last. */
export function likeliest(places: readonly Around[], around: Around, nth: number): number {
  const scores = places.map(({ before, after }) => sameEnd(squeezed(before), around.before) + sameStart(squeezed(after), around.after))
  const best = Math.max(...scores)
  const alike = scores.flatMap((score, at) => (score === best ? [at] : []))
  return alike[Math.min(nth, alike.length - 1)]!
}

function sameStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

function sameEnd(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one.at(-1 - length) === other.at(-1 - length)) length++
  return length
}
