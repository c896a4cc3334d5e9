// What a tool row says: icon, verb, target, figures; and what becomes of it (open, grouped). One table for all tools.
import type { EditInfo } from '#protocol'
import { compareTexts } from './compare-lines.ts'
import type { ToolPart } from './timeline.ts'
import { countTodos } from './todo-list.ts'
import { countTools, exitCode, foundLinks, hitsOf, linesRead, plainText } from './tool-output.ts'
import { asksIn, waitedMs } from './waited.ts'

/** Names of Lucide icons. */
export type ToolIcon =
  | 'file-text' | 'files' | 'file-plus-2' | 'pencil-line' | 'notebook-pen' | 'terminal' | 'search' | 'globe' | 'plug' | 'bot'
  | 'list-todo' | 'list-checks' | 'circle-question-mark' | 'wrench'
/** Words: `tools.verb.<verb>.<tense>`. */
export type ToolVerb = 'read' | 'edit' | 'write' | 'run' | 'search' | 'fetch' | 'ask' | 'agent' | 'plan' | 'use'
export type ToolTarget =
  | { kind: 'path'; path: string }
  | { kind: 'command'; text: string }
  | { kind: 'query'; text: string; where: string | null }
  | { kind: 'page'; url: string; host: string; rest: string }
  | { kind: 'mcp'; server: string; tool: string }
  | { kind: 'text'; text: string }
export type ToolFigure =
  | { kind: 'added' | 'removed' | 'exit' | 'lines' | 'hits' | 'tools'; value: number }
  | { kind: 'tasks'; value: number; done: number; planned: boolean }
  | { kind: 'duration'; ms: number }
  | { kind: 'cell'; name: string }

export type ToolDescription = {
  icon: ToolIcon
  verb: ToolVerb
  /** not: it was asked for, and never began. */
  tense: 'now' | 'done' | 'not'
  target: ToolTarget | null
  figures: readonly ToolFigure[]
  /** Of a failed call, for the right part of its row; null when a figure (the exit code) says it. */
  reason: string | null
  /** Before the reader has chosen. */
  open: boolean
  quiet: 'read' | 'search' | 'todo' | null
}

export type FileChange = Exclude<EditInfo, { type: 'todo' }>
type Changed = { added: number; removed: number }
type Fields = Record<string, unknown>
type Kind = { icon: ToolIcon; verb: ToolVerb; quiet?: ToolDescription['quiet']; target?: (input: Fields) => ToolTarget | null }

const OPEN_CHANGED_LINES = 40
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {})
const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const text = (name: string) => (input: Fields): ToolTarget | null =>
  word(input[name]) === '' ? null : { kind: 'text', text: word(input[name]) }
const path = (...names: string[]) => (input: Fields): ToolTarget | null => {
  const found = names.map((name) => word(input[name])).find((each) => each !== '')
  return found === undefined ? null : { kind: 'path', path: found }
}
const query = (input: Fields): ToolTarget => ({
  kind: 'query',
  text: word(input.pattern) || word(input.query),
  where: word(input.path) || word(input.glob) || null,
})
const command = (input: Fields): ToolTarget => ({ kind: 'command', text: word(input.command) })
const page = (input: Fields): ToolTarget => {
  const url = word(input.url)
  const parsed = URL.canParse(url) ? new URL(url) : null
  return { kind: 'page', url, host: parsed?.host ?? url, rest: parsed ? parsed.pathname + parsed.search : '' }
}

