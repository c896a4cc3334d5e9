// Tool rows: one description for every tool the CLI has, and for those it will have.
import { describe, expect, test } from 'bun:test'
import { describeCall, describeTool } from '../../../src/timeline/describe-tool.ts'
import { diffOfTool } from '../../../src/timeline/diff-of-tool.ts'
import { emptyTool } from '../../../src/timeline/place-part.ts'
import type { Timeline, ToolPart } from '../../../src/timeline/timeline.ts'
import { commandOutput, exitCode, fileRead, foundLinks, hitsOf, inputFields, lastSentence, linesRead } from '../../../src/timeline/tool-output.ts'
import { waitedInTurn } from '../../../src/timeline/waited.ts'

const part = (tool: string, input: unknown, more: Partial<ToolPart> = {}): ToolPart => ({ ...emptyTool('t', { seq: 1, at: 0 }), tool, input, state: 'done', ...more })
const row = (tool: string, input: unknown, more: Partial<ToolPart> = {}) => describeTool(part(tool, input, more))

describe('icon, verb, target', () => {
  const table: [string, unknown, string, string, unknown][] = [
    ['Read', { file_path: '/w/a.ts' }, 'file-text', 'read', { kind: 'path', path: '/w/a.ts' }],
    ['Write', { file_path: '/w/a.ts', content: '' }, 'file-plus-2', 'write', { kind: 'path', path: '/w/a.ts' }],
    ['Edit', { file_path: '/w/a.ts', old_string: 'a', new_string: 'b' }, 'pencil-line', 'edit', { kind: 'path', path: '/w/a.ts' }],
    ['MultiEdit', { file_path: '/w/a.ts', edits: [] }, 'pencil-line', 'edit', { kind: 'path', path: '/w/a.ts' }],
    ['NotebookEdit', { notebook_path: '/w/b.ipynb', new_source: 'x' }, 'notebook-pen', 'edit', { kind: 'path', path: '/w/b.ipynb' }],
    ['Bash', { command: 'npm test' }, 'terminal', 'run', { kind: 'command', text: 'npm test' }],
    ['SlashCommand', { command: '/deploy' }, 'terminal', 'run', { kind: 'command', text: '/deploy' }],
    ['BashOutput', { bash_id: 'b1' }, 'terminal', 'read', { kind: 'text', text: 'b1' }],
    ['TaskOutput', { task_id: 'x1' }, 'terminal', 'read', { kind: 'text', text: 'x1' }],
    ['KillShell', { shell_id: 'b1' }, 'terminal', 'use', { kind: 'text', text: 'KillShell' }],
    ['TaskStop', { task_id: 'b1' }, 'terminal', 'use', { kind: 'text', text: 'TaskStop' }],
    ['Grep', { pattern: 'enqueue\\(', path: 'src' }, 'search', 'search', { kind: 'query', text: 'enqueue\\(', where: 'src' }],
    ['Glob', { pattern: '**/*.ts' }, 'search', 'search', { kind: 'query', text: '**/*.ts', where: null }],
    ['LS', { path: '/w' }, 'file-text', 'read', { kind: 'path', path: '/w' }],
    ['WebFetch', { url: 'https://a.b/c?d=1', prompt: '' }, 'globe', 'fetch', { kind: 'page', url: 'https://a.b/c?d=1', host: 'a.b', rest: '/c?d=1' }],
    ['WebFetch', { url: 'not a url' }, 'globe', 'fetch', { kind: 'page', url: 'not a url', host: 'not a url', rest: '' }],
    ['WebSearch', { query: 'tides' }, 'globe', 'search', { kind: 'query', text: 'tides', where: null }],
    ['Agent', { description: 'find callers' }, 'bot', 'agent', { kind: 'text', text: 'find callers' }],
    ['Task', { description: 'find callers' }, 'bot', 'agent', { kind: 'text', text: 'find callers' }],
    ['TodoWrite', { todos: [] }, 'list-todo', 'plan', null],
    ['TaskCreate', { subject: 'Read' }, 'list-todo', 'plan', { kind: 'text', text: 'Read' }],
    ['TaskUpdate', { taskId: '1' }, 'list-todo', 'plan', null],
    ['AskUserQuestion', { questions: [{ question: 'Which?' }] }, 'circle-question-mark', 'ask', { kind: 'text', text: 'Which?' }],
    ['ExitPlanMode', { plan: '1.' }, 'list-checks', 'plan', null],
    ['EnterPlanMode', {}, 'list-checks', 'plan', null],
    ['Skill', { skill: 'pdf' }, 'wrench', 'use', { kind: 'text', text: 'pdf' }],
    ['mcp__postgres__query', { sql: 'select 1' }, 'plug', 'ask', { kind: 'mcp', server: 'postgres', tool: 'query' }],
    ['mcp__a_b__c__d', {}, 'plug', 'ask', { kind: 'mcp', server: 'a_b', tool: 'c__d' }],
    ['Teleport', { where: 'home' }, 'wrench', 'use', { kind: 'text', text: 'Teleport' }],
    ['constructor', {}, 'wrench', 'use', { kind: 'text', text: 'constructor' }],
    ['', null, 'wrench', 'use', null],
  ]
  for (const [tool, input, icon, verb, target] of table) {
    test(tool || 'a call whose start is not loaded', () => {
      expect(describeCall(tool, input)).toEqual({ icon, verb, target } as never)
      expect(row(tool, input)).toMatchObject({ icon, verb, tense: 'done', target } as never)
      expect(row(tool, input, { state: 'running' }).tense).toBe('now')
    })
  }

  test('what was denied, or stopped before anybody answered, was not done; a question was asked all the same', () => {
    const ask = (state: string, kind = 'tool') => ({ state: 'stopped', asks: [{ state, request: { kind } }] }) as never
    const tense = (...more: Parameters<typeof ask>) => row('Bash', { command: 'npm test' }, ask(...more)).tense
    expect([tense('denied'), tense('withdrawn'), tense('allowed'), tense('denied', 'question'), row('Bash', {}, { state: 'stopped' }).tense]).toEqual(['not', 'not', 'done', 'done', 'done'])
    expect(row('Edit', { file_path: '/a', old_string: 'b', new_string: 'c' }, ask('denied')).figures).toEqual([])
  })

  test('odd inputs are no reason to fail', () => {
    for (const input of [null, undefined, 5, 'text', [], { file_path: 7 }, { questions: [null] }, { edits: [null] }, { url: {} }]) {
      for (const [tool] of table) expect(() => row(tool, input)).not.toThrow()
    }
  })
})

