// Titles and mentions as people would expect them.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { mentionedIn, titleOf } from '../../../relay/executions/words.ts'

test('a title is the first line that says something, short, and never half a character', () => {
  expect(titleOf('\n  Fix   the login \nplease')).toBe('Fix the login')
  expect(titleOf('word '.repeat(40))).toBe(`${'word '.repeat(15).trim()} word…`)
  expect(titleOf('')).toBe('')
  expect(titleOf('\u3164\nFix it')).toBe('Fix it')
  expect(titleOf('\u202e\n\u001b[1mFix\u0000 it')).toBe('[1mFix it')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const title = titleOf(text)
      expect(title.length).toBeLessThanOrEqual(81)
      expect(title.isWellFormed()).toBe(true)
    }),
  )
})

test('mentions name people of the session, the longer name first, and not addresses', () => {
  const people = [{ username: 'Ada' }, { username: 'Ada Lovelace' }, { username: '민수' }]
  const names = (content: string) => mentionedIn(content, people).map((each) => each.username)
  expect(names('@ada look')).toEqual(['Ada'])
  expect(names('thanks @Ada Lovelace!')).toEqual(['Ada Lovelace'])
  expect(names('@민수, and @Ada')).toEqual(['Ada', '민수'])
  expect(names('@민수님, @Ada가')).toEqual(['Ada', '민수'])
  expect(names('mail me@ada or @adapter')).toEqual([])
  expect(names('@Ada @Ada')).toEqual(['Ada'])
})

test('a prompt of nothing but calls reads each name once, however many people are here; a real one after many signs is heard', () => {
  let read = 0
  const people = ['Ada', 'Ada Lovelace', ...Array.from({ length: 98 }, (_, i) => `person number ${i}`)].map((name) => ({ get username() { return (read += 1, name) } }))
  const found = (content: string) => mentionedIn(content, people).map((each) => people.indexOf(each))
  const texts: [string, number[]][] = [['@'.repeat(262_144), []], [`${'@'.repeat(262_144)}ada lovelace`, [1]], ['@p '.repeat(80_000), []], [`${'@nobody '.repeat(1_999)}@person number 7`, [9]], [`${'@nobody '.repeat(2_000)}@ada`, []]]
  for (const [content, names] of texts) {
    read = 0
    expect([found(content), read]).toEqual([names, people.length])
  }
})
