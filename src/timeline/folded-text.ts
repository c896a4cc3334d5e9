// What is shown of a long text until somebody wants all of it. The rest is not drawn: it may be a quarter of a megabyte.
import { layoutPieces } from './layout-pieces.ts'

export const FOLDED_LINES = 12
const FOLDED_CHARS = 2_400

export const isLongText = (text: string): boolean => text.length > FOLDED_CHARS || text.split('\n').length > FOLDED_LINES

/** As many lines and characters as a fold shows; no letter is cut in two. */
export function beginningOf(text: string): string {
  const most = text.slice(0, 2 * FOLDED_CHARS).split('\n').slice(0, FOLDED_LINES).join('\n')
  let beginning = ''
  for (const piece of layoutPieces(most)) {
    if (beginning.length + piece.length > FOLDED_CHARS) break
    beginning += piece
  }
  return beginning
}