test('how long a turn waited for people is known while its beginning and its end are', () => {
  const turn = (startedAt: number | null) =>
    ({
      executions: [{ id: 'e', startedAt, endedAt: 10_000 }],
      items: [{ kind: 'turn', executionId: 'e', parts: [part('Bash', {}, { asks: [{ at: 2_000, resolved: { at: 5_000 } }] as unknown as ToolPart['asks'] })] }, { kind: 'turn', executionId: 'f', parts: [] }],
    }) as unknown as Timeline
  expect([waitedInTurn(turn(1_000), 'e'), waitedInTurn(turn(null), 'e'), waitedInTurn(turn(1_000), 'f')]).toEqual([3_000, 0, 0])
})

test('the time a call took is without what it waited for people, its agent included', () => {
  const ask = (at: number, until: number | null) => ({ key: `a${at}`, at, state: 'allowed', request: {}, resolved: until === null ? null : { at: until } }) as unknown as ToolPart['asks'][number]
  const took = (more: Partial<ToolPart>) => row('Bash', { command: 'x' }, { at: 1_000, endedAt: 11_000, durationMs: 10_000, ...more }).figures.find((figure) => figure.kind === 'duration')
  const nested = (...asks: ToolPart['asks']) => part('Bash', {}, { asks })
  expect(took({})).toEqual({ kind: 'duration', ms: 10_000 })
  expect(took({ asks: [ask(2_000, 9_000)] })).toEqual({ kind: 'duration', ms: 3_000 })
  expect(took({ asks: [ask(0, 4_000), ask(5_000, 6_000)] })).toEqual({ kind: 'duration', ms: 6_000 })
  expect(took({ asks: [ask(8_000, null)] })).toEqual({ kind: 'duration', ms: 7_000 })
  expect(took({ parts: [nested(ask(2_000, 6_000)), nested(ask(3_000, 5_000)), nested(ask(4_000, 7_000))] })).toEqual({ kind: 'duration', ms: 5_000 })
  expect(took({ durationMs: null })).toBeUndefined()
})

