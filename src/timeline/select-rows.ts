// Timeline → rows: days, the unread line, turns with their heads, what is not sent yet. Rows that did not change are the same objects.
import { createDays } from './days.ts'
import { pendingOf } from './pending-row.ts'
import type { Choices, OutboxPrompt, PartRow, Row } from './rows.ts'
import type { Item, Part, Timeline, TurnItem } from './timeline.ts'
import { createTurnRows, turnOf } from './turn-rows.ts'

export type RowView<Outbox extends OutboxPrompt> = {
  choices: Choices
  /** What was read when the session was opened: the unread line stands before the first thing after it. Null: no line. */
  unreadAfterSeq: number | null
  /** Prompts and notes of one's own that are on their way, in order. */
  outbox: readonly Outbox[]
}

/** `dayOf`: a name for the day of a moment, in the reader's time zone. One selector for each list on the screen. */
export function createRowSelector<Outbox extends OutboxPrompt = OutboxPrompt>({ dayOf }: { dayOf: (at: number) => string }) {
  const turnRows = createTurnRows()
  const dayAt = createDays(dayOf)
  /** Of items that are the same object since: their first row, which for a turn is Claude's name. */
  const heads = new WeakMap<Item, Row<Outbox>>()
  const outboxRows = new WeakMap<Outbox, Row<Outbox>>()
  let lines = new Map<string, Row<Outbox>>()

  /** Days, heads and the caret have no object of their own that lasts: they are known by their key. */
  function line(known: Map<string, Row<Outbox>>, row: Extract<Row<Outbox>, { at: number }>): Row<Outbox> {
    const before = lines.get(row.key)
    const sameTurn = row.kind !== 'turn' || (before?.kind === 'turn' && before.superseded === row.superseded)
    const kept = before && 'at' in before && before.at === row.at && sameTurn ? before : row
    known.set(row.key, kept)
    return kept
  }

  function headOf(item: Exclude<Item, TurnItem>): Row<Outbox> {
    let row = heads.get(item)
    if (!row) heads.set(item, (row = makeHead(item)))
    return row
  }

  function select(timeline: Timeline, { choices, unreadAfterSeq, outbox }: RowView<Outbox>): readonly Row<Outbox>[] {
    const rows: Row<Outbox>[] = []
    const known = new Map<string, Row<Outbox>>()
    let day: string | null = null
    let unread = unreadAfterSeq
    const passUnread = (seq: number | null, at: number) => {
      if (unread === null || seq === null || seq <= unread) return
      unread = null
      rows.push(line(known, { kind: 'unread', key: 'unread', at }))
    }

    for (const item of timeline.items) {
      const today = dayAt(item.at)
      if (today !== day) rows.push(line(known, { kind: 'day', key: `day:${today}:${item.key}`, at: item.at }))
      day = today
      if (item.kind !== 'turn') {
        passUnread(item.seq, item.at)
        rows.push(headOf(item))
        continue
      }
      const inside = turnRows.rows(item, choices)
      if (inside.length === 0) continue
      if (inside.some((row) => row.kind !== 'outcome')) {
        // A line at the turn's beginning stands before Claude's name, not after it.
        const first = firstSeq(inside[0]!)
        passUnread(first.seq, first.at)
        const head = heads.get(item) ?? line(known, { kind: 'turn', key: item.key, at: item.at, ...turnOf(item) })
        heads.set(item, head)
        known.set(head.key, head)
        rows.push(head)
      }
      for (const row of inside) {
        const { seq, at } = firstSeq(row)
        passUnread(seq, at)
        rows.push(row)
      }
    }
    const pending = pendingOf(timeline)
    if (pending) {
      const { executionId, at, withHead } = pending
      const key = `turn:pending:${executionId}`
      if (withHead) rows.push(line(known, { kind: 'turn', key, at, turnKey: key, executionId, superseded: false }))
      rows.push(line(known, { kind: 'pending', key: `pending:${executionId}`, executionId, at }))
    }
    for (const prompt of outbox) {
      let row = outboxRows.get(prompt)
      if (!row) outboxRows.set(prompt, (row = { kind: 'outbox', key: `outbox:${prompt.id}`, prompt }))
      rows.push(row)
    }
    lines = known
    return rows
  }

  return { select, describe: turnRows.describe }
}

function makeHead(item: Exclude<Item, TurnItem>): Row<never> {
  switch (item.kind) {
    case 'prompt':
      return { kind: item.origin === 'relay' ? 'relayed' : 'prompt', key: item.key, item }
    case 'note':
      return { kind: 'note', key: item.key, item }
    case 'divider':
      return { kind: 'divider', key: item.key, item }
    default:
      return { kind: 'loose', key: item.key, item }
  }
}

function firstSeq(row: PartRow): { seq: number | null; at: number } {
  const part: Part = row.kind === 'quiet' || row.kind === 'todos' ? row.parts[0]! : row.part
  return { seq: part.seq, at: part.at }
}
