// Timeline → rows: days, the unread line, turns with their heads, what is not sent yet.
import { createDays } from './days.ts'
import { createKeptRows } from './kept-rows.ts'
import { pendingLines } from './pending-row.ts'
import type { Choices, OutboxPrompt, PartRow, Row } from './rows.ts'
import type { Part, Timeline } from './timeline.ts'
import { createTurnRows } from './turn-rows.ts'

export type RowView<Outbox extends OutboxPrompt> = {
  choices: Choices
  /** What was read when the session was opened: the unread line stands before the first thing after it. Null: no line. */
  unreadAfterSeq: number | null
  /** The reader: what one wrote oneself is not new. */
  me?: string
  /** Prompts and notes of one's own that are on their way, in order. */
  outbox: readonly Outbox[]
}

/** `dayOf`: a name for the day of a moment, in the reader's time zone. One selector for each list on the screen. */
export function createRowSelector<Outbox extends OutboxPrompt = OutboxPrompt>({ dayOf }: { dayOf: (at: number) => string }) {
  const turnRows = createTurnRows()
  const dayAt = createDays(dayOf)
  const kept = createKeptRows<Outbox>()

  function select(timeline: Timeline, { choices, unreadAfterSeq, me, outbox }: RowView<Outbox>): readonly Row<Outbox>[] {
    const rows: Row<Outbox>[] = []
    kept.begin()
    let day: string | null = null
    let unread = unreadAfterSeq
    const passUnread = (seq: number | null, at: number) => {
      if (unread === null || seq === null || seq <= unread) return
      unread = null
      rows.push(kept.line({ kind: 'unread', key: 'unread', at }))
    }

    for (const item of timeline.items) {
      const today = dayAt(item.at)
      if (today !== day) rows.push(kept.line({ kind: 'day', key: `day:${today}:${item.key}`, at: item.at }))
      day = today
      if (item.kind !== 'turn') {
        if (!('author' in item) || item.author.userId !== me) passUnread(item.seq, item.at)
        rows.push(kept.head(item))
        continue
      }
      const inside = turnRows.rows(item, choices)
      if (inside.length === 0) continue
      if (inside.some((row) => row.kind !== 'outcome')) {
        // A line at the turn's beginning stands before Claude's name, not after it.
        const first = firstSeq(inside[0]!)
        passUnread(first.seq, first.at)
        rows.push(kept.turn(item))
      }
      for (const row of inside) {
        const { seq, at } = firstSeq(row)
        passUnread(seq, at)
        rows.push(row)
      }
    }
    for (const line of pendingLines(timeline)) rows.push(kept.line(line))
    for (const prompt of outbox) rows.push(kept.prompt(prompt))
    return rows
  }

  return { select, describe: turnRows.describe }
}

function firstSeq(row: PartRow): { seq: number | null; at: number } {
  const part: Part = row.kind === 'quiet' || row.kind === 'todos' ? row.parts[0]! : row.part
  return { seq: part.seq, at: part.at }
}