describe('figures and what opens', () => {
  test('edit: changed lines; opens up to forty of them', () => {
    const edit = (lines: number, state: ToolPart['state'] = 'done') => row('Edit', { file_path: 'a', old_string: 'x', new_string: Array(lines).fill('y').join('\n') }, { state })
    expect(edit(3).figures).toEqual([{ kind: 'added', value: 3 }, { kind: 'removed', value: 1 }])
    expect([edit(39).open, edit(40).open]).toEqual([true, false])
    expect(edit(3, 'failed')).toMatchObject({ open: false, figures: [] })
  })

  test('the relay’s reading of an edit counts before the input', () => {
    expect(row('Edit', {}, { editInfo: { type: 'edit', file_path: '/w/x', old_string: 'a', new_string: 'b\nc', start_line: 3 } })).toMatchObject({ target: { path: '/w/x' }, figures: [{ value: 2 }, { value: 1 }] })
  })

  test('several edits in one call are one diff with distinct keys', () => {
    const diff = diffOfTool(part('MultiEdit', { file_path: 'a', edits: [{ old_string: 'a', new_string: 'b' }, { old_string: 'c', new_string: 'd\ne' }] }))!
    expect([diff.added, diff.removed]).toEqual([3, 2])
    expect(new Set(diff.hunks.map((hunk) => hunk.key)).size).toBe(diff.hunks.length)
  })

  test('write: lines added, folded', () => {
    expect(row('Write', { file_path: 'a', content: 'x\ny\n' })).toMatchObject({ figures: [{ kind: 'added', value: 2 }], open: false })
  })

  test('a command: open while it runs and when it failed, exit code and time', () => {
    expect(row('Bash', { command: 'x' }, { state: 'running' })).toMatchObject({ open: true, figures: [] })
    expect(row('Bash', { command: 'x' }, { output: 'ok', durationMs: 8200 })).toMatchObject({ open: false, figures: [{ kind: 'exit', value: 0 }, { kind: 'duration', ms: 8200 }] })
    expect(row('Bash', { command: 'x' }, { state: 'failed', output: 'Exit code 3\noops' })).toMatchObject({ open: true, reason: null, figures: [{ kind: 'exit', value: 3 }] })
    expect(row('Bash', { command: 'x' }, { output: 'Command running in background with ID: t1.' }).figures).toEqual([])
  })

  test('a failed call says why', () => {
    expect(row('Read', { file_path: 'a' }, { state: 'failed', output: 'File does not exist. Note: x\nmore' })).toMatchObject({ reason: 'File does not exist. Note: x', quiet: null, open: false })
  })

  test('quiet are reads, searches and todo changes, but not when they failed', () => {
    expect([row('Read', {}).quiet, row('Grep', {}, { state: 'running' }).quiet, row('TaskUpdate', {}).quiet, row('Bash', {}).quiet, row('Grep', {}, { state: 'failed' }).quiet]).toEqual(['read', 'search', 'todo', null, null])
  })

  test('an agent: its calls are counted, it is open while it works', () => {
    const nested = [part('Read', {}), { ...part('Agent', {}), toolUseId: 'u', parts: [part('Grep', {})] }]
    expect(row('Agent', { description: 'x' }, { parts: nested, durationMs: 24000 })).toMatchObject({ open: false, figures: [{ kind: 'tools', value: 3 }, { kind: 'duration', ms: 24000 }] })
    expect(row('Agent', {}, { state: 'running' }).open).toBe(true)
  })

  test('a todo list: how many tasks, and how many of them are done', () => {
    const todos = [{ content: 'a', status: 'pending' as const }, { content: 'b', status: 'completed' as const }]
    expect(row('TodoWrite', {}, { editInfo: { type: 'todo', todos } }).figures).toEqual([{ kind: 'tasks', value: 2, done: 1, planned: true }])
    // What marks one as begun plans nothing anew.
    expect(row('TaskUpdate', { taskId: '1', status: 'in_progress' }, { editInfo: { type: 'todo', todos } }).figures).toMatchObject([{ kind: 'tasks', planned: false }])
  })

  test('a cell of a notebook: which, and what was put in; what stood there before is not known', () => {
    expect(row('NotebookEdit', { notebook_path: '/a.ipynb', cell_id: 'c7', new_source: 'x' }).figures).toEqual([{ kind: 'cell', name: 'c7' }, { kind: 'added', value: 1 }])
  })
})

