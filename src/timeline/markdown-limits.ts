// What is too much for a Markdown reader: text beyond these is shown as it stands.

export type MarkdownLimits = {
  textChars: number
  /** Stretches between blank lines. */
  segments: number
  segmentChars: number
  lineChars: number
  marks: number
  depth: number
  budgetMs: number
}

/** Measured: 2 KB of `>` makes marked throw, 8,000 half underlines cost seconds, a 250 KB nested list 0.9 s. */
export const MARKDOWN_LIMITS: MarkdownLimits = {
  textChars: 512 * 1024,
  segments: 4_000,
  segmentChars: 32 * 1024,
  lineChars: 8 * 1024,
  marks: 4_000,
  depth: 16,
  budgetMs: 250,
}

/** Whether a segment would cost too much: too long, nested too deep, or made of little but markers. */
export function isAbsurd(text: string, limits: MarkdownLimits): boolean {
  if (text.length > limits.segmentChars) return true
  let marks = 0
  for (const line of text.split('\n')) {
    if (line.length > limits.lineChars) return true
    const lead = /^(?:[ \t]|>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))*/.exec(line)![0]
    if (lead.length > limits.depth && lead.replace(/[ \t\d]/g, '').length > limits.depth) return true
    if (lead.length > limits.depth * 4 && lead.trim() !== '') return true
    // At each line that is only a marker a setext heading and a list are tried: dear in numbers.
    if ((lead.length === line.length && lead.trim() !== '') || /^[-= ]+$/.test(line)) marks += 8
  }
  for (let at = 0; at < text.length; at++) if ('*_~[<`'.includes(text[at]!)) marks++
  return marks > limits.marks
}

/** Runs a reader; undefined when it gave up on absurd input (its stack ended). Other errors are bugs and pass. */
export function unlessAbsurd<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && /infinite loop|recursion/i.test(error.message))) return undefined
    throw error
  }
}
