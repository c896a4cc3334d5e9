// A Markdown text without its marks, unit by unit: rules and bars of tables, fences, backticks, marks of headings. Pure.
import type { TextRange } from '../events/events.ts'

type Rule = { find: RegExp; /** Instead of it; nothing unless given. */ put?: string }

const rules: readonly Rule[] = [
  { find: /^[ \t]*(?:```|~~~).*$/gm },
  // Under the head of a table, and between paragraphs.
  { find: /^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)*\|?[ \t]*$/gm },
  { find: /^[ \t]*\|/gm },
  { find: /\|[ \t]*$/gm },
  // What is left of them in a row of a table stands between two cells.
  { find: /(?<=^[ \t]*\|.*)\|/gm, put: '·' },
  { find: /^[ \t]{0,3}#{1,6}[ \t]+/gm },
  { find: /^[ \t]*>[ \t]?/gm },
  { find: /\*\*(?=\S)|(?<=\S)\*\*/g },
  { find: /`+/g },
]

/** Of each unit of the text what is read there: itself, or what stands for it. What was sought stays, whatever it is. */
export function plainUnits(text: string, sought: readonly TextRange[]): string[] {
  const units = text.split('')
  const isTaken = (from: number, to: number) => sought.some((range) => range[0] < to && from < range[1])
  for (const { find, put = '' } of rules) {
    for (const { index, 0: mark } of text.matchAll(find)) {
      if (isTaken(index, index + mark.length)) continue
      for (let at = index; at < index + mark.length; at++) if (units[at] === text[at]) units[at] = at === index ? put : ''
    }
  }
  return units
}
