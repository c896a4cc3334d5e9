// Where words stand in a text: every place, whatever the case and the way the letters were put together.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { placesOf } from '../../../relay/events/text-match.ts'

const marked = (text: string, ...words: string[]) => placesOf(text, words)?.map(([from, to]) => text.slice(from, to)) ?? null

test('S1: a text is found by parts of words, in any case, only when it holds all of them', () => {
  expect(marked('The Webhook limits webhooks', 'WEBHOOK')).toEqual(['Webhook', 'webhook'])
  expect(marked('결제 오류를 고쳤습니다', '오류', '결제')).toEqual(['결제', '오류'])
  expect(marked('only the one', 'one', 'other')).toBeNull()
  expect(marked('조석문'.normalize('NFD'), '조석문')).toEqual(['조석문'.normalize('NFD')])
  expect(marked('ＡＢＣ and ABC', 'ＡＢＣ')).toEqual(['ＡＢＣ', 'ABC'])
})

test('letters that grow in lower case move no mark', () => {
  expect(marked('İİİ tide', 'tide')).toEqual(['tide'])
})

test('places are in order, apart from each other, and each holds a word', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'İ', '가', ' ', '😀'), maxLength: 40 })
  fc.assert(
    fc.property(letters, fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '가', '😀'), minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), (text, words) => {
      const places = placesOf(text, words)
      if (places === null) return expect(words.some((word) => !text.toLowerCase().includes(word))).toBeTrue()
      let end = -1
      for (const [from, to] of places) {
        expect(from).toBeGreaterThan(end)
        end = to
        expect(words.some((word) => text.slice(from, to).toLowerCase().includes(word))).toBeTrue()
      }
    }),
  )
})
