// JSON of people, with a bound on how much there is to walk through: a megabyte of `{},` costs a hundred times what a megabyte of text does.
import { LIMITS } from './limits.ts'

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const BRACKET = 91
const BRACE = 123

/** Shorter than this is not worth counting. */
const SHORT = 512

/** Where a text that begins at `from` ends; past everything when it does not. Searched, not walked through: it may be a chunk of a file. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

/** How many values a text holds, at most one more than are allowed. Counted in the text, because taking wide and deep values apart is what takes so long. */
export function countValues(text: string): number {
  if (text.length < SHORT) return 0
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) at = endOfText(text, at + 1)
    else if ((unit === COMMA || unit === BRACKET || unit === BRACE) && ++values > LIMITS.valuesPerFrame) return values
  }
  return values
}

/** Undefined when it is no JSON, or holds more values than anybody honest sends. */
export function parseBoundedJson(text: string): unknown {
  return countValues(text) > LIMITS.valuesPerFrame ? undefined : parseJson(text)
}

/** Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
