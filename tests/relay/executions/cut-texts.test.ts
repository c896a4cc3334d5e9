// Cutting what is too long to be told: small enough afterwards, still what it was, never half a character.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { KEPT, LIMITS } from '#protocol'
import { cutProgress, cutTexts } from '../../../relay/executions/cut-texts.ts'

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

test('what fits is the very same; what does not fits afterwards', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 300, max: 2_000 }), (value, max) => {
      const cut = cutTexts(value, max)
      if (bytes(value) <= max) expect(cut).toBe(value)
      else expect(bytes(cut)).toBeLessThanOrEqual(max)
    }),
  )
  for (const odd of [Array(50_000).fill(0), Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key${n}`, n])), '한'.repeat(100_000), '😀'.repeat(80_000), '\u0000'.repeat(70_000)]) {
    const cut = cutTexts<unknown>(odd)
    expect(bytes(cut)).toBeLessThanOrEqual(LIMITS.toolTextBytes)
    expect(JSON.stringify(cut).isWellFormed()).toBe(true)
  }
})

test('N3 a long input and output are told cut, with their size and where the whole is', () => {
  const content = 'x'.repeat(300_000)
  const { progress, wholes } = cutProgress(
    { progress_type: 'tool_end', tool_use_id: 'toolu_1', tool: 'Write', input: { file_path: 'a', content }, output: content, edit_info: { type: 'write', file_path: 'a', content } },
    's1',
  )
  expect(progress.output_cut).toEqual({ bytes: 300_000, url: '/api/v1/claude/sessions/s1/tools/toolu_1/output' })
  expect((progress.input as { file_path: string }).file_path).toBe('a')
  expect(bytes(progress)).toBeLessThan(4 * LIMITS.toolTextBytes)
  expect(wholes.map(({ part, text }) => [part, text.length])).toEqual([['input', JSON.stringify({ file_path: 'a', content }).length], ['output', 300_000]])
  expect(KEPT.progress.safeParse({ ...progress, session_id: 's1', execution_id: 'x1' }).success).toBe(true)
})

test('what is short is told as it is', () => {
  const short = { progress_type: 'tool_start' as const, tool_use_id: 't', tool: 'Bash', input: { command: 'ls' } }
  expect(cutProgress(short, 's1')).toEqual({ progress: short, wholes: [] })
})
