// JSON set out to be read, every number and name exactly as written: nothing is rounded or dropped by parsing. Pure.

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g

/** null: it is not JSON, or not all of it. */
export function prettyJson(text: string): string | null {
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
  }
  return out
}
