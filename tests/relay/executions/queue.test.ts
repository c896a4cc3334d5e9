// The queue's list operations against a plain array, over random histories.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { append, edit, find, move, positionOf, prepend, unsteer, without, type Waiting, type WaitingList } from '../../../relay/executions/queue.ts'

const item = (id: string, mode: Waiting['mode'] = 'queue'): Omit<Waiting, 'place'> => ({
  messageId: id,
  executionId: `x-${id}`,
  userId: 'u',
  username: 'Ada',
  role: 'user',
  content: id,
  attachments: [],
  mode,
  queuedAt: 1,
  trace: null,
})
const listOf = (...ids: string[]): WaitingList => ids.reduce<WaitingList>((list, id) => append(list, item(id)), [])
const ids = (list: WaitingList) => list.map((each) => each.messageId)
/** What the table would say: the rows in the order of their place. */
const byPlace = (list: WaitingList) => [...list].sort((a, b) => a.place - b.place).map((each) => each.messageId)

test('Q1 any history of operations leaves the list in the order that a plain array would have, and the places agree', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), id: name }),
    fc.record({ do: fc.constant('prepend' as const), id: name }),
    fc.record({ do: fc.constant('remove' as const), id: name }),
    fc.record({ do: fc.constant('move' as const), id: name, before: fc.option(name, { nil: null }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let list: WaitingList = []
      let model: string[] = []
      const rows = new Map<string, number>()
      for (const each of steps) {
        if (each.do === 'append' || each.do === 'prepend') {
          if (model.includes(each.id)) continue
          const isRelays = each.do === 'prepend'
          const added = isRelays ? prepend(list, { ...item(each.id), role: 'relay' }) : { list: append(list, item(each.id)), moved: [] }
          const first = model.findIndex((id) => find(list, id)!.role !== 'relay')
          model = isRelays && first >= 0 ? model.toSpliced(first, 0, each.id) : [...model, each.id]
          list = added.list
          for (const { messageId, place } of added.moved) rows.set(messageId, place)
          rows.set(each.id, find(list, each.id)!.place)
        } else if (each.do === 'remove') {
          list = without(list, each.id)
          model = model.filter((id) => id !== each.id)
          rows.delete(each.id)
        } else {
          const changed = move(list, each.id, each.before)
          if (!model.includes(each.id) || (each.before !== null && !model.includes(each.before))) {
            expect(changed).toBeNull()
            continue
          }
          list = changed!.list
          for (const row of changed!.moved) rows.set(row.messageId, row.place)
          if (each.before !== each.id) {
            model = model.filter((id) => id !== each.id)
            model.splice(each.before === null ? model.length : model.indexOf(each.before), 0, each.id)
          }
        }
        expect(ids(list)).toEqual(model)
        expect(byPlace(list)).toEqual(model)
        // Only the rows that an operation reports are written: the table must still agree.
        expect([...rows].sort(([, a], [, b]) => a - b).map(([id]) => id)).toEqual(model)
      }
    }),
    { numRuns: 500 },
  )
})

test('a thousand moves between the same two neighbours keep the order', () => {
  let list = listOf('a', 'b', 'c', 'd')
  for (let round = 0; round < 1_000; round++) {
    const [, second, third, fourth] = ids(list)
    list = move(list, round % 2 ? third! : fourth!, second!)!.list
    expect(byPlace(list)).toEqual(ids(list))
  }
})

test('positions count from 1; what is not waiting has 0', () => {
  const list = listOf('a', 'b')
  expect([positionOf(list, 'a'), positionOf(list, 'b'), positionOf(list, 'c')]).toEqual([1, 2, 0])
})

test('edit changes the text of one and refuses an unknown one', () => {
  const list = listOf('a', 'b')
  expect(edit(list, 'b', { content: 'new' })!.map((each) => each.content)).toEqual(['a', 'new'])
  expect(edit(list, 'z', { content: 'new' })).toBeNull()
})

test('Q2 steers that were not taken come first, in their order, as ordinary prompts', () => {
  const list = append(append(listOf('a', 'b'), item('s1', 'steer')), item('s2', 'steer'))
  const { list: after, changed } = unsteer(list)
  expect(ids(after)).toEqual(['s1', 's2', 'a', 'b'])
  expect(byPlace(after)).toEqual(['s1', 's2', 'a', 'b'])
  expect(changed.map((each) => each.mode)).toEqual(['queue', 'queue'])
  expect(unsteer(after).changed).toEqual([])
})
