// Colours of code that is being written: the same as of the whole, unchanged lines untouched, a bounded amount read again.
import { expect, test } from 'bun:test'
import { createGrowingHighlight } from '../../../src/ui/growing-highlight.ts'
import { highlightLines } from '../../../src/ui/highlight-code.ts'

const CODE = Array.from({ length: 300 }, (_each, at) => `export const step${at} = (ms: number) => ms + ${at} // ${at}`).join('\n')

test('letter by letter it ends as the whole does, the half-written line plain', () => {
  const growing = createGrowingHighlight(highlightLines)
  const short = CODE.slice(0, 600)
  for (let at = 1; at <= short.length; at++) {
    const lines = growing.update(short.slice(0, at), 'typescript')
    expect(lines.map((spans) => spans.map((span) => span.text).join('')).join('\n')).toBe(short.slice(0, at))
    expect(lines.at(-1)!.every((span) => span.kind === '')).toBe(true)
  }
  const complete = short.slice(0, short.lastIndexOf('\n'))
  expect(growing.update(short, 'typescript').slice(0, -1)).toEqual(highlightLines(complete, 'typescript')! as never)
})

test('a line more reads no more than a screen of code, and leaves the other lines the same objects', () => {
  const read: number[] = []
  const growing = createGrowingHighlight((code, language) => {
    read.push(code.length)
    return highlightLines(code, language)
  })
  const before = growing.update(`${CODE}\n`, 'typescript')
  const after = growing.update(`${CODE}\nconst more = 1\n`, 'typescript')
  expect(read[1]!).toBeLessThan(read[0]! / 3)
  expect(before.slice(0, 300).every((line, at) => line === after[at])).toBe(true)
  growing.update(`${CODE}\nconst more = 1\nconst half`, 'typescript')
  expect(read).toHaveLength(2)
})

test('another text begins anew', () => {
  const growing = createGrowingHighlight(highlightLines)
  growing.update('const a = 1\nconst b = 2\n', 'typescript')
  expect(growing.update('let c = 3\n', 'typescript')[0]!.map((span) => span.text).join('')).toBe('let c = 3')
})
