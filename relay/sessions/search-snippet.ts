// The part of a text around what was found in it, with the places to be marked. Never markup: the reader marks by the ranges. Pure.
import type { SearchHit } from '#protocol'
import type { TextRange } from '../events/events.ts'

const charsBefore = 48
const maxChars = 180
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff

/** Not inside a surrogate pair, and, where a space is near, not inside a word. */
function cutAt(text: string, near: number, way: -1 | 1): number {
  if (near <= 0) return 0
  if (near >= text.length) return text.length
  for (let at = near; Math.abs(at - near) < 16; at -= way) if (/\s/.test(text[at] ?? '')) return way === -1 ? at + 1 : at
  return isLow(text.charCodeAt(near)) ? near - 1 : near
}

/** `marks` count in UTF-16 units of the snippet. */
export function snippetOf(text: string, places: readonly TextRange[]): Pick<SearchHit, 'snippet' | 'marks'> {
  const first = places[0]?.[0] ?? 0
  const from = cutAt(text, first - charsBefore, -1)
  const to = cutAt(text, Math.max(from + maxChars, places[0]?.[1] ?? 0), 1)
  const head = from > 0 ? '…' : ''
  // One unit for one unit, so that the places stay where they are.
  const line = text.slice(from, to).replace(/[\s\p{Cc}]/gu, ' ')
  const marks = places.filter((place) => place[1] <= to).map(([start, end]) => ({ from: start - from + head.length, to: end - from + head.length }))
  return { snippet: `${head}${line}${to < text.length ? '…' : ''}`, marks }
}
