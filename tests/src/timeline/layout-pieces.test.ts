// Long text in pieces that are laid out quickly, and how much of it a fold draws.
import { describe, expect, test } from 'bun:test'
import { beginningOf, isLongText } from '../../../src/timeline/folded-text.ts'
import { layoutPieces } from '../../../src/timeline/layout-pieces.ts'

const longest = (pieces: readonly string[]) => Math.max(...pieces.map((piece) => piece.length))

describe('pieces for the layout', () => {
  test.each([
    ['one letter', 'A'.repeat(250_000)],
    ['words', 'all is well '.repeat(2_000)],
    ['lines', `${'x'.repeat(300)}\n`.repeat(50)],
    ['pictures of two units', '😀'.repeat(5_000)],
    ['families', '👩‍👩‍👧‍👦'.repeat(500)],
    ['flags', '🇰🇷'.repeat(500)],
    ['letters with marks', 'e\u0301\u0323'.repeat(1_000)],
    ['one letter under marks', `a${'\u0301'.repeat(30_000)}`],
    ['marks of two units', `a${'\u{1e8d0}'.repeat(3_000)}`],
    ['lone halves', '\ud83d'.repeat(1_000)],
    ['Hangul in parts', '\u1112\u1161\u11ab'.repeat(1_000)],
  ])('%s: joined they are the text, and none is long', (_what, text) => {
    const pieces = layoutPieces(text)
    expect(pieces.join('')).toBe(text)
    expect(longest(pieces)).toBeLessThanOrEqual(257)
    if (text.isWellFormed()) expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  })

  test('what is short stays in one', () => {
    expect(layoutPieces('')).toEqual([''])
    expect(layoutPieces('a'.repeat(512))).toHaveLength(1)
  })

  test('words are cut behind a space, letters never in their middle', () => {
    expect(layoutPieces('word '.repeat(400)).every((piece) => piece.endsWith(' '))).toBe(true)
    for (const letter of ['👩‍👩‍👧‍👦', '🇰🇷', 'e\u0301', '\u1112\u1161\u11ab']) {
      expect(layoutPieces(`x${letter.repeat(400)}`).slice(1).every((piece) => piece.startsWith(letter))).toBe(true)
    }
  })
})

describe('a fold', () => {
  test('draws its lines and characters, whatever the rest is', () => {
    expect(beginningOf('A'.repeat(250_000)).length).toBeLessThanOrEqual(2_400)
    expect(beginningOf('A'.repeat(250_000)).length).toBeGreaterThan(2_000)
    expect(beginningOf('a\n'.repeat(60_000)).split('\n')).toHaveLength(12)
    expect(beginningOf('short')).toBe('short')
  })

  test('is for more than twelve lines or two screens of letters', () => {
    expect(isLongText('a\n'.repeat(12))).toBe(true)
    expect(isLongText('A'.repeat(2_401))).toBe(true)
    expect(isLongText('A'.repeat(2_400))).toBe(false)
  })
})
