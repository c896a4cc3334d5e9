// Reads the results of tools: their text, what can be counted in it, the links of a search.
import { plainText } from './todo-list.ts'
import type { Part, ToolPart } from './timeline.ts'

export { plainText }

/** The exit code of a command: 0 unless the CLI says otherwise; null while it runs, in the background, or when nobody knows. */
export function exitCode(part: ToolPart): number | null {
  const text = plainText(part.output)
  const told = /^(?:Error: )?Exit code (-?\d+)/.exec(text)
  if (told) return Number(told[1])
  return part.state === 'done' && !/^Command (?:running in background|was manually backgrounded)/.test(text) ? 0 : null
}

/** Output of a command without the line that the CLI writes before it. */
export const commandOutput = (part: ToolPart): string =>
  plainText(part.output)
    .replace(/^(?:Error: )?Exit code -?\d+\n?/, '')
    .replace(/^\(Bash completed with no output\)$/, '')

/** Lines of a file that was read (numbered by the CLI, the last one is empty when the file ends with a newline). */
export function linesRead(part: ToolPart): number | null {
  if (part.outputCut) return null
  const numbered = plainText(part.output).split('\n').filter((line) => /^\s*\d+[\t→]/.test(line))
  if (numbered.length === 0) return null
  return /^\s*\d+[\t→]$/.test(numbered.at(-1)!) ? numbered.length - 1 : numbered.length
}

/** What was read, without the numbers that the CLI puts before each line. */
export function fileRead(part: ToolPart): { startLine: number; text: string } | null {
  const lines = plainText(part.output).split('\n')
  const first = /^\s*(\d+)[\t→]/.exec(lines[0] ?? '')
  if (!first) return null
  const startLine = Number(first[1])
  // The number of the empty last line comes without its tab when the end of the text was trimmed.
  if (lines.at(-1)?.trim() === String(startLine + lines.length - 1)) lines[lines.length - 1] = ''
  return { startLine, text: lines.map((line) => line.replace(/^\s*\d+[\t→]/, '')).join('\n') }
}

/** How much a search found; null when that cannot be told. */
export function hitsOf(part: ToolPart): number | null {
  if (part.outputCut) return null
  const text = plainText(part.output).trim()
  if (text === '' || /^No (?:files|matches) found/.test(text)) return 0
  const told = /Found (\d+) total occurrences/.exec(text) ?? /^Found (\d+) (?:files?|lines?|matches)/.exec(text)
  if (told) return Number(told[1])
  return text.split('\n').filter((line) => line.trim() !== '' && !/^[[(].*[\])]$/.test(line)).length
}

type FoundLink = { title: string; url: string; host: string }

/** The links in the result of a web search. */
export function foundLinks(part: ToolPart): FoundLink[] {
  const list = /^Links: (\[.*\])$/m.exec(plainText(part.output))?.[1]
  if (list === undefined) return []
  let parsed: unknown
  try {
    parsed = JSON.parse(list)
  } catch {
    // Cut off in the middle: the text itself is still shown.
    return []
  }
  if (!Array.isArray(parsed)) return []
  return parsed.flatMap((each: { title?: unknown; url?: unknown } | null) => {
    const url = typeof each?.url === 'string' && URL.canParse(each.url) ? new URL(each.url) : null
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return []
    return [{ title: typeof each?.title === 'string' && each.title !== '' ? each.title : url.host, url: url.href, host: url.host }]
  })
}

/** Calls that an agent has made, those of its own agents included. */
export const countTools = (parts: readonly Part[]): number =>
  parts.reduce((count, part) => (part.kind === 'tool' ? count + 1 + countTools(part.parts) : count), 0)

/** The last sentence that an agent said: what stays visible of it when it is folded. */
export function lastSentence(part: ToolPart): string {
  const said = part.parts.findLast((each) => each.kind === 'text' && each.text.trim() !== '')
  const text = (plainText(part.output) || (said?.kind === 'text' ? said.text : '')).trim()
  const line = text.split('\n').findLast((each) => each.trim() !== '')?.trim() ?? ''
  const end = line.slice(-400)
  return /(?:^|[.!?。]\s+)(?<sentence>[^.!?。]\S.*?[.!?。]?)$/.exec(end)?.groups?.sentence ?? end
}

/** One row of a readable input: `text` is the value as text, `long` wants a box of its own. */
type InputField = { name: string; text: string; long: boolean }

/** Any tool's input as names and values, in their own order; values that are not text are written as JSON. */
export function inputFields(input: unknown): InputField[] {
  if (input === null || input === undefined) return []
  if (typeof input !== 'object' || Array.isArray(input)) return [field('', input)]
  return Object.entries(input).map(([name, value]) => field(name, value))
}

function field(name: string, value: unknown): InputField {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value))
  return { name, text, long: text.length > 80 || text.includes('\n') }
}
