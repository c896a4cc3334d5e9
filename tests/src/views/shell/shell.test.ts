// The shell's decisions: where a sheet comes to rest, which region F6 goes to.
import { describe, expect, test } from 'bun:test'
import { settleSheet } from '../../../../src/views/shell/settle-sheet.ts'
import { nextRegion } from '../../../../src/views/shell/next-region.ts'

describe('a sheet', () => {
  const view = 800

  test('slowly dragged rests at the nearest height', () => {
    expect(settleSheet('low', 0, view, 0)).toBe('low')
    expect(settleSheet('low', -200, view, 0)).toBe('tall')
    expect(settleSheet('tall', 200, view, 0)).toBe('low')
    expect(settleSheet('low', 300, view, 0)).toBe('closed')
  })

  test('flicked goes where the finger went', () => {
    expect(settleSheet('low', 20, view, 1)).toBe('closed')
    expect(settleSheet('tall', 20, view, 1)).toBe('low')
    expect(settleSheet('tall', 400, view, 1)).toBe('closed')
    expect(settleSheet('low', -10, view, -1)).toBe('tall')
  })
})

describe('F6', () => {
  const region = (...held: string[]) => ({ held, contains: (node: unknown) => held.includes(node as string) })
  const [sidebar, header, timeline] = [region('a'), region('b'), region('c')]
  const all = [sidebar!, header!, timeline!]

  test('goes round in both directions', () => {
    expect(nextRegion(all, 'a', 1)).toBe(header!)
    expect(nextRegion(all, 'c', 1)).toBe(sidebar!)
    expect(nextRegion(all, 'a', -1)).toBe(timeline!)
  })

  test('begins at an end from nowhere', () => {
    expect(nextRegion(all, 'x', 1)).toBe(sidebar!)
    expect(nextRegion(all, 'x', -1)).toBe(timeline!)
    expect(nextRegion([], 'x', 1)).toBeUndefined()
  })

  test('takes the innermost of nested regions', () => {
    const outer = region('a', 'b')
    const inner = region('b')
    expect(nextRegion([outer, inner, timeline!], 'b', 1)).toBe(timeline!)
  })
})