describe('results', () => {
  const read = (output: unknown, more: Partial<ToolPart> = {}) => part('Read', {}, { output, ...more })

  test('lines read, and the text without numbers', () => {
    expect(linesRead(read('1\tfirst line\n2\tsecond line\n3\tthird line\n4\t'))).toBe(3)
    expect(linesRead(read('    10→a\n    11→b'))).toBe(2)
    expect(linesRead(read('an image'))).toBe(null)
    expect(linesRead(read('1\ta', { outputCut: { bytes: 9, url: '/x' } }))).toBe(null)
    expect(fileRead(read('10\ta\n11\t\tb'))).toEqual({ startLine: 10, text: 'a\n\tb' })
    expect(fileRead(read('1\ta\n2\tb\n3'))).toEqual({ startLine: 1, text: 'a\nb\n' })
    expect(fileRead(read('plain'))).toBe(null)
  })

  test('hits', () => {
    expect(['notes.txt:2:second line', 'a\nb\n', 'No files found', 'No matches found', 'Found 3 files\na\nb\nc', 'a:2\nb:1\n\nFound 3 total occurrences across 2 files.', ''].map((output) => hitsOf(read(output)))).toEqual([1, 2, 0, 0, 3, 3, 0])
  })

  test('commands', () => {
    expect(commandOutput(read('Exit code 3\noops'))).toBe('oops')
    expect(commandOutput(read('(Bash completed with no output)'))).toBe('')
    expect(exitCode(read('x', { state: 'running' }))).toBe(null)
  })

  test('links of a search: only links', () => {
    const output = 'Web search results for query: "x"\n\nLinks: [{"title":"Example","url":"https://example.com/"},{"title":"","url":"http://b.c/d"},{"title":"bad","url":"javascript:1"},null]\n\nFound'
    expect(foundLinks(read(output))).toEqual([{ title: 'Example', url: 'https://example.com/', host: 'example.com' }, { title: 'b.c', url: 'http://b.c/d', host: 'b.c' }])
    expect(foundLinks(read('Links: [{"title":"cut'))).toEqual([])
    expect(foundLinks(read('Links: [broken]'))).toEqual([])
  })

  test('the last sentence of an agent', () => {
    expect(lastSentence(read('I looked. Three callers; only the webhook is reachable from outside.'))).toBe('Three callers; only the webhook is reachable from outside.')
    expect(lastSentence(read('## Report\n\nNothing found'))).toBe('Nothing found')
    expect(lastSentence(read(''))).toBe('')
  })

  test('any input as readable fields', () => {
    expect(inputFields({ sql: 'select 1', limit: 5, deep: { a: 1 } })).toEqual([{ name: 'sql', text: 'select 1', long: false }, { name: 'limit', text: '5', long: false }, { name: 'deep', text: '{\n  "a": 1\n}', long: true }])
    expect(inputFields('raw')).toEqual([{ name: '', text: 'raw', long: false }])
    expect([inputFields(null), inputFields(undefined)]).toEqual([[], []])
  })
})
