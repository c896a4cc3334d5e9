// What the caret stands in, and what the field says after a choice.
import { describe, expect, test } from 'bun:test'
import { replaceToken, tokenAt } from '../../../../src/views/session/completion-token.ts'

describe('the token at the caret', () => {
  test.each([
    ['/', 1, { kind: 'command', from: 0, to: 1, sought: '' }],
    ['/comp', 5, { kind: 'command', from: 0, to: 5, sought: 'comp' }],
    ['look at @src/li', 15, { kind: 'file', from: 8, to: 15, sought: 'src/li' }],
    ['(@a', 3, { kind: 'file', from: 1, to: 3, sought: 'a' }],
    ['첫 줄\n@읽', 6, { kind: 'file', from: 4, to: 6, sought: '읽' }],
  ] as const)('%p at %p', (text, caret, token) => {
    expect(tokenAt(text, caret)).toEqual(token)
  })

  test.each([
    ['ask someone@example.org', 23],
    ['now /clear', 10],
    ['@src done', 9],
    ['/compact keep the tests', 23],
    ['', 0],
  ] as const)('%p at %p is none', (text, caret) => {
    expect(tokenAt(text, caret)).toBeNull()
  })
})

describe('a choice', () => {
  test('a file is closed by a space, in the middle of a text by the one that is there', () => {
    const token = tokenAt('look at @li', 11)!
    expect(replaceToken('look at @li', token, '@src/limits.ts')).toEqual({ text: 'look at @src/limits.ts ', caret: 23 })
    expect(replaceToken('look at @li now', token, '@src/limits.ts')).toEqual({ text: 'look at @src/limits.ts now', caret: 22 })
  })

  test('a folder is gone on with', () => {
    expect(replaceToken('@s', tokenAt('@s', 2)!, '@src/')).toEqual({ text: '@src/', caret: 5 })
  })
})
