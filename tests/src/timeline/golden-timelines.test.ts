// Recordings of the real CLI, translated by the relay, as timelines: the second half of the golden fixtures.
import { expect, test } from 'bun:test'
import { describeTool } from '../../../src/timeline/describe-tool.ts'
import { joinOlder } from '../../../src/timeline/join-older.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import { createRowSelector } from '../../../src/timeline/select-rows.ts'
import type { Part } from '../../../src/timeline/timeline.ts'
import { turnMarkdown } from '../../../src/timeline/turn-markdown.ts'
import { framesOf, recordings, timelineFile, timelineOf } from './golden-timelines.ts'

const flat = (parts: readonly Part[]): Part[] => parts.flatMap((part) => (part.kind === 'tool' ? [part, ...flat(part.parts)] : [part]))

test('there are recordings', () => expect(recordings.length).toBeGreaterThan(30))

test.each(recordings)('%s becomes the expected timeline', async (name) => {
  const expected = (await Bun.file(timelineFile(name)).json()) as unknown
  expect(JSON.parse(JSON.stringify(await timelineOf(name)))).toEqual(expected)
})

test.each(recordings)('%s: nothing is open at the end, everything has its row, pages join, nothing unknown', async (name) => {
  const frames = await framesOf(name)
  const timeline = reduceAll(frames)
  expect(timeline.gap).toBe(false)
  for (const item of timeline.items) {
    expect(item.kind).not.toBe('unknown')
    if (item.kind !== 'turn') continue
    for (const part of flat(item.parts)) {
      expect(part.kind).not.toBe('unknown')
      if (part.kind === 'text' || part.kind === 'thinking') expect(part).toMatchObject({ open: false, gap: false })
      if (part.kind !== 'tool') continue
      expect(part.state).not.toBe('running')
      expect(part.tool).not.toBe('')
      expect(describeTool(part).icon).toBeString()
    }
  }
  const rows = createRowSelector({ dayOf: () => 'today' }).select(timeline, { choices: new Map(), unreadAfterSeq: null, outbox: [] })
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length)
  for (const item of timeline.items) {
    if (item.kind !== 'turn') continue
    const copied = turnMarkdown(item, (key) => key)
    for (const part of item.parts) if (part.kind === 'text') expect(copied).toContain(part.text.trim())
  }

  const kept = frames.filter((frame) => frame.seq != null)
  const half = Math.floor(kept.length / 2)
  expect(joinOlder(reduceAll(kept.slice(half)), kept.slice(0, half))).toEqual(reduceAll(kept))
})
