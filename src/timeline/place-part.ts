// Where in the timeline something stands, and how to put or change it there while everything else stays the same object.
import type { Item, Part, Timeline, ToolPart, TurnItem } from './timeline.ts'

/** Index of the item, then of the part, then of the part inside that part. */
export type Path = readonly number[]
export type Place = { executionId: string; parentToolUseId: string | null; seq: number | null; at: number }

export const replaceAt = <T>(list: readonly T[], at: number, value: T): T[] => list.with(at, value)

export function partAt(items: readonly Item[], path: Path): Part {
  let part = (items[path[0]!] as TurnItem).parts[path[1]!]!
  for (let depth = 2; depth < path.length; depth++) part = (part as ToolPart).parts[path[depth]!]!
  return part
}

export function withPart(timeline: Timeline, path: Path, part: Part): Timeline {
  const turn = timeline.items[path[0]!] as TurnItem
  const parts = changedParts(turn.parts, path, 1, part)
  return { ...timeline, items: replaceAt<Item>(timeline.items, path[0]!, { ...turn, parts }) }
}

function changedParts(parts: readonly Part[], path: Path, depth: number, part: Part): readonly Part[] {
  const at = path[depth]!
  if (depth === path.length - 1) return replaceAt(parts, at, part)
  const tool = parts[at] as ToolPart
  return replaceAt(parts, at, { ...tool, parts: changedParts(tool.parts, path, depth + 1, part) })
}

/** A part of an execution's own thread (not inside an agent). Searches from the end, where nearly all that is asked for stands. */
export function findPart(items: readonly Item[], executionId: string, is: (part: Part) => boolean): Path | null {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]!
    if (item.kind !== 'turn' || item.executionId !== executionId) continue
    const inside = item.parts.findLastIndex(is)
    if (inside !== -1) return [at, inside]
  }
  return null
}

/** A part of the thread that a place names: inside its agent, or of the execution itself. */
export function findInThread(
  items: readonly Item[],
  place: Pick<Place, 'executionId' | 'parentToolUseId'>,
  is: (part: Part) => boolean,
): Path | null {
  if (place.parentToolUseId === null) return findPart(items, place.executionId, is)
  const parent = findTool(items, place.executionId, place.parentToolUseId)
  if (!parent) return null
  const at = (partAt(items, parent) as ToolPart).parts.findLastIndex(is)
  return at === -1 ? null : [...parent, at]
}

/** A call anywhere: an agent in the background goes on in later turns. Those of the same execution are looked at first. */
export function findTool(items: readonly Item[], executionId: string, toolUseId: string): Path | null {
  const is = isTool(toolUseId)
  const own = (turn: TurnItem) => turn.executionId === executionId
  return findPart(items, executionId, is) ?? search(items, own, is) ?? search(items, (turn) => !own(turn), is)
}

export const isTool = (toolUseId: string) => (part: Part) => part.kind === 'tool' && part.toolUseId === toolUseId

function search(items: readonly Item[], inTurn: (turn: TurnItem) => boolean, is: (part: Part) => boolean): Path | null {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]!
    if (item.kind !== 'turn' || !inTurn(item)) continue
    const inside = searchParts(item.parts, is)
    if (inside) return [at, ...inside]
  }
  return null
}

function searchParts(parts: readonly Part[], is: (part: Part) => boolean): number[] | null {
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = parts[at]!
    if (is(part)) return [at]
    if (part.kind !== 'tool' || part.parts.length === 0) continue
    const inside = searchParts(part.parts, is)
    if (inside) return [at, ...inside]
  }
  return null
}

/** Puts a part at the end of its thread: inside the agent that does it, else in the turn, which goes on or begins here. */
export function addPart(timeline: Timeline, place: Place, part: Part): Timeline {
  if (place.parentToolUseId !== null) {
    const path = findTool(timeline.items, place.executionId, place.parentToolUseId)
    if (path) {
      const parent = partAt(timeline.items, path) as ToolPart
      return withPart(timeline, path, { ...parent, parts: [...parent.parts, part] })
    }
    // The agent's own row is on an older page.
    return addPart(timeline, { ...place, parentToolUseId: null }, { ...emptyTool(place.parentToolUseId, place), parts: [part] })
  }
  const last = timeline.items.at(-1)
  if (last?.kind === 'turn' && last.executionId === place.executionId) {
    return { ...timeline, items: replaceAt<Item>(timeline.items, timeline.items.length - 1, { ...last, parts: [...last.parts, part] }) }
  }
  const { executionId, seq, at } = place
  const turn: TurnItem = { kind: 'turn', key: `turn:${part.key}`, seq, at, executionId, parts: [part], superseded: false }
  return { ...timeline, items: [...timeline.items, turn] }
}

export const addItem = (timeline: Timeline, item: Item): Timeline => ({ ...timeline, items: [...timeline.items, item] })

export const emptyTool = (toolUseId: string, { seq, at }: Pick<Place, 'seq' | 'at'>): ToolPart => ({
  kind: 'tool',
  key: `tool:${toolUseId}`,
  seq,
  at,
  toolUseId,
  tool: '',
  state: 'running',
  input: null,
  inputCut: null,
  output: null,
  outputCut: null,
  editInfo: null,
  detail: null,
  endedAt: null,
  durationMs: null,
  asks: [],
  parts: [],
})

/** Changes every part, of one execution's turns or of all (null), for which `change` gives another object. */
export function mapParts(timeline: Timeline, executionId: string | null, change: (part: Part) => Part): Timeline {
  let items: Item[] | null = null
  for (let at = executionId === null ? 0 : beginningOf(timeline, executionId); at < timeline.items.length; at++) {
    const item = timeline.items[at]!
    if (item.kind !== 'turn' || (executionId !== null && item.executionId !== executionId)) continue
    const parts = mapList(item.parts, change)
    if (parts !== item.parts) (items ??= timeline.items.slice())[at] = { ...item, parts }
  }
  return items ? { ...timeline, items } : timeline
}

/** The index before which nothing of this execution stands: that of its prompt, sought from the end. */
function beginningOf({ items, executions }: Timeline, executionId: string): number {
  const promptId = executions.findLast((each) => each.id === executionId)?.promptId ?? null
  return promptId === null ? 0 : Math.max(0, items.findLastIndex((item) => item.kind === 'prompt' && item.messageId === promptId))
}

function mapList(parts: readonly Part[], change: (part: Part) => Part): readonly Part[] {
  let changed: Part[] | null = null
  parts.forEach((part, at) => {
    const inside = part.kind === 'tool' && part.parts.length > 0 ? mapList(part.parts, change) : null
    const next = change(inside && inside !== (part as ToolPart).parts ? ({ ...part, parts: inside } as ToolPart) : part)
    if (next !== part) (changed ??= parts.slice())[at] = next
  })
  return changed ?? parts
}
