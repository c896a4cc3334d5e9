// Long text in pieces that are laid out one by one. A browser shapes a text as a whole and again for every line that it breaks
// out of it: 250,000 equal letters in one piece hold the page for minutes, in pieces for a fraction of a second.

/** Up to here one piece is quick enough. */
const WHOLE_CHARS = 512
const PIECE_CHARS = 256

/** Joined they are exactly the text. Cut behind a space where there is one, else between letters, never inside one. */
export function layoutPieces(text: string): readonly string[] {
  if (text.length <= WHOLE_CHARS) return [text]
  const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.length - start <= PIECE_CHARS ? text.length : start + cutOf(text.slice(start, start + WHOLE_CHARS), letters)
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

function cutOf(text: string, letters: Intl.Segmenter): number {
  const space = Math.max(text.lastIndexOf(' ', PIECE_CHARS - 1), text.lastIndexOf('\n', PIECE_CHARS - 1))
  // A letter under hundreds of marks is cut all the same, though not inside of a mark.
  return space + 1 || letters.segment(text).containing(PIECE_CHARS)!.index || PIECE_CHARS + Number(/[\udc00-\udfff]/.test(text[PIECE_CHARS]!))
}
