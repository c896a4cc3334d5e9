// Both languages say the same things, every sentence can be read, and no word is missing or left over.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createI18n } from 'vue-i18n'
import { ERROR_CODES } from '#protocol'
import { compileWords } from '../../../src/i18n/compile-words.ts'
import firstEnglish from '../../../src/i18n/en/index.ts'
import laterEnglish from '../../../src/i18n/en/screens.ts'
import firstKorean from '../../../src/i18n/ko/index.ts'
import laterKorean from '../../../src/i18n/ko/screens.ts'
import { englishForm, koreanForm } from '../../../src/i18n/plural-forms.ts'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (typeof value === 'string') flat.set(path, value)
    else for (const [inner, text] of flatten(value, path)) flat.set(inner, text)
  }
  return flat
}

const english = { ...firstEnglish, ...laterEnglish }
const korean = { ...firstKorean, ...laterKorean }
const en = flatten(english)
const ko = flatten(korean)
const source = new URL('../../../src', import.meta.url).pathname

/** All code that shows words to people; samples of the gallery do not count. */
const code = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/\/i18n\/(en|ko)\//.test(path))
  .map((path) => ({ path: path.slice(source.length + 1), text: readFileSync(path, 'utf8') }))
const shown = code.filter(({ path }) => !path.startsWith('views/gallery/')).map(({ text }) => text).join('\n')

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{([a-zA-Z]\w*)\}/g)].map((match) => match[1]!))].sort()

describe('words', () => {
  test('both languages have the same keys', () => {
    expect([...ko.keys()].sort()).toEqual([...en.keys()].sort())
  })

  test('both languages fill in the same values', () => {
    // A particle is chosen outside when its word is not text but an element: only Korean has one.
    const differing = [...en].flatMap(([key, text]) => {
      const wanted = placeholders(text)
      const given = placeholders(ko.get(key) ?? '').filter((name) => name !== 'particle')
      return wanted.join() === given.join() ? [] : [`${key}: ${wanted.join()} ≠ ${given.join()}`]
    })
    expect(differing).toEqual([])
  })

  test('no sentence is empty, and each of them compiles and is filled in whole', () => {
    for (const [locale, words, form] of [['en', english, englishForm], ['ko', korean, koreanForm]] as const) {
      const i18n = createI18n({ legacy: false, locale, messages: { [locale]: compileWords(words) as never }, pluralRules: { [locale]: form } })
      for (const [key, text] of flatten(words)) {
        const values = Object.fromEntries(placeholders(text).map((name) => [name, 'x']))
        for (const count of [0, 1, 2, 5]) {
          const said = i18n.global.t(key, values, count)
          expect(said, `${locale} ${key}`).not.toBe('')
          expect(said, `${locale} ${key}`).not.toBe(key)
          expect(said, `${locale} ${key}`).not.toMatch(/[{}|]/)
        }
      }
    }
  })

  test('the Korean is Korean, unless it is a name', () => {
    const names = new Set(['shell.language.en', 'panel.context.mcp', 'tools.mcp', 'trust.memory', 'timeline.claude'])
    const foreign = [...ko].filter(
      ([key, text]) => !names.has(key) && !/[가-힣]/.test(text) && /[a-zA-Z]{2}/.test(text.replace(/\{\w+\}/g, '')),
    )
    expect(foreign).toEqual([])
  })

  test('people are spoken to as the design says', () => {
    for (const [key, text] of [...en, ...ko]) {
      expect(text, key).not.toMatch(/!|\boops\b|\bplease\b|Something went wrong|되어집니다|당신/i)
      expect(text, key).not.toContain('...')
    }
  })

  test('every code of the contract has a sentence', () => {
    for (const errorCode of ERROR_CODES) {
      expect(en.has(`errors.code.${errorCode}`), errorCode).toBe(true)
    }
  })

  test('no word that the code asks for is missing', () => {
    const missing: string[] = []
    for (const { path, text } of code) {
      for (const [, key] of text.matchAll(/(?<![\w.])t\(\s*['"]([^'"]+)['"]/g)) if (!en.has(key!)) missing.push(`${path}: ${key}`)
      for (const [, key] of text.matchAll(/keypath="([^"]+)"/g)) if (!en.has(key!)) missing.push(`${path}: ${key}`)
      for (const [, prefix] of text.matchAll(/(?<![\w.])t\(\s*`([^`$]*)\$\{/g)) {
        if (![...en.keys()].some((key) => key.startsWith(prefix!))) missing.push(`${path}: ${prefix}…`)
      }
    }
    expect(missing).toEqual([])
  })

  test('no word is left over', () => {
    const literals = new Set([...shown.matchAll(/['"`]([a-zA-Z]\w*(?:\.[\w-]+)+)['"`]/g)].map((match) => match[1]!))
    // A part that is filled in is one name, and one that the code knows: written as text or as the name of a field.
    const built = [...shown.matchAll(/`([a-zA-Z]\w*\.(?:[\w.-]|\$\{[^`}]*\})*)`/g)]
      .filter(([, key]) => key!.includes('${'))
      .map(([, key]) => new RegExp(`^${key!.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '([\\w-]+)')}$`))
    const names = new Set([...shown.matchAll(/['"`]([\w-]+)['"`]|(?<![\w.])([\w-]+)\??:/g)].map((match) => match[1] ?? match[2]!))
    const isBuilt = (key: string) => built.some((form) => form.exec(key)?.slice(1).every((name) => names.has(name)))
    const unused = [...en.keys()].filter((key) => !literals.has(key) && !isBuilt(key))
    expect(unused).toEqual([])
  })
})
