// Terminal output: colours become roles, progress bars their last state, everything else plain text.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type AnsiOutput, readTerminal } from '../../../src/timeline/ansi-lines.ts'

const texts = (output: AnsiOutput) => output.lines.map((line) => line.map((span) => span.text).join(''))
const spans = (text: string) => readTerminal(text).lines[0]!.map((span) => [span.text, span.style.tone])

describe('readTerminal', () => {
  test('lines without the last newline', () => {
    expect(texts(readTerminal('a\nb\n'))).toEqual(['a', 'b'])
    expect(texts(readTerminal('a\r\n\r\nb\r\n'))).toEqual(['a', '', 'b'])
    expect(readTerminal('')).toEqual({ lines: [], total: 0, hidden: 0 })
    expect(readTerminal('\n')).toEqual({ lines: [], total: 0, hidden: 0 })
  })

  test('colours are roles: basic, bright, 256, true colour, with colons', () => {
    expect(spans('a\u001b[31mb\u001b[92mc\u001b[39md')).toEqual([['a', null], ['b', 'red'], ['c', 'green'], ['d', null]])
    expect(spans('\u001b[38;5;208ma\u001b[38;2;10;20;200mb\u001b[38:2::200:10:10mc\u001b[38:5:46md\u001b[90me\u001b[97mf')).toEqual([
      ['a', 'yellow'], ['b', 'blue'], ['c', 'red'], ['d', 'green'], ['e', 'grey'], ['f', null],
    ])
    expect(readTerminal('\u001b[1;4;41mx\u001b[22my\u001b[0mz').lines[0]!.map((span) => span.style)).toMatchObject([
      { bold: true, underline: true, on: 'red' }, { bold: false, underline: true, on: 'red' }, { bold: false, underline: false, on: null },
    ])
  })

  test('colours last over line ends, also from lines that are not shown', () => {
    const output = readTerminal('\u001b[31mone\ntwo\nthree', { last: 1 })
    expect(output).toMatchObject({ total: 3, hidden: 2 })
    expect(output.lines).toEqual([[{ text: 'three', style: expect.objectContaining({ tone: 'red' }) }]])
  })

  test('progress bars show their last state', () => {
    expect(texts(readTerminal('10 %\r50 %\r100 %\ndone'))).toEqual(['100 %', 'done'])
    expect(texts(readTerminal('abcdef\rxy'))).toEqual(['xycdef'])
    expect(texts(readTerminal('downloading\r\u001b[2Kdone'))).toEqual(['done'])
    expect(texts(readTerminal('abcdef\r\u001b[Kx'))).toEqual(['x'])
    expect(texts(readTerminal('spin|\b/\b-'))).toEqual(['spin-'])
    expect(texts(readTerminal('50 %\r'))).toEqual(['50 %'])
  })

  test('links, titles, cursor moves and control characters leave no trace', () => {
    expect(texts(readTerminal('\u001b]8;;https://evil\u0007text\u001b]8;;\u001b\\ \u001b]0;title\u0007\u001b[2J\u001b[1;1H\u001b(Bx\u0007\u0000\u001b'))).toEqual(['text x'])
    expect(texts(readTerminal('\u009b31mred \u202eabc'))).toEqual(['red ⟨U+202E⟩abc'])
  })

  test('an unfinished sequence at the end is not shown', () => {
    for (const half of ['\u001b', '\u001b[', '\u001b[3', '\u001b[38;5;', '\u001b]8;;http']) expect(texts(readTerminal(`a${half}`))).toEqual(['a'])
  })

  test('the last lines are the last lines of all', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('', 'a', 'bb', '\u001b[31mred'), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 35 }), (lines, last) => {
        const text = lines.join('\n')
        const whole = readTerminal(text)
        const part = readTerminal(text, { last })
        expect(part.lines).toEqual(whole.lines.slice(-last))
        expect(part.total).toBe(whole.total)
        expect(part.hidden).toBe(whole.total - part.lines.length)
      }),
      { numRuns: 2000 },
    )
  })

  test('any output: nothing that steers a terminal or reorders text comes out', () => {
    const noise = fc.array(fc.constantFrom('a', '한', '😀', ' ', '\n', '\r', '\b', '\t', '\u001b', '[', ']', '8;;', '31', 'm', 'K', ';', ':', '\u0007', '\u009b', '\u202e', '\u0000', '2', 'G'), { maxLength: 60 })
    fc.assert(
      fc.property(noise, (pieces) => {
        for (const line of texts(readTerminal(pieces.join('')))) expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 3000 },
    )
  })

  test('bounded: long lines, many lines, many colours', () => {
    expect(texts(readTerminal('x'.repeat(100_000)))[0]!.length).toBeLessThanOrEqual(4_001)
    const many = readTerminal('line\n'.repeat(20_000))
    expect([many.lines.length, many.total, many.hidden]).toEqual([5_000, 20_000, 15_000])
    expect(texts(readTerminal('\u001b[1mx'.repeat(15_000)))[0]!.length).toBeLessThanOrEqual(4_001)
    expect(texts(readTerminal('x\r'.repeat(50_000)))).toEqual(['x'])
  })
})
