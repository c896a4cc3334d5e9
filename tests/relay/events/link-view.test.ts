// What a reader by share link is told of the log: all that the conversation shows, nothing that programs print.
import { expect, test } from 'bun:test'
import { events } from '#protocol'
import { viewByLink } from '../../../relay/events/link-view.ts'
import { reduceTimeline } from '../../../src/timeline/reduce-timeline.ts'
import { EMPTY_TIMELINE } from '../../../src/timeline/timeline.ts'

const codes = events.log.shape.code.def.innerType.def.innerType.options
const logOf = (code: (typeof codes)[number]) => ({ session_id: 's-1', level: 'info' as const, source: 'relay' as const, text: 'so', code })
const isTold = (code: (typeof codes)[number]) => viewByLink({ channel: 'session:s-1', seq: 1, type: 'log', data: JSON.stringify(logOf(code)), timestamp: 0 }).type === 'log'

test('every divider of the conversation is there for a reader by link', () => {
  const dividers = codes.filter((code) => reduceTimeline(EMPTY_TIMELINE, { type: 'log', channel: 'session:s-1', seq: 1, timestamp: 0, data: logOf(code) }).items.some(({ kind }) => kind === 'divider'))
  expect(dividers).toEqual(expect.arrayContaining(['cleared', 'imported']))
  expect(dividers.filter((code) => !isTold(code))).toEqual([])
})

test('what a budget stands at and what a program printed is not', () => {
  for (const code of ['budget_near', 'budget_spent', 'other'] as const) expect([code, isTold(code)]).toEqual([code, false])
})
