// Rows that did not change are the same objects: those of items and prompts by the object they show, lines between them by their key.
import type { LineRow, OutboxPrompt, Row } from './rows.ts'
import type { Item, TurnItem } from './timeline.ts'
import { turnOf } from './turn-rows.ts'

export function createKeptRows<Outbox extends OutboxPrompt>() {
  /** Of items that are the same object since: their first row, which for a turn is Claude's name. */
  const heads = new WeakMap<Item, Row<Outbox>>()
  const prompts = new WeakMap<Outbox, Row<Outbox>>()
  /** Of the selection before, and of this one. */
  let lines = new Map<string, Row<Outbox>>()
  let known = new Map<string, Row<Outbox>>()

  /** Days, heads and the caret have no object of their own that lasts: they are known by their key. */
  function line(row: LineRow): Row<Outbox> {
    const before = lines.get(row.key)
    const sameTurn = row.kind !== 'turn' || (before?.kind === 'turn' && before.superseded === row.superseded)
    const kept = before && 'at' in before && before.at === row.at && sameTurn ? before : row
    known.set(row.key, kept)
    return kept
  }

  return {
    /** Another selection: what it does not ask for is forgotten. */
    begin(): void {
      lines = known
      known = new Map()
    },
    line,
    head(item: Exclude<Item, TurnItem>): Row<Outbox> {
      let row = heads.get(item)
      if (!row) heads.set(item, (row = makeHead(item)))
      return row
    },
    /** Claude's name over a turn. */
    turn(item: TurnItem): Row<Outbox> {
      const head = heads.get(item) ?? line({ kind: 'turn', key: item.key, at: item.at, ...turnOf(item) })
      heads.set(item, head)
      known.set(head.key, head)
      return head
    },
    prompt(prompt: Outbox): Row<Outbox> {
      let row = prompts.get(prompt)
      if (!row) prompts.set(prompt, (row = { kind: 'outbox', key: `outbox:${prompt.id}`, prompt }))
      return row
    },
  }
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
