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

test('notes between people are not, nor which session it was forked from', () => {
  const event = (type: string, data: object) => viewByLink({ channel: 'session:s-1', seq: 7, type, data: JSON.stringify(data), timestamp: 5 })
  const message = (role: string) => event('message', { session_id: 's-1', message_id: 'm', role, user_id: 'u-7', username: 'Minji', content: 'between us: "role":"note"', attachments: [] })
  const note = message('note')
  expect(note).toMatchObject({ seq: 7, type: 'participant_left', timestamp: 5 })
  expect(note.data).not.toMatch(/Minji|u-7|between/)
  for (const role of ['user', 'relay']) expect([role, message(role).type, JSON.parse(message(role).data).content]).toEqual([role, 'message', 'between us: "role":"note"'])
  const forked = event('log', { ...logOf('forked'), text: 'Minji forked this session from "Secret plan"', args: { from: 's-0', at_seq: 4 } })
  expect(JSON.parse(forked.data)).toMatchObject({ code: 'forked', args: {} })
  expect(forked.data).not.toMatch(/Secret|Minji|s-0/)
})
