// Diffs: whatever is drawn must be the truth about both texts.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Diff, diffOfEdit, diffTexts, pairLines } from '../../../src/timeline/diff-hunks.ts'
import { diffWords } from '../../../src/timeline/diff-words.ts'

const all = (diff: Diff) => diff.hunks.flatMap((hunk) => hunk.lines)
const side = (diff: Diff, kind: 'added' | 'removed') => all(diff).filter((line) => line.kind === 'same' || line.kind === kind).map((line) => line.text)
const line = fc.constantFrom('', 'a', 'b', 'c', '  return x', 'const limit = 60', 'const limit = 600', '}', '한글 줄', 'a\r')
const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.boolean()).map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''))

describe('diffTexts', () => {
  test('removed and same lines are the old text, added and same lines the new one', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffTexts(before, after, { startLine: 1 })
        const bothEnd = (before === '' || before.endsWith('\n')) && (after === '' || after.endsWith('\n'))
        const lines = (from: string) => (from === '' ? [] : bothEnd ? from.slice(0, -1).split('\n') : from.split('\n'))
        expect(side(diff, 'removed')).toEqual(lines(before))
        expect(side(diff, 'added')).toEqual(lines(after))
        expect(diff.added).toBe(all(diff).filter((each) => each.kind === 'added').length)
        expect(diff.removed).toBe(all(diff).filter((each) => each.kind === 'removed').length)
      }),
      { numRuns: 2000 },
    )
  })

  test('numbers rise by one on each side, spans are the line, pairs hold each line once', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 900 }), (before, after, startLine) => {
        const lines = all(diffTexts(before, after, { startLine }))
        for (const key of ['old', 'new'] as const) {
          const numbers = lines.map((each) => each[key]).filter((each) => each !== null)
          expect(numbers).toEqual(numbers.map((_, at) => startLine + at))
        }
        for (const each of lines) expect(each.spans.map((span) => span.text).join('')).toBe(each.text.replaceAll('\r', '␍'))
        const pairs = pairLines(lines)
        expect(pairs.flatMap((pair) => (pair.left && pair.left.kind !== 'added' ? [pair.left] : []))).toEqual(lines.filter((each) => each.kind !== 'added'))
        expect(pairs.flatMap((pair) => (pair.right && pair.right.kind !== 'removed' ? [pair.right] : []))).toEqual(lines.filter((each) => each.kind !== 'removed'))
      }),
      { numRuns: 1000 },
    )
  })

  test('changes are never folded and have three lines of context', () => {
    const before = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`)
    const after = before.with(19, 'changed')
    const diff = diffTexts(before.join('\n'), after.join('\n'), { startLine: 1 })
    expect(diff.hunks.map((hunk) => [hunk.folded, hunk.lines.length])).toEqual([[true, 16], [false, 8], [true, 17]])
    expect(diff).toMatchObject({ added: 1, removed: 1, rough: false })
  })

  test('a fold of three lines is not worth it', () => {
    const before = ['x', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'y']
    const after = ['X', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'Y']
    expect(diffTexts(before.join('\n'), after.join('\n'), { startLine: null }).hunks.map((hunk) => hunk.folded)).toEqual([false])
  })

  test('changed words inside a line are marked', () => {
    const [removed, added] = all(diffTexts('  perMinute: 0,', '  perMinute: 60,', { startLine: 4 }))
    expect(removed!.spans.filter((span) => span.changed).map((span) => span.text)).toEqual(['0'])
    expect(added!.spans.filter((span) => span.changed).map((span) => span.text)).toEqual(['60'])
  })

  test('lines with nothing in common are not marked all over', () => {
    expect(diffWords('return enqueue(partner)', 'const verdict = limiter.take(id)')).toBe(null)
    const lines = all(diffTexts('return enqueue(partner)', 'const verdict = limiter.take(id)', { startLine: 1 }))
    expect(lines.every((each) => each.spans.every((span) => !span.changed))).toBe(true)
  })

  test('bidi controls and carriage returns can be seen', () => {
    expect(all(diffTexts('', 'a\u202eb\r\n', { startLine: 1 }))[0]!.spans[0]!.text).toBe('a⟨U+202E⟩b␍')
  })

  test('large texts are compared roughly instead of for ever', () => {
    const before = Array.from({ length: 15_000 }, (_, at) => `old ${at}`).join('\n')
    const after = Array.from({ length: 15_000 }, (_, at) => `new ${at}`).join('\n')
    const diff = diffTexts(`same\n${before}`, `same\n${after}`, { startLine: 1 })
    expect(diff).toMatchObject({ rough: true, added: 15_000, removed: 15_000 })
    expect(all(diff)[0]!.kind).toBe('same')
  })

  test('very different middle-sized texts do not hang either', () => {
    const before = Array.from({ length: 4_000 }, (_, at) => `old ${at}`).join('\n')
    const after = Array.from({ length: 4_000 }, (_, at) => `new ${at}`).join('\n')
    expect(diffTexts(before, after, { startLine: 1 }).rough).toBe(true)
  })
})

describe('diffOfEdit', () => {
  test('Edit', () => {
    expect(diffOfEdit({ type: 'edit', file_path: 'a', old_string: 'x\n', new_string: '', start_line: 7 })).toMatchObject({ added: 0, removed: 1, everywhere: false })
    expect(diffOfEdit({ type: 'edit', file_path: 'a', old_string: 'x', new_string: 'y', replace_all: true })).toMatchObject({ added: 1, removed: 1, everywhere: true })
  })
  test('Write: everything is added', () => {
    expect(diffOfEdit({ type: 'write', file_path: 'a', content: 'x\ny\n' })).toMatchObject({ added: 2, removed: 0, rough: false })
    expect(diffOfEdit({ type: 'write', file_path: 'a', content: '' })).toMatchObject({ added: 0, removed: 0 })
  })
  test('a todo list has no diff', () => expect(diffOfEdit({ type: 'todo', todos: [] })).toBe(null))
})
