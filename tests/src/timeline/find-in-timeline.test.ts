// Find in the session.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { findInTimeline, nearestMatch } from '../../../src/timeline/find-in-timeline.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'

const timelineOf = (...frames: [string, object][]) =>
  reduceAll(frames.map(([type, data], at) => ({ type, seq: at + 1, timestamp: at, data: { session_id: 's', execution_id: 'e', ...data } }) as TimelineFrame))
const prompt = (content: string, id = 'p', attachments: object[] = []): [string, object] => ['message', { message_id: id, role: 'user', username: 'Minji', content, attachments }]
const say = (id: string, content: string, more: object = {}): [string, object] => ['claude_response', { message_id: id, content, stream: false, completed: true, ...more }]

describe('findInTimeline', () => {
  test('everything that can be read, in reading order, with what must be opened', () => {
    const timeline = timelineOf(
      prompt('find the tide'),
      ['thinking', { message_id: 'h', content: 'tide?', stream: false, completed: true }],
      ['progress', { progress_type: 'tool_start', tool_use_id: 'a', tool: 'Agent', input: { description: 'tide gate' } }],
      ['progress', { progress_type: 'tool_start', tool_use_id: 'b', tool: 'Bash', parent_tool_use_id: 'a', input: { command: 'grep tide' } }],
      ['progress', { progress_type: 'tool_end', tool_use_id: 'b', parent_tool_use_id: 'a', output: 'a tide table' }],
      say('m', 'The Tide rises.'),
    )
    expect(findInTimeline(timeline, 'tide').matches.map((found) => [found.key, found.field, found.openKeys])).toEqual([
      ['prompt:p', 'content', []], ['block:h', 'text', ['block:h']], ['tool:a', 'input:description', ['tool:a']],
      ['tool:b', 'input:command', ['tool:a', 'tool:b']], ['tool:b', 'output', ['tool:a', 'tool:b']], ['block:m', 'text', []],
    ])
  })

  test('what the relay wrote is found where it is folded', () => {
    const written: [string, object] = ['message', { message_id: 'w', role: 'relay', user_id: 'u2', username: 'Jun', content: 'Call Bash again', attachments: [] }]
    expect(findInTimeline(timelineOf(written), 'again').matches).toMatchObject([{ key: 'prompt:w', openKeys: ['prompt:w'] }])
  })

  test('what somebody wrote at length is unfolded where something is found in it', () => {
    expect(findInTimeline(timelineOf(prompt(`${'line\n'.repeat(20)}tide`)), 'tide').matches).toMatchObject([{ openKeys: ['prompt:p'] }])
  })

  test('positions and snippets', () => {
    const found = findInTimeline(timelineOf(prompt('one\n  Two three')), 'TWO').matches[0]!
    expect(found).toMatchObject({ start: 6, end: 9, snippet: { before: 'one ', match: 'Two', after: ' three' } })
  })

  test('Korean that was composed elsewhere, and letters whose case changes their length', () => {
    const decomposed = '결과: 조석문 열림'.normalize('NFD')
    const found = findInTimeline(timelineOf(prompt(decomposed)), '조석문').matches[0]!
    expect(decomposed.slice(found.start, found.end).normalize('NFC')).toBe('조석문')
    const turkish = findInTimeline(timelineOf(prompt('İİİ tide')), 'tide').matches[0]!
    expect([turkish.start, turkish.end]).toEqual([4, 8])
  })

  test('the nearest to what is in view: the first in it, else the closest before or after; what is not kept yet is at the end', () => {
    const { matches } = findInTimeline(timelineOf(prompt('tide', 'a'), prompt('none', 'b'), prompt('none', 'c'), prompt('tide tide', 'd'), prompt('none', 'e')), 'tide')
    expect(matches.map((each) => each.seq)).toEqual([1, 4, 4])
    const nearest = (first: number, last: number) => nearestMatch(matches, { first, last })
    expect([nearest(1, 4), nearest(2, 2), nearest(3, 3), nearest(4, 5), nearest(5, 9)]).toEqual([0, 0, 1, 1, 1])
    expect([nearestMatch([], { first: 1, last: 2 }), nearestMatch(matches, null)]).toEqual([-1, 2])
    expect(nearestMatch([{ ...matches[0]!, seq: null }], { first: 1, last: 2 })).toBe(0)
  })

  test('attachments by name', () => {
    expect(findInTimeline(timelineOf(prompt('x', 'p', [{ file_id: 'f1', filename: 'tides.json', content_type: '', size: 1 }])), 'tides').matches).toMatchObject([{ field: 'file:f1' }])
  })

  test('nothing is found for nothing, and special characters are only characters', () => {
    const timeline = timelineOf(prompt('a.b (c) [d]'))
    expect(findInTimeline(timeline, '  ').matches).toEqual([])
    expect(findInTimeline(timeline, '.*').matches).toEqual([])
    expect(findInTimeline(timeline, '(c) [').matches.length).toBe(1)
  })

  test('more than can be listed is said', () => {
    const all = findInTimeline(timelineOf(prompt('ab '.repeat(1500))), 'ab')
    expect([all.matches.length, all.more]).toEqual([1000, true])
  })

  test('what stands at a match is the query', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'A', 'İ', 'ß', '한', '한'.normalize('NFD'), 'é', 'é', ' ', '😀'), { maxLength: 30 }), fc.constantFrom('a', 'aa', '한', 'é', '😀', 'ß'), (letters, query) => {
        const content = letters.join('')
        for (const { start, end } of findInTimeline(timelineOf(prompt(content)), query).matches) expect(content.slice(start, end).normalize('NFC').toLowerCase()).toBe(query.normalize('NFC').toLowerCase())
      }),
      { numRuns: 1000 },
    )
  })
})
