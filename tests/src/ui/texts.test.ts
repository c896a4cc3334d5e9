// The small pure parts of the interface: initials, keys, paths, matches, hues, latency steps.
import { describe, expect, test } from 'bun:test'
import { HUES_COUNT } from '#protocol'
import { HUES } from '../../../src/ui/hues.ts'
import { hueOf } from '../../../src/views/shell/hue-of.ts'
import { initials } from '../../../src/ui/initials.ts'
import { keyText } from '../../../src/ui/key-text.ts'
import { steppedLatencyMs } from '../../../src/ui/link-state.ts'
import { markMatches } from '../../../src/ui/mark-matches.ts'
import { neighbour } from '../../../src/ui/neighbour.ts'
import { splitPath } from '../../../src/ui/split-path.ts'

describe('initials', () => {
  test.each([
    ['Minji Kim', 'MK'],
    ['Sofia Lindqvist', 'SL'],
    ['Ana Maria de Souza', 'AS'],
    ['minji', 'MI'],
    ['김민지', '민지'],
    ['김 민지', '민지'],
    ['박준', '박준'],
    ['남궁민수', '민수'],
    ['황보 석', '석'],
    ['jun.park', 'JP'],
    ['é', 'É'],
    ['', '?'],
    ['  ', '?'],
  ])('%s: %s', (name, letters) => expect(initials(name)).toBe(letters))
})

test('a person has one hue, and people have many', () => {
  expect(HUES).toHaveLength(HUES_COUNT)
  const ids = Array.from({ length: 200 }, (_, n) => crypto.randomUUID().replace(/^./, String(n % 10)))
  for (const id of ids) expect(hueOf(id)).toBe(hueOf(`${id}`))
  expect(new Set(ids.map(hueOf)).size).toBe(8)
})

test('keys are written as their platform writes them', () => {
  expect(keyText('mod+Enter', 'MacIntel')).toBe('⌘⏎')
  expect(keyText('mod+K', 'Linux x86_64')).toBe('Ctrl+K')
  expect(keyText('alt+A', 'MacIntel')).toBe('⌥A')
  expect(keyText('Escape', 'Win32')).toBe('Esc')
  expect(keyText('1', 'Win32')).toBe('1')
})

describe('paths', () => {
  const whole = (path: string) => {
    const { folder, head, tail } = splitPath(path)
    return folder + head + tail
  }

  test('the parts are the path again', () => {
    for (const path of ['a', 'a.ts', 'src/a/b.ts', '/etc/hosts', 'src/한글 이름.tsx', 'src/', '/', '.env', 'x'.repeat(200), '🙂🙂🙂🙂🙂🙂.png']) {
      expect(whole(path)).toBe(path)
    }
  })

  test('the tail keeps the ending and four letters before it', () => {
    expect(splitPath('src/webhooks/token-bucket.ts')).toEqual({ folder: 'src/webhooks/', head: 'token-bu', tail: 'cket.ts' })
    expect(splitPath('Makefile')).toEqual({ folder: '', head: 'Make', tail: 'file' })
  })
})

describe('matches', () => {
  test('every occurrence, whatever the case', () => {
    expect(markMatches('Retry the retry', 'RET')).toEqual([
      { text: 'Ret', match: true },
      { text: 'ry the ', match: false },
      { text: 'ret', match: true },
      { text: 'ry', match: false },
    ])
  })

  test('nothing sought, nothing found', () => {
    expect(markMatches('abc', ' ')).toEqual([{ text: 'abc', match: false }])
    expect(markMatches('abc', 'x')).toEqual([{ text: 'abc', match: false }])
    expect(markMatches('', 'x')).toEqual([{ text: '', match: false }])
  })

  test('the text stays whole when letters change their length in lower case', () => {
    expect(markMatches('İİab', 'ab').map((part) => part.text).join('')).toBe('İİab')
  })
})

test('arrow keys go round', () => {
  const ids = ['a', 'b', 'c']
  expect(neighbour(ids, 'c', 'ArrowRight')).toBe('a')
  expect(neighbour(ids, 'a', 'ArrowLeft')).toBe('c')
  expect(neighbour(ids, 'b', 'Home')).toBe('a')
  expect(neighbour(ids, 'b', 'End')).toBe('c')
  expect(neighbour(ids, 'gone', 'ArrowLeft')).toBe('c')
  expect(neighbour(ids, 'a', 'x')).toBeUndefined()
})

test('latency is shown in steps', () => {
  expect([0.2, 12.4, 47, 243, 648].map(steppedLatencyMs)).toEqual([1, 12, 45, 240, 640])
})
