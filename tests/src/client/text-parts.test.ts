// Parts of a text come to the text, whatever of it comes twice, anew from its beginning, or not at all.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { FromRelay } from '#protocol'
import { createTextParts } from '../../../src/client/text-parts.ts'

const block = (content: string, offset: number | null): FromRelay => ({
  type: 'claude_response',
  channel: 'session:s',
  seq: offset === null ? 7 : null,
  data: { session_id: 's', execution_id: 'e', message_id: 'm:0', content, ...(offset !== null && { offset }), stream: offset !== null, completed: offset === null },
  timestamp: 1,
})

test('whatever is cut off: the parts together are the text, and the event of its end follows them as it was', () => {
  const cuts = fc.array(fc.record({ length: fc.integer({ min: 1, max: 9 }), fate: fc.constantFrom('comes', 'comes', 'comes twice', 'is lost', 'comes anew') }), { maxLength: 12 })
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), cuts, (text, pieces) => {
      const { take } = createTextParts()
      let parts = ''
      /** What joining again brings: all of it so far. */
      const hear = (message: FromRelay, soFar: string): void => {
        const taken = take(message)
        if (taken === 'lost') return hear(block(soFar, 0), soFar)
        for (const { data } of taken) parts += (data as { content: string }).content
      }
      let at = 0
      for (const { length, fate } of pieces) {
        const piece = text.slice(at, at + length)
        const soFar = text.slice(0, at + length)
        if (fate === 'comes anew') hear(block(soFar, 0), soFar)
        else if (fate !== 'is lost') hear(block(piece, at), soFar)
        if (fate === 'comes twice') hear(block(piece, at), soFar)
        at += piece.length
      }
      const end = block(text, null)
      const last = take(end)
      expect(last.at(-1)).toBe(end)
      for (const { data } of (last as FromRelay[]).slice(0, -1)) parts += (data as { content: string }).content
      expect(parts).toBe(text)
    }),
  )
})

test('a text of which a crash kept less than was heard ends as it was kept; other messages pass', () => {
  const { take } = createTextParts()
  take(block('Half of it', 0))
  expect(take(block('Half', null))).toEqual([block('Half', null)])
  const other: FromRelay = { type: 'pong', data: {}, timestamp: 1 }
  expect(take(other)).toEqual([other])
})
