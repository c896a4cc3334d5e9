// The part of a text around what was found in it, with the places to be marked. Never markup: the reader marks by the ranges. Pure.
import type { SearchHit } from '#protocol'
import type { TextRange } from '../events/events.ts'
import { plainUnits } from './plain-words.ts'

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

/** The lines that hold the piece, as far as they are near: whether a sign is a mark may depend on where its line begins and ends. */
function linesAround(text: string, from: number, to: number): TextRange {
  const begin = text.lastIndexOf('\n', from - 1) + 1
  const end = text.indexOf('\n', to)
  return [from === 0 ? 0 : Math.max(begin, from - maxChars), Math.min(end === -1 ? text.length : end, to + maxChars)]
}

/** `marks` count in UTF-16 units of the snippet. `markdown`: the text is read without its marks. */
export function snippetOf(text: string, places: readonly TextRange[], { markdown = false } = {}): Pick<SearchHit, 'snippet' | 'marks'> {
  const first = places[0]?.[0] ?? 0
  const from = cutAt(text, first - charsBefore, -1)
  const to = cutAt(text, Math.max(from + maxChars, places[0]?.[1] ?? 0), 1)
  const [begin, end] = markdown ? linesAround(text, from, to) : [from, to]
  const shown = text.slice(begin, end)
  const sought = places.map(([start, stop]): TextRange => [start - begin, stop - begin])
  const units = markdown ? plainUnits(shown, sought) : shown.split('')
  let snippet = from > 0 ? '…' : ''
  /** Where each unit of the piece has come to stand. */
  const stands: number[] = []
  for (let at = from; at < to; at++) {
    stands.push(snippet.length)
    const unit = units[at - begin]!.replace(/[\s\p{Cc}]/u, ' ')
    if (unit !== ' ' || !/(?:^|[ …])$/.test(snippet.slice(-1))) snippet += unit
  }
  stands.push(snippet.length)
  const marks = places.filter((place) => place[1] <= to).map(([start, stop]) => ({ from: stands[start - from]!, to: stands[stop - from]! }))
  return { snippet: `${snippet.trimEnd()}${to < text.length ? '…' : ''}`, marks }
}
