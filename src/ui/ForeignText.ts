// Text that somebody else wrote, however long and whatever is in it: nothing hides or reorders what is read, and it is laid out quickly.
import { h } from 'vue'
import { layoutPieces } from '../timeline/layout-pieces.ts'
import { visibleText } from '../timeline/visible-text.ts'

/** A letter under hundreds of marks is the one thing that comes in pieces itself: only as boxes do they cost little. */
const ONLY_MARKS = /^\p{M}/u

/** Selected and copied it is the text. */
export function ForeignText({ text }: { text: string }) {
  const pieces = layoutPieces(visibleText(text))
  return pieces.length === 1 ? pieces[0] : pieces.map((piece) => h('span', ONLY_MARKS.test(piece) ? { style: 'display: inline-block' } : null, piece))
}

ForeignText.props = ['text']
