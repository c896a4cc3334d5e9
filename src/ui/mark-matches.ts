// Where what was sought occurs in a text, for bold letters in lists.

type MarkedPart = { text: string; match: boolean }

/** Splits `text` at every occurrence of `sought`, whatever the case; one unmarked part if there is none. */
export function markMatches(text: string, sought: string): MarkedPart[] {
  const needle = sought.trim().toLocaleLowerCase()
  const hay = text.toLocaleLowerCase()
  // Some letters change their length in lower case; then positions would not fit, and nothing is marked.
  if (needle === '' || hay.length !== text.length) return [{ text, match: false }]
  const parts: MarkedPart[] = []
  let from = 0
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), match: false })
    parts.push({ text: text.slice(at, at + needle.length), match: true })
    from = at + needle.length
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), match: false })
  return parts
}
