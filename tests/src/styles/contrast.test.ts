// Every pair of colours that carries words or edges keeps its contrast, in both themes: a changed token cannot slip below.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'

const css = readFileSync(new URL('../../../src/styles/tokens.css', import.meta.url), 'utf8')
/** The first block of tokens: the ones for everyone. */
const plain = css.slice(0, css.indexOf('@media'))

type Theme = 'light' | 'dark'
const themes: Theme[] = ['light', 'dark']

function token(name: string, theme: Theme): string {
  const found = new RegExp(`--${name}:\\s*(?:light-dark\\((#[0-9a-f]{6}),\\s*(#[0-9a-f]{6})\\)|(#[0-9a-f]{6}))`).exec(plain)
  if (found === null) throw new Error(`no token --${name}`)
  return found[3] ?? (theme === 'light' ? found[1]! : found[2]!)
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function ratio(one: string, other: string, theme: Theme): number {
  const [dark, light] = [luminance(token(one, theme)), luminance(token(other, theme))].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}

const hues = ['azure', 'moss', 'violet', 'ochre', 'rose', 'sea', 'indigo', 'orchid']
const grounds = ['surface', 'canvas', 'raised', 'sunken', 'hover']
const states = ['accent', 'claude', 'warn', 'danger', 'ok']
const syntax = ['syn-key', 'syn-str', 'syn-num', 'syn-fn', 'syn-type', 'syn-com']

/** [what is read, on what, at least] */
const words: [string, string, number][] = [
  ...['text', 'text-2', 'text-3'].flatMap((text) => grounds.map((ground): [string, string, number] => [text, ground, 4.5])),
  ['text', 'active', 4.5],
  ['text-2', 'active', 4.5],
  ...['accent', 'claude', 'warn', 'danger', 'ok'].flatMap((text) => grounds.map((ground): [string, string, number] => [text, ground, 4.5])),
  ...states.flatMap((state): [string, string, number][] => [
    [state, `${state}-soft`, 4.5],
    ['text', `${state}-soft`, 4.5],
    ['text-2', `${state}-soft`, 4.5],
  ]),
  ['on-ink', 'ink', 7],
  ['on-ink', 'ink-hover', 7],
  ['on-danger', 'danger-solid', 4.5],
  ['on-danger', 'danger-solid-hover', 4.5],
  ...['diff-add', 'diff-del'].flatMap((kind): [string, string, number][] => [
    ['text', kind, 7],
    ['text', `${kind}-word`, 7],
    [`${kind}-text`, kind, 4.5],
    ['text-2', kind, 4.5],
  ]),
  ...syntax.flatMap((colour): [string, string, number][] => [
    [colour, 'raised', 4.5],
    [colour, 'sunken', 4.5],
    [colour, 'diff-add', 4.5],
    [colour, 'diff-del', 4.5],
  ]),
  // Inside changed words a comment is written in --text-2: its own grey would be too faint there.
  ...['syn-key', 'syn-str', 'syn-num', 'syn-fn', 'syn-type', 'text-2'].flatMap((colour): [string, string, number][] =>
    ['diff-add-word', 'diff-del-word'].map((ground) => [colour, ground, 4.5]),
  ),
  ...hues.flatMap((hue): [string, string, number][] => [
    [`p-${hue}`, 'surface', 4.5],
    [`p-${hue}`, 'sunken', 4.5],
    [`p-${hue}`, `p-${hue}-soft`, 4.5],
    // The name on the flag of a caret.
    ['raised', `p-${hue}`, 4.5],
  ]),
]

/** [edge or sign, beside what]: parts of controls need 3. */
const parts: [string, string][] = [
  ...['line-control', 'focus', 'claude-solid', 'accent'].flatMap((part) =>
    ['surface', 'canvas', 'raised'].map((ground): [string, string] => [part, ground]),
  ),
  ['on-danger', 'line-control'],
  ...hues.map((hue): [string, string] => [`p-${hue}-solid`, 'surface']),
  ...hues.map((hue): [string, string] => [`p-${hue}-solid`, 'sunken']),
]

describe.each(themes)('%s', (theme) => {
  test.each(words)('%s on %s reaches %d', (text, ground, least) => {
    expect(ratio(text, ground, theme)).toBeGreaterThanOrEqual(least)
  })

  test.each(parts)('%s beside %s reaches 3', (part, ground) => {
    expect(ratio(part, ground, theme)).toBeGreaterThanOrEqual(3)
  })
})

test('the ratio is that of WCAG', () => {
  expect(luminance('#ffffff')).toBeCloseTo(1)
  expect(luminance('#000000')).toBe(0)
  expect(ratio('text', 'surface', 'light')).toBeCloseTo(16.3, 1)
})

test('each hue gives its three colours to what carries it', () => {
  const sheet = readFileSync(new URL('../../../src/styles/hues.css', import.meta.url), 'utf8')
  for (const hue of hues) {
    expect(sheet).toContain(`[data-hue='${hue}'] { --hue: var(--p-${hue}); --hue-soft: var(--p-${hue}-soft); --hue-solid: var(--p-${hue}-solid); }`)
  }
})