const KINDS: Readonly<Record<string, Kind>> = {
  Read: { icon: 'file-text', verb: 'read', quiet: 'read', target: path('file_path') },
  NotebookRead: { icon: 'file-text', verb: 'read', quiet: 'read', target: path('notebook_path', 'file_path') },
  LS: { icon: 'file-text', verb: 'read', quiet: 'read', target: path('path') },
  Grep: { icon: 'search', verb: 'search', quiet: 'search', target: query },
  Glob: { icon: 'search', verb: 'search', quiet: 'search', target: query },
  ToolSearch: { icon: 'search', verb: 'search', quiet: 'search', target: query },
  Edit: { icon: 'pencil-line', verb: 'edit', target: path('file_path') },
  MultiEdit: { icon: 'pencil-line', verb: 'edit', target: path('file_path') },
  NotebookEdit: { icon: 'notebook-pen', verb: 'edit', target: path('notebook_path', 'file_path') },
  Write: { icon: 'file-plus-2', verb: 'write', target: path('file_path') },
  Bash: { icon: 'terminal', verb: 'run', target: command },
  PowerShell: { icon: 'terminal', verb: 'run', target: command },
  SlashCommand: { icon: 'terminal', verb: 'run', target: command },
  BashOutput: { icon: 'terminal', verb: 'read', target: text('bash_id') },
  TaskOutput: { icon: 'terminal', verb: 'read', target: text('task_id') },
  AgentOutputTool: { icon: 'bot', verb: 'read', target: text('agentId') },
  KillShell: { icon: 'terminal', verb: 'use', target: () => ({ kind: 'text', text: 'KillShell' }) },
  KillBash: { icon: 'terminal', verb: 'use', target: () => ({ kind: 'text', text: 'KillBash' }) },
  TaskStop: { icon: 'terminal', verb: 'use', target: () => ({ kind: 'text', text: 'TaskStop' }) },
  WebFetch: { icon: 'globe', verb: 'fetch', target: page },
  WebSearch: { icon: 'globe', verb: 'search', target: query },
  Agent: { icon: 'bot', verb: 'agent', target: text('description') },
  Task: { icon: 'bot', verb: 'agent', target: text('description') },
  TodoWrite: { icon: 'list-todo', verb: 'plan', quiet: 'todo' },
  TaskCreate: { icon: 'list-todo', verb: 'plan', quiet: 'todo', target: text('subject') },
  TaskUpdate: { icon: 'list-todo', verb: 'plan', quiet: 'todo', target: text('subject') },
  TaskGet: { icon: 'list-todo', verb: 'plan', quiet: 'todo' },
  TaskList: { icon: 'list-todo', verb: 'plan', quiet: 'todo' },
  AskUserQuestion: { icon: 'circle-question-mark', verb: 'ask', target: question },
  EnterPlanMode: { icon: 'list-checks', verb: 'plan' },
  ExitPlanMode: { icon: 'list-checks', verb: 'plan' },
  Skill: { icon: 'wrench', verb: 'use', target: (input) => text('skill')(input) ?? text('command')(input) },
}

function question(input: Fields): ToolTarget | null {
  const first = fieldsOf(Array.isArray(input.questions) ? input.questions[0] : undefined)
  return word(first.question) === '' ? null : { kind: 'text', text: word(first.question) }
}

function kindOf(tool: string): Kind {
  if (Object.hasOwn(KINDS, tool)) return KINDS[tool]!
  const mcp = mcpName(tool)
  if (mcp) return { icon: 'plug', verb: 'ask', target: () => ({ kind: 'mcp', ...mcp }) }
  return { icon: 'wrench', verb: 'use', target: () => (tool === '' ? null : { kind: 'text', text: tool }) }
}

/** `mcp__server__tool` taken apart; null for tools that are no MCP tools. */
function mcpName(tool: string): { server: string; tool: string } | null {
  const match = /^mcp__(.+?)__(.+)$/.exec(tool)
  return match ? { server: match[1]!, tool: match[2]! } : null
}

/** Icon, verb and target of a call that has not been made (a permission card asks about it). */
export function describeCall(tool: string, input: unknown): Pick<ToolDescription, 'icon' | 'verb' | 'target'> {
  const kind = kindOf(tool)
  return { icon: kind.icon, verb: kind.verb, target: kind.target?.(fieldsOf(input)) ?? null }
}

/** Everything a row says. Compares the texts of an edit: keep the result as long as the part is the same object. */
export function describeTool(part: ToolPart): ToolDescription {
  const kind = kindOf(part.tool)
  const changed = changedLines(part)
  const over = part.state === 'done' || part.state === 'failed' || part.state === 'stopped'
  const exit = kind.icon === 'terminal' && kind.verb === 'run' ? exitCode(part) : null
  return {
    icon: kind.icon,
    verb: kind.verb,
    tense: neverBegan(part) ? 'not' : over ? 'done' : 'now',
    target: kind.target?.(fieldsOf(part.input)) ?? targetOf(part.editInfo),
    figures: neverBegan(part) ? [] : figuresOf(part, kind, changed, exit),
    reason: part.state === 'failed' && exit === null ? (plainText(part.output).trim().split('\n')[0]?.slice(0, 200) ?? '') : null,
    open: opensByItself(part, kind, changed),
    quiet: quietKind(part),
  }
}

/** Denied, or stopped while people were thinking. A question that nobody answered was asked all the same. */
function neverBegan({ state, asks }: Pick<ToolPart, 'state' | 'asks'>): boolean {
  const last = asks.at(-1)
  return state === 'stopped' && last?.request.kind === 'tool' && (last.state === 'denied' || last.state === 'withdrawn')
}

