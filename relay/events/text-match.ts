// Where words stand in a text, whatever their case and however their letters were put together. Pure.

/** From, up to: UTF-16 units of the text. */
export type TextRange = [from: number, to: number]

/** No more of one word is ever marked. */
const maxPlaces = 50

/** Lower case, unit by unit: a place in it is the same place in the text. */
function folded(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return lower
  return Array.from(text, (each) => (each.toLowerCase().length === each.length ? each.toLowerCase() : each)).join('')
}

/** The spellings in which a text may hold the word: Hangul from a Mac comes in pieces, full-width letters are letters. */
export const spellingsOf = (word: string): string[] => [...new Set(['NFC', 'NFD', 'NFKC'].map((form) => folded(word.normalize(form))))]

function placesOfOne(text: string, spellings: readonly string[]): TextRange[] {
  const places: TextRange[] = []
  for (const spelling of spellings) {
    for (let at = text.indexOf(spelling); at >= 0 && places.length < maxPlaces; at = text.indexOf(spelling, at + spelling.length)) places.push([at, at + spelling.length])
  }
  return places
}

/** Every place of every word, in order and joined where they touch; null unless the text holds all of the words. */
export function placesOf(text: string, words: readonly string[]): TextRange[] | null {
  const searched = folded(text)
  const all: TextRange[] = []
  for (const word of words) {
    const places = placesOfOne(searched, spellingsOf(word))
    if (places.length === 0) return null
    all.push(...places)
  }
  const joined: TextRange[] = []
  for (const [from, to] of all.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = joined.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}
