// Ends, for the eye only, what Markdown still being written has begun: half a marker must not flash as text or as a heading.

// Alone on the last line these may yet become a list, a heading, a rule, a fence or a table row.
const HALF_MARKER = /^[ \t>]*(?:-{1,}|={1,}|[*+]{1,3}|_{1,3}|`{1,2}|~{1,2}|\d{1,9}[.)]|#{1,6}|>|\|)[ \t]*$/
const HALF_DELIMITER = /^ {0,3}\|?[ \t]*:?-[-:| \t]*$/
const HALF_LINK = /(!?)\[([^[\]\n]*)\]\([^()\s]*(?:\s+["'(][^"')\n]*)?$/
const BLOCK_START = /^[ \t>]*(?:[-+*][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|>|\||$)/
const NESTED_FENCE = /^[ \t>]*(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)?(?:`{3,}|~{3,})/

/** The open segment as it is shown while more text may come. */
export function completeTail(source: string): string {
  const lines = source.split('\n')
  if (lines.filter((line) => NESTED_FENCE.test(line)).length % 2 === 1) return source
  const last = lines.at(-1)!
  const before = lines.at(-2) ?? ''
  if (before.includes('|') && HALF_DELIMITER.test(last)) {
    lines[lines.length - 1] = before.trim().replace(/^\||\|$/g, '').replace(/[^|\\]+|\\./g, '-').replace(/^\||\|$/g, '-|')
    return lines.join('\n')
  }
  if (HALF_MARKER.test(last)) lines.pop()
  if (lines.length === 0) return ''
  let from = lines.length - 1
  while (from > 0 && !BLOCK_START.test(lines[from]!)) from--
  const head = lines.slice(0, from).join('\n')
  const tail = completeInline(lines.slice(from).join('\n'))
  return from === 0 ? tail : `${head}\n${tail}`
}

/** Closes code, emphasis and links that are open at the end of a run of inline text. */
function completeInline(source: string): string {
  const text = source.replace(HALF_LINK, (_, image: string, label: string) => (image ? '' : label))
  const open: string[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at]!
    if (char === '\\') {
      at += 2
    } else if (char === '`') {
      const run = runAt(text, at)
      const end = findRun(text, at + run.length, run)
      if (end === -1) return closeCode(text, at, run, open)
      at = end + run.length
    } else if (char === '*' || char === '_' || char === '~') {
      const run = runAt(text, at)
      take(run, text[at - 1], text[at + run.length], open)
      at += run.length
    } else at++
  }
  return closeAll(text, open)
}

function runAt(text: string, at: number): string {
  let end = at + 1
  while (text[end] === text[at]) end++
  return text.slice(at, end)
}

function findRun(text: string, from: number, run: string): number {
  for (let at = text.indexOf(run, from); at !== -1; ) {
    const found = runAt(text, at)
    if (found === run) return at
    at = text.indexOf(run, at + found.length)
  }
  return -1
}

function take(run: string, previous: string | undefined, next: string | undefined, open: string[]) {
  const mark = run[0]!
  let left = mark === '~' ? (run.length === 2 ? 2 : 0) : Math.min(run.length, 3)
  const closing = previous !== undefined && !/\s/.test(previous)
  while (closing && left > 0 && open.at(-1)?.startsWith(mark) && open.at(-1)!.length <= left) left -= open.pop()!.length
  const opening = next !== undefined && !/\s/.test(next) && (previous === undefined || !/[\p{L}\p{N}]/u.test(previous))
  if (!opening || left === 0) return
  if (left >= 2) open.push(mark + mark)
  if (left % 2 === 1) open.push(mark)
}

function closeCode(text: string, at: number, run: string, open: string[]): string {
  const content = text.slice(at + run.length).replace(/`+$/, '')
  if (content.trim() === '') return closeAll(text.slice(0, at), open)
  return closeAll(`${text.slice(0, at)}${run}${content}${run}`, open)
}

function closeAll(text: string, open: string[]): string {
  // A run at the very end is half a closing mark, or an opening one with nothing in it yet.
  const trimmed = text.replace(/(?<=[\s\p{L}\p{N}\p{P}]|^)(?:\*{1,3}|_{1,3}|~{1,2})$/u, (run) => {
    const begins = /(?:^|\s)$/.test(text.slice(0, -run.length))
    return begins || open.some((each) => each[0] === run[0]) ? '' : run
  })
  if (open.length === 0) return trimmed
  return trimmed.trimEnd() + [...open].reverse().join('')
}