/** Calls of these kinds that follow each other are one row; a failed one is for itself. */
export const quietKind = (part: Pick<ToolPart, 'tool' | 'state'>): ToolDescription['quiet'] =>
  part.state === 'done' || part.state === 'running' ? (kindOf(part.tool).quiet ?? null) : null

/** An agent shows its work while it works; one in the background goes on after its call has returned. */
export const isAtWork = (part: Pick<ToolPart, 'state' | 'parts'>): boolean =>
  part.state === 'running' ||
  part.state === 'waiting' ||
  part.parts.some((each) => (each.kind === 'tool' ? isAtWork(each) : (each.kind === 'text' || each.kind === 'thinking') && each.open))

const targetOf = (info: EditInfo | null): ToolTarget | null =>
  info === null || info.type === 'todo' ? null : { kind: 'path', path: info.file_path }

function figuresOf(part: ToolPart, kind: Kind, changed: Changed | null, exit: number | null): ToolFigure[] {
  const figures: ToolFigure[] = []
  const add = (name: 'added' | 'removed' | 'exit' | 'lines' | 'hits' | 'tools', value: number | null) => {
    if (value !== null) figures.push({ kind: name, value })
  }
  if (part.tool === 'NotebookEdit') {
    const cell = word(fieldsOf(part.input).cell_id)
    if (cell !== '') figures.push({ kind: 'cell', name: cell })
  }
  if (changed && part.state !== 'failed') {
    add('added', changed.added)
    // What stood in a cell before is not known: nothing is said of it.
    if (kind.verb === 'edit' && part.tool !== 'NotebookEdit') add('removed', changed.removed)
  }
  if (exit !== null) add('exit', exit)
  if (part.state === 'done') {
    if (part.tool === 'Read') add('lines', linesRead(part))
    if (kind.quiet === 'search') add('hits', hitsOf(part))
    if (part.tool === 'WebSearch') add('hits', foundLinks(part).length || null)
    if (part.editInfo?.type === 'todo') {
      const { total, done } = countTodos(part.editInfo.todos)
      // The whole list is told along with what was done to one of it.
      figures.push({ kind: 'tasks', value: total, done, planned: part.tool !== 'TaskUpdate' })
    }
  }
  if (kind.verb === 'agent') add('tools', countTools(part.parts))
  if (part.durationMs !== null) {
    const end = part.endedAt ?? part.at + part.durationMs
    figures.push({ kind: 'duration', ms: part.durationMs - waitedMs(asksIn([part]), end - part.durationMs, end) })
  }
  return figures
}

function opensByItself(part: ToolPart, kind: Kind, changed: Changed | null): boolean {
  if (kind.verb === 'run') return part.state === 'running' || part.state === 'failed'
  if (kind.verb === 'agent') return isAtWork(part)
  return kind.verb === 'edit' && changed !== null && part.state !== 'failed' && changed.added + changed.removed <= OPEN_CHANGED_LINES
}

/** How many lines a call changes; null for calls that change no file. */
function changedLines(part: Pick<ToolPart, 'tool' | 'input' | 'editInfo'>): Changed | null {
  const infos = changesOf(part)
  if (infos.length === 0) return null
  const kinds = infos.flatMap((info) => compareTexts(info.type === 'edit' ? info.old_string : '', info.type === 'edit' ? info.new_string : info.content).changes.map(({ kind }) => kind))
  return { added: kinds.filter((kind) => kind === 'added').length, removed: kinds.filter((kind) => kind === 'removed').length }
}

/** The changes of files that a call makes, from the relay's reading of it or from its input. */
export function changesOf({ tool, input, editInfo }: Pick<ToolPart, 'tool' | 'input' | 'editInfo'>): FileChange[] {
  if (editInfo) return editInfo.type === 'todo' ? [] : [editInfo]
  return editsOf(tool, fieldsOf(input))
}

/** The changes that an input asks for: also what a permission card shows before anything has happened. */
function editsOf(tool: string, input: Fields): FileChange[] {
  const file_path = word(input.file_path) || word(input.notebook_path)
  if (file_path === '') return []
  if (tool === 'Write') return [{ type: 'write', file_path, content: word(input.content) }]
  if (tool === 'NotebookEdit') return [{ type: 'edit', file_path, old_string: '', new_string: word(input.new_source) }]
  const edits = tool === 'Edit' ? [input] : tool === 'MultiEdit' && Array.isArray(input.edits) ? input.edits.map(fieldsOf) : []
  return edits.map((edit) => ({
    type: 'edit',
    file_path,
    old_string: word(edit.old_string),
    new_string: word(edit.new_string),
    replace_all: edit.replace_all === true,
  }))
}
