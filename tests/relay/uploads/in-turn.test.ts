// Work that comes all at once is done piece by piece, and between two pieces everybody else has a turn.
import { expect, test } from 'bun:test'
import { createInTurn } from '../../../relay/uploads/in-turn.ts'

test('one piece a round of the event loop, in order; one that fails holds up nobody', async () => {
  const inTurn = createInTurn()
  const seen: string[] = []
  let going = true
  const others = () => {
    seen.push('others')
    if (going) setImmediate(others)
  }
  setImmediate(others)
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3, 4].map((piece) =>
      inTurn(() => {
        seen.push(`piece ${piece}`)
        if (piece === 2) throw new Error('this one')
      }),
    ),
  )
  going = false
  // Whoever has brought the first is answered before it is done.
  expect(seen[0]).toBe('others')
  const pieces = seen.filter((each) => each !== 'others')
  expect([pieces, outcomes.map(({ status }) => status)]).toEqual([['piece 0', 'piece 1', 'piece 2', 'piece 3', 'piece 4'], ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']])
  expect(seen.some((each, index) => each !== 'others' && seen[index + 1] !== 'others' && index < seen.lastIndexOf('piece 4'))).toBe(false)
})
