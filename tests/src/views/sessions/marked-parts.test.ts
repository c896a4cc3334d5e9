// A snippet in parts: marked where the relay says so, and whole whatever it says.
import { expect, test } from 'bun:test'
import { markedParts } from '../../../../src/views/sessions/marked-parts.ts'

test('S3: marks are ranges, and what they leave out stays', () => {
  expect(markedParts('the tide gate', [{ from: 4, to: 8 }, { from: 9, to: 13 }])).toEqual([
    { text: 'the ', marked: false },
    { text: 'tide', marked: true },
    { text: ' ', marked: false },
    { text: 'gate', marked: true },
  ])
  expect(markedParts('', [])).toEqual([{ text: '', marked: false }])
})

test('ranges that do not fit the text take nothing from it', () => {
  for (const marks of [[{ from: 2, to: 1 }], [{ from: 0, to: 99 }], [{ from: -1, to: 2 }], [{ from: 1, to: 3 }, { from: 2, to: 4 }]]) {
    expect(markedParts('tide', marks).map(({ text }) => text).join('')).toBe('tide')
  }
})
