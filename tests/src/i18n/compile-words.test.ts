// Our own sentences say what the i18n library's compiler would make of them.
import { expect, test } from 'bun:test'
import { createI18n } from 'vue-i18n'
import { compileWords, type Words } from '../../../src/i18n/compile-words.ts'
import english from '../../../src/i18n/en/index.ts'
import korean from '../../../src/i18n/ko/index.ts'

const keysOf = (words: Words, prefix = ''): string[] =>
  Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [`${prefix}${key}`] : keysOf(value, `${prefix}${key}.`)))

type Speaker = { t(key: string, values?: object, count?: number): string }
const speaker = (messages: unknown) => createI18n({ legacy: false, locale: 'x', messages: { x: messages as never } }).global as unknown as Speaker

for (const [name, words] of Object.entries({ english, korean })) {
  test(`all of it in ${name}`, () => {
    const ours = speaker(compileWords(words))
    const theirs = speaker(words)
    // Every value that is asked for is here: a name, a number, and one that is missing.
    const values = new Proxy({}, { get: (_, key) => (key === 'reason' ? undefined : `<${String(key)}>`), has: () => true })
    for (const key of keysOf(words)) for (const count of [0, 1, 2, 7]) expect(ours.t(key, values, count), key).toBe(theirs.t(key, values, count))
  })
}

test('values, characters as they are, counts', () => {
  const { t } = speaker(compileWords({ hello: "Hi {name}, {'@'} for {'{'}files{'}'}", files: 'one file | {n} files', not: 'a|b' }))
  expect(t('hello', { name: 'Minji' })).toBe('Hi Minji, @ for {files}')
  expect([t('files', { n: 1 }, 1), t('files', { n: 3 }, 3)]).toEqual(['one file', '3 files'])
})

test('an element may stand in a sentence: the pieces are handed on as they are', () => {
  const { allowed } = compileWords({ allowed: '{name} allowed {what}' }) as { allowed: (context: object) => unknown }
  const bold = { type: 'b' }
  const context = { named: (name: string) => (name === 'name' ? bold : 'npm test'), interpolate: (value: unknown) => value, normalize: (pieces: unknown[]) => pieces, plural: () => '' }
  expect(allowed(context)).toEqual(['', bold, ' allowed ', 'npm test', ''])
})
