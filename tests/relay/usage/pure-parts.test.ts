// Days on a calendar, prices, lines of transcripts, CSV that no spreadsheet runs, when somebody is warned and stopped.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { stateOf } from '../../../relay/usage/budgets.ts'
import { isTimeZone } from '../../../relay/unsafe-settings.ts'
import { createCalendar } from '../../../relay/usage/calendar.ts'
import { costMicros } from '../../../relay/usage/prices.ts'
import { mayTellUse, readTranscriptLine } from '../../../relay/usage/transcript-lines.ts'
import { transcriptLine } from './transcript-line.ts'

const iso = (at: number) => new Date(at).toISOString()

describe('the calendar', () => {
  test('G5 a day begins where its time zone says', () => {
    const seoul = createCalendar('Asia/Seoul').at(Date.UTC(2026, 10, 8, 20))
    expect([seoul.day, iso(seoul.from), iso(seoul.to)]).toEqual(['2026-11-09', '2026-11-08T15:00:00.000Z', '2026-11-09T15:00:00.000Z'])
    const utc = createCalendar('UTC').at(Date.UTC(2026, 10, 8, 20))
    expect([utc.day, iso(utc.from)]).toEqual(['2026-11-08', '2026-11-08T00:00:00.000Z'])
    const kathmandu = createCalendar('Asia/Kathmandu').at(Date.UTC(2026, 0, 1))
    expect([kathmandu.day, iso(kathmandu.from)]).toEqual(['2026-01-01', '2025-12-31T18:15:00.000Z'])
    // Offsets are zones as well, however far.
    expect(['-23:59', '+23:59'].map((zone) => createCalendar(zone).span('2026-11-01', '2026-11-01').map(({ from, to }) => [iso(from), iso(to)]))).toEqual([
      [['2026-11-01T23:59:00.000Z', '2026-11-02T23:59:00.000Z']],
      [['2026-10-31T00:01:00.000Z', '2026-11-01T00:01:00.000Z']],
    ])
  })

  test('days are as long as the clock makes them, and one that begins at 01:00 begins there', () => {
    const hours = ({ from, to }: { from: number; to: number }) => (to - from) / 3_600_000
    expect(createCalendar('Europe/Berlin').span('2026-03-28', '2026-03-30').map(hours)).toEqual([24, 23, 24])
    expect(createCalendar('Europe/Berlin').span('2026-10-25', '2026-10-25').map(hours)).toEqual([25])
    const beirut = createCalendar('Asia/Beirut').span('2026-03-29', '2026-03-29')[0]!
    expect([hours(beirut), iso(beirut.from)]).toEqual([23, '2026-03-28T22:00:00.000Z'])
  })

  test('every moment lies in the day that it is said to lie in, and days leave no gap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000_000 }), fc.constantFrom('UTC', 'Asia/Seoul', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe', '-23:59', '+23:59'), (at, zone) => {
        const calendar = createCalendar(zone)
        const { day, from, to } = calendar.at(at)
        // Apia has left out a day of 2011: there a moment may lie in no day of the list, never in a wrong one.
        if (zone !== 'Pacific/Apia') expect([from <= at, at < to]).toEqual([true, true])
        expect(calendar.dayOf(from) >= day).toBe(true)
        const [first, second] = calendar.span(day, calendar.next(day))
        expect(first!.to).toBe(second!.from)
      }),
      { numRuns: 60 },
    )
  })

  test('what is no time zone is known', () => expect(['Asia/Seoul', 'UTC', 'Mars/Olympus', '', 'x'.repeat(60)].map(isTimeZone)).toEqual([true, true, false, false, false]))
})

describe('prices', () => {
  const tokens = { input: 1_000_000, output: 0, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0 }

  test('are millionths of a dollar per token, and the cache a share of the input', () => {
    expect(costMicros('claude-opus-5-5', tokens)).toBe(4_000_000)
    expect(costMicros('claude-sonnet-4-5-20250929', { ...tokens, output: 1_000_000 })).toBe(18_000_000)
    expect(costMicros('claude-haiku-4-5', { input: 0, output: 0, cacheRead: 1_000_000, cacheWrite: 2_000_000, cacheWrite1h: 1_000_000 })).toBe(100_000 + 1_250_000 + 2_000_000)
  })

  test('are the same where a cloud says the name in its own way; of others nothing is guessed', () => {
    expect(costMicros('us.anthropic.claude-sonnet-4-5-20250929-v1:0', tokens)).toBe(3_000_000)
    expect(costMicros('claude-opus-4-20250514', tokens)).toBe(15_000_000)
    expect(['gpt-5', 'claude-unheard-of', 'claude-opus-5-9', 'claude-opus-4-10'].map((name) => costMicros(name, tokens))).toEqual([null, null, null, null])
  })
})

describe('a line of a transcript', () => {
  test('tells an answer with its tokens and what it may have cost', () => {
    expect(readTranscriptLine(transcriptLine({ id: 'msg_1', request: 'req_1', input: 100, output: 10 }))).toMatchObject({
      entry: 'msg_1:req_1',
      conversationId: 'c-1',
      model: 'claude-opus-5-5',
      at: Date.UTC(2026, 10, 8, 12),
      costMicros: 100 * 4 + 10 * 20,
    })
  })

  test('that is a prompt, the CLI’s own words or not whole says nothing', () => {
    const line = transcriptLine({ id: 'msg_1' })
    expect([line.replace('"type":"assistant"', '"type":"user"'), line.replace('claude-opus-5-5', '<synthetic>'), line.slice(40), line.slice(0, -3), '', 'null', '[]', '{"usage":"assistant"}', line.replace(/"timestamp":"[^"]+"/, '"timestamp":"soon"')].map(readTranscriptLine)).toEqual(Array(9).fill(null))
  })

  test('with numbers that nobody can have used counts none of them', () => {
    const read = readTranscriptLine(transcriptLine({ id: 'msg_1', input: 1e15, output: -4 }))
    expect(read?.tokens).toMatchObject({ input: 0, output: 0 })
  })

  test('of whatever shape is read without a mistake', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const line = `{"type":"assistant","sessionId":"c","timestamp":"2026-01-01T00:00:00Z","message":{"id":"m","model":"x","usage":${json}}}`
        expect(mayTellUse(line)).toBe(true)
        readTranscriptLine(line)
      }),
    )
  })
})

test('G2 somebody is warned from a share of the budget on, and stopped at all of it', () => {
  const row = { limitMicros: 1_000, warnPercent: 80 }
  expect([0, 799, 800, 999, 1_000, 5_000].map((spent) => stateOf(row, spent))).toEqual(['within', 'within', 'near', 'near', 'spent', 'spent'])
  expect([stateOf(null, 9e9), stateOf({ limitMicros: null, warnPercent: 80 }, 9e9), stateOf({ limitMicros: 0, warnPercent: 80 }, 0)]).toEqual(['free', 'free', 'spent'])
})
