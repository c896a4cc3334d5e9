// Colours for code that is being written: each new line costs what a screen of code costs, however long the whole is.
import type { CodeSpan } from './highlight-code.ts'

export type CodeLines = readonly (readonly CodeSpan[])[]
export type GrowingHighlight = {
  /** All code so far, which begins with what it was before, or is another text. The last line may be half written: it stays plain. */
  update(code: string, language: string): CodeLines
}

/** What stands further up than this keeps the colours it has until the whole is read at the end. */
const READ_AGAIN_LINES = 80

export const plainLines = (code: string): CodeLines => code.split('\n').map((text) => (text === '' ? [] : [{ text, kind: '' }]))

export function createGrowingHighlight(highlight: (code: string, language: string) => CodeLines | null): GrowingHighlight {
  let lines: CodeLines = []
  let text = ''
  let of = ''

  function colour(complete: string, language: string): CodeLines {
    const from = lines.length > READ_AGAIN_LINES ? lines.length - READ_AGAIN_LINES : 0
    const kept = lines.slice(0, from)
    const rest = from === 0 ? complete : complete.split('\n').slice(from).join('\n')
    const fresh = highlight(rest, language) ?? plainLines(rest)
    // Lines whose colours did not change stay the same objects: they are not drawn again.
    return [...kept, ...fresh.map((spans, at) => (lines[from + at] && sameSpans(lines[from + at]!, spans) ? lines[from + at]! : spans))]
  }

  return {
    update(code, language) {
      const end = code.lastIndexOf('\n')
      const complete = end === -1 ? '' : code.slice(0, end)
      if (language !== of || !complete.startsWith(text)) lines = []
      if (end === -1) lines = []
      else if (complete !== text || lines.length === 0) lines = colour(complete, language)
      text = complete
      of = language
      return [...lines, ...plainLines(code.slice(end + 1))]
    },
  }
}

const sameSpans = (a: readonly CodeSpan[], b: readonly CodeSpan[]) =>
  a.length === b.length && a.every((span, at) => span.text === b[at]!.text && span.kind === b[at]!.kind)
