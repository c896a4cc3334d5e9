// JSON of people, with a bound on how much there is to walk through: a megabyte of `{},` costs a hundred times what a megabyte of text does.
import { LIMITS } from './limits.ts'

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const BRACKET = 91
const BRACE = 123

/** Counted in the text, because taking wide and deep values apart is what takes so long. */
function holdsMoreThan(most: number, text: string): boolean {
  if (text.length <= most) return false
  let values = 1
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inText) {
      if (unit === BACKSLASH) at++
      else if (unit === QUOTE) inText = false
    } else if (unit === QUOTE) inText = true
    else if ((unit === COMMA || unit === BRACKET || unit === BRACE) && ++values > most) return true
  }
  return false
}

/** Undefined when it is no JSON, or holds more values than anybody honest sends. */
export function parseBoundedJson(text: string): unknown {
  if (holdsMoreThan(LIMITS.valuesPerFrame, text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
