// Marks the words that changed between a removed line and the added line that took its place.
import { diffWordsWithSpace } from 'diff/lib/diff/word.js'
import { showBidi } from './visible-text.ts'

/** A stretch of a line, ready to be shown; `changed` wants the stronger tone. */
export type DiffSpan = { text: string; changed: boolean }

const LONGEST_LINE = 500
/** Lines that share less are two lines, not one changed line: marking nearly everything says nothing. */
const LEAST_IN_COMMON = 0.35

/** A line in one piece. A carriage return is shown, or a change of line ends would look like no change at all. */
export const plainSpans = (text: string): readonly DiffSpan[] => [{ text: shown(text), changed: false }]
const shown = (text: string) => showBidi(text.replaceAll('\r', '␍'))

/** Spans of both lines, or null when they have too little in common (or are too long to compare). */
export function diffWords(removed: string, added: string): { removed: readonly DiffSpan[]; added: readonly DiffSpan[] } | null {
  if (removed.length > LONGEST_LINE || added.length > LONGEST_LINE) return null
  const changes = diffWordsWithSpace(removed, added, { maxEditLength: 120 })
  if (!changes) return null
  const left: DiffSpan[] = []
  const right: DiffSpan[] = []
  let common = 0
  for (const change of changes) {
    const text = shown(change.value)
    if (!change.added) push(left, { text, changed: change.removed })
    if (!change.removed) push(right, { text, changed: change.added })
    if (!change.added && !change.removed) common += change.value.replace(/\s/g, '').length
  }
  const longest = Math.max(removed.replace(/\s/g, '').length, added.replace(/\s/g, '').length)
  if (longest > 0 && common / longest < LEAST_IN_COMMON) return null
  return { removed: left, added: right }
}

/** Spaces between two changed words belong to the change. */
function push(spans: DiffSpan[], span: DiffSpan) {
  if (span.text === '') return
  const last = spans.at(-1)
  const beforeLast = spans.at(-2)
  if (span.changed && last && !last.changed && beforeLast?.changed && last.text.trim() === '') {
    spans.splice(-2, 2, { text: beforeLast.text + last.text + span.text, changed: true })
  } else if (last && last.changed === span.changed) {
    spans[spans.length - 1] = { text: last.text + span.text, changed: span.changed }
  } else spans.push(span)
}
