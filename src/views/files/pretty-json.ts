// JSON set out to be read, every number and name exactly as written: nothing is rounded or dropped by parsing. Pure.

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g

/** Of deeper ones most of what is set out is the space before it. */
const MOST_DEPTH = 100
/** Characters, set out. */
const MOST_LENGTH = 4 * 1024 * 1024

/** null: it is not JSON, or not all of it, or too deep or too long to be set out. */
export function prettyJson(text: string): string | null {
  if (text.length > MOST_LENGTH) return null
  try {
    JSON.parse(text)
  } catch {
    return null
  }
  const tokens = text.match(TOKENS) ?? []
  let out = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      const isEmpty = tokens[at + 1] === '}' || tokens[at + 1] === ']'
      depth += 1
      out += isEmpty ? token : token + line()
    } else if (token === '}' || token === ']') {
      depth -= 1
      const wasEmpty = tokens[at - 1] === '{' || tokens[at - 1] === '['
      out += wasEmpty ? token : line() + token
    } else if (token === ',') out += `,${line()}`
    else if (token === ':') out += ': '
    else out += token
    if (depth > MOST_DEPTH || out.length > MOST_LENGTH) return null
  }
  return out
}
