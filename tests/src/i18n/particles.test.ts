// Korean particles fit the sound before them.
import { describe, expect, test } from 'bun:test'
import { finalSound, particle, resolveParticles } from '../../../src/i18n/particles.ts'

describe('the last sound', () => {
  test.each([
    ['김민지', 'open'],
    ['박준', 'closed'],
    ['서울', 'rieul'],
    ['limits.ts', 'open'],
    ['npm', 'closed'],
    ['URL', 'rieul'],
    ['query', 'open'],
    ['harbor-api', 'open'],
    ['main', 'closed'],
    ['tool', 'rieul'],
    ['3', 'closed'],
    ['7', 'rieul'],
    ['2', 'open'],
    ['‘조석문’', 'closed'],
    ['npm test:*', 'open'],
    ['', 'open'],
    ['🙂', 'open'],
  ] as const)('%s: %s', (text, sound) => {
    expect(finalSound(text)).toBe(sound)
  })
})

test('로 follows a vowel and ㄹ', () => {
  expect(particle('서울', '으로/로')).toBe('로')
  expect(particle('부산', '으로/로')).toBe('으로')
  expect(particle('제주', '으로/로')).toBe('로')
})

test('marks in a sentence are replaced, everything else stays', () => {
  expect(resolveParticles('Claude가 postgres · query[을/를] 쓰려고 합니다')).toBe('Claude가 postgres · query를 쓰려고 합니다')
  expect(resolveParticles('‘조석문’[이/가] 나오는 세션')).toBe('‘조석문’이 나오는 세션')
  expect(resolveParticles('박준[과/와] 김민지[은/는]')).toBe('박준과 김민지는')
  expect(resolveParticles('src/a [x/y] 1/2')).toBe('src/a [x/y] 1/2')
})
