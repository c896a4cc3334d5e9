// The rows of one turn: cards before their calls, quiet calls together, the work of open agents below them.
import { describeTool, isAtWork, quietKind, type ToolDescription } from './describe-tool.ts'
import { countTodos } from './todo-list.ts'
import type { AskRow, Choices, OfTurn, PartRow, QuietRow, TodosRow } from './rows.ts'
import type { Ask, Part, ToolPart, TurnItem } from './timeline.ts'

const QUIET_TOGETHER = 3
const TODOS_TOGETHER = 2

/** What is derived from parts, kept as long as the part is the same object. One for each page. */
export function createTurnRows() {
  const described = new WeakMap<ToolPart, ToolDescription>()
  const single = new WeakMap<Part | Ask, PartRow>()
  const groups = new WeakMap<ToolPart, QuietRow | TodosRow>()
  const turns = new WeakMap<TurnItem, { choices: Choices; rows: readonly PartRow[] }>()

  /** Compares texts for edits: only for rows that are drawn. */
  function describe(part: ToolPart): ToolDescription {
    let description = described.get(part)
    if (!description) described.set(part, (description = describeTool(part)))
    return description
  }

  /** The same row object while its part is the same object. */
  function rowOf(of: Part | Ask, turn: OfTurn, depth: number, make: () => PartRow): PartRow {
    const known = single.get(of)
    const row = make()
    // A card also shows its call, which may have moved on.
    if (known && sameTurn(known, turn, depth) && (known.kind !== 'ask' || known.part === (row as AskRow).part)) return known
    single.set(of, row)
    return row
  }

  function groupOf(parts: readonly ToolPart[], fresh: QuietRow | TodosRow): QuietRow | TodosRow {
    const known = groups.get(parts[0]!)
    if (known && known.kind === fresh.kind && sameTurn(known, fresh, fresh.depth) && sameParts(known.parts, parts)) return known
    groups.set(parts[0]!, fresh)
    return fresh
  }

  function rowsOfParts(parts: readonly Part[], turn: OfTurn, depth: number, choices: Choices): PartRow[] {
    const rows: PartRow[] = []
    for (let at = 0; at < parts.length; ) {
      const run = runAt(parts, at)
      if (run.length > 0) {
        const row = groupOf(run, quietKind(run[0]!) === 'todo' ? todosRow(run, turn, depth) : quietRow(run, turn, depth))
        rows.push(row)
        if (choices.get(row.key) === true) for (const part of run) rows.push(...rowsOfTool(part, turn, depth + 1, choices))
        at += run.length
      } else rows.push(...rowsOfPart(parts[at++]!, turn, depth, choices))
    }
    return rows
  }

  /** Calls from here on that stand together as one row; empty when there are too few. */
  function runAt(parts: readonly Part[], from: number): ToolPart[] {
    const kind = groupKind(parts[from]!)
    if (kind === null) return []
    const run: ToolPart[] = []
    for (let at = from; at < parts.length && groupKind(parts[at]!) === kind; at++) run.push(parts[at] as ToolPart)
    return run.length >= (kind === 'todo' ? TODOS_TOGETHER : QUIET_TOGETHER) ? run : []
  }

  function groupKind(part: Part): 'quiet' | 'todo' | null {
    if (part.kind !== 'tool' || part.asks.length > 0 || part.parts.length > 0) return null
    const quiet = quietKind(part)
    return quiet === null ? null : quiet === 'todo' ? 'todo' : 'quiet'
  }

  function rowsOfPart(part: Part, turn: OfTurn, depth: number, choices: Choices): PartRow[] {
    if (part.kind === 'tool') return rowsOfTool(part, turn, depth, choices)
    // Blocks without a word (thinking that is not shown) leave no row.
    if ((part.kind === 'text' || part.kind === 'thinking') && !part.open && part.text.trim() === '') return []
    // A command of the CLI (such as /clear) has no figures to show.
    if (part.kind === 'outcome' && part.status === 'completed' && part.stats === null) return []
    return [rowOf(part, turn, depth, () => ({ kind: part.kind, key: part.key, ...turn, depth, part }) as PartRow)]
  }

  function rowsOfTool(part: ToolPart, turn: OfTurn, depth: number, choices: Choices): PartRow[] {
    const card = (ask: Ask): PartRow => ({ kind: 'ask', key: ask.key, ...turn, depth, part, ask })
    const rows: PartRow[] = part.asks.map((ask) => rowOf(ask, turn, depth, () => card(ask)))
    const last = part.asks.at(-1)
    // The card stands for its call until that goes on; of questions, plans and refusals nothing more is to be seen.
    const hidden = last !== undefined && (last.state !== 'allowed' || last.request.kind !== 'tool')
    if (!hidden) rows.push(rowOf(part, turn, depth, () => ({ kind: 'tool', key: part.key, ...turn, depth, part })))
    if (part.parts.length === 0) return rows
    const open = choices.get(part.key) ?? isAtWork(part)
    const inside = rowsOfParts(part.parts, turn, depth + 1, choices)
    // What waits for a person is never folded away.
    rows.push(...(open ? inside : inside.filter((row) => row.kind === 'ask' && row.ask.state === 'open')))
    return rows
  }

  return {
    describe,
    rows(item: TurnItem, choices: Choices): readonly PartRow[] {
      const known = turns.get(item)
      if (known?.choices === choices) return known.rows
      const rows = rowsOfParts(item.parts, turnOf(item), 0, choices)
      turns.set(item, { choices, rows })
      return rows
    },
  }
}

/** What rows say of the turn that they stand in. */
export const turnOf = (item: TurnItem): OfTurn => ({ turnKey: item.key, executionId: item.executionId, superseded: item.superseded })
const sameTurn = (row: OfTurn & { depth: number }, turn: OfTurn, depth: number) =>
  row.depth === depth && row.turnKey === turn.turnKey && row.superseded === turn.superseded
const sameParts = (before: readonly ToolPart[], after: readonly ToolPart[]) =>
  before.length === after.length && before.every((part, at) => part === after[at])
const isRunning = (part: ToolPart) => part.state === 'running'

function quietRow(parts: readonly ToolPart[], turn: OfTurn, depth: number): QuietRow {
  const searches = parts.filter((part) => quietKind(part) === 'search').length
  const key = `quiet:${parts[0]!.toolUseId}`
  return { kind: 'quiet', key, ...turn, depth, parts, reads: parts.length - searches, searches, running: parts.some(isRunning) }
}

function todosRow(parts: readonly ToolPart[], turn: OfTurn, depth: number): TodosRow {
  const told = parts.findLast((part) => part.editInfo?.type === 'todo')?.editInfo
  const { total, done } = told?.type === 'todo' ? countTodos(told.todos) : { total: parts.filter((part) => part.tool === 'TaskCreate').length, done: 0 }
  return { kind: 'todos', key: `todos:${parts[0]!.toolUseId}`, ...turn, depth, parts, total, done, running: parts.some(isRunning) }
}
