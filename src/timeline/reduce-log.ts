// What the relay tells that nobody said: dividers, quiet notices, error cards (one for each cause).
import type { Log } from '#protocol'
import { addItem, addPart, findPart, partAt, withPart } from './place-part.ts'
import { withExecution } from './reduce-execution.ts'
import type { DividerItem, Item, LogArgs, Notice, Part, Timeline, Trouble } from './timeline.ts'

type LogFrame = { seq?: number | null; timestamp: number; data: Log }
type Problem = {
  seq?: number | null
  timestamp: number
  cause: string
  text: string
  executionId: string | null
  level?: 'warn' | 'error'
  args?: LogArgs
}

export function reduceLog(timeline: Timeline, frame: LogFrame): Timeline {
  const { data, seq, timestamp: at } = frame
  const code = data.code ?? 'other'
  const args = data.args ?? {}
  if (code === 'cleared' || code === 'compacted' || code === 'rewound' || code === 'forked' || code === 'imported') {
    return reduceDivider(timeline, frame, code, args)
  }
  // The row of the relay's own prompt says it.
  if (code === 'continued') return timeline
  const executionId = data.execution_id ?? timeline.runningId
  if (data.level !== 'info' || code === 'api_retry' || code === 'stalled') {
    const level = data.level === 'error' ? 'error' : 'warn'
    const cause = args.deleted_by === undefined ? causeOf(code, data.text, args) : DELETED
    const next = reduceProblem(timeline, { seq, timestamp: at, cause, text: data.text, executionId, level, args })
    return code === 'stalled' && executionId ? withExecution(next, executionId, (execution) => ({ ...execution, stalledAt: at })) : next
  }
  const { level, source, text } = data
  const notice: Notice = { kind: 'notice', key: `log:${seq ?? at}`, seq: seq ?? null, at, code, level, source, text, args }
  if (args.restored_by !== undefined) return addItem(undeleted(timeline), notice)
  return executionId ? addPart(timeline, { executionId, parentToolUseId: null, seq: notice.seq, at }, notice) : addItem(timeline, notice)
}

/** A card that stands until the session is brought back. */
const DELETED = 'deleted'

function undeleted(timeline: Timeline): Timeline {
  const past = <T extends Item | Part>(each: T): T => (each.kind === 'trouble' && each.cause === DELETED ? { ...each, solved: true } : each)
  return { ...timeline, items: timeline.items.map((item) => (item.kind === 'turn' ? { ...item, parts: item.parts.map(past) } : past(item))) }
}

/** Retries of different errors are different causes; other texts are their own cause. */
function causeOf(code: string, text: string, args: LogArgs): string {
  if (code === 'api_retry') return `api_retry:${String(args.status ?? args.error ?? '')}`
  return code === 'other' ? `other:${text}` : code
}

function reduceDivider(timeline: Timeline, { data, seq, timestamp: at }: LogFrame, code: DividerItem['code'], args: LogArgs): Timeline {
  const divider: DividerItem = { kind: 'divider', key: `log:${seq ?? at}`, seq: seq ?? null, at, code, text: data.text, args }
  if (code === 'rewound') return addItem(supersede(timeline, args.message_id), divider)
  if (code === 'forked' || code === 'imported') return addItem(copied(timeline), divider)
  const next = addItem(timeline, divider)
  if (code === 'cleared') return { ...next, context: null, todos: { entries: [], executionId: null } }
  const left = args.post_tokens
  return typeof left === 'number' && next.context ? { ...next, context: { ...next.context, tokens: left } } : next
}

/** After a rewind Claude knows nothing of that prompt and of what came after it. */
function supersede(timeline: Timeline, messageId: unknown): Timeline {
  const from = timeline.items.findIndex((item) => item.kind === 'prompt' && item.messageId === messageId)
  if (from === -1) return timeline
  const items = timeline.items.map((item, at): Item => {
    if (at < from || (item.kind !== 'prompt' && item.kind !== 'turn') || item.superseded) return item
    return { ...item, superseded: true }
  })
  return { ...timeline, items }
}

const copied = (timeline: Timeline): Timeline => ({
  ...timeline,
  items: timeline.items.map((item) => (item.kind === 'prompt' ? { ...item, copied: true } : item)),
})

/** One card per cause in a turn: a repeat, also after it seemed solved, raises the count of the card that stands there. */
export function reduceProblem(timeline: Timeline, problem: Problem): Timeline {
  const { seq = null, timestamp: at, cause, text, executionId, level = 'error', args = {} } = problem
  const fresh: Trouble = {
    kind: 'trouble',
    key: `trouble:${seq ?? at}`,
    seq,
    at,
    cause,
    level,
    text,
    args,
    count: 1,
    lastAt: at,
    executionId,
    solved: false,
  }
  const again = (card: Trouble): Trouble => ({ ...card, level, text, args, count: card.count + 1, lastAt: at, solved: false })
  if (executionId === null) {
    const last = timeline.items.at(-1)
    if (last?.kind !== 'trouble' || last.cause !== cause) return addItem(timeline, fresh)
    return { ...timeline, items: [...timeline.items.slice(0, -1), again(last)] }
  }
  const path = findPart(timeline.items, executionId, (part) => part.kind === 'trouble' && part.cause === cause)
  const next = path
    ? withPart(timeline, path, again(partAt(timeline.items, path) as Trouble))
    : addPart(timeline, { executionId, parentToolUseId: null, seq, at }, fresh)
  return withExecution(next, executionId, (execution) => ({ ...execution, troubled: true }))
}

/** A turn that went well shows that what stood in the way before it is solved. */
export const solveItems = (timeline: Timeline): Timeline =>
  timeline.items.some((item) => item.kind === 'trouble' && !item.solved)
    ? { ...timeline, items: timeline.items.map((item) => (item.kind === 'trouble' && !item.solved ? { ...item, solved: true } : item)) }
    : timeline

