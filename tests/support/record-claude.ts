// Records what the real CLI says in each scenario: npm run record:claude -- [name …]. Ids, paths and times are made stable.
import { query, type SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from '../../relay/claude/child-environment.ts'
import { processOptions } from '../../relay/claude/process-options.ts'
import { createPromptInput } from '../../relay/claude/prompt-input.ts'
import { createGate } from '../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { scenarios, type Scenario } from '../fixtures/claude/scenarios.ts'
import { testEnvironment } from './child-environment.ts'

const FIXTURES = join(import.meta.dir, '../fixtures/claude')
const NOTEBOOK = {
  cells: [{ id: 'c1', cell_type: 'code', source: ['print(1)'], metadata: {}, outputs: [], execution_count: null }],
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
}

/** Replaces what differs from run to run: ids by their order of appearance, folders by fixed ones, times by fixed steps. */
function createNormaliser(folders: [actual: string, fixed: string][]) {
  const known = new Map<string, string>()
  let times = 0
  const numbered = (kind: string, value: string, make: (n: number) => string): string => {
    const key = `${kind} ${value}`
    if (!known.has(key)) known.set(key, make([...known.keys()].filter((name) => name.startsWith(`${kind} `)).length + 1))
    return known.get(key)!
  }
  const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const slug = (folder: string): string => folder.replaceAll(/[^A-Za-z0-9]/g, '-')

  function text(value: string): string {
    for (const [actual, fixed] of folders) value = value.replaceAll(actual, fixed).replaceAll(slug(actual), slug(fixed))
    return value
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => numbered('uuid', id, uuid))
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, () => new Date(Date.UTC(2030, 0, 1) + ++times * 100).toISOString())
      .replaceAll(/duration_ms: \d+/g, 'duration_ms: 7')
      .replaceAll(/plans\/[a-z-]+\.md/g, 'plans/plan.md')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, (url) => (url.endsWith(':9') ? url : 'http://127.0.0.1:1'))
      .replaceAll(/\/tmp\/claude-\d+\//g, '/tmp/claude/')
      .replaceAll(/claude-folder-\w+-[0-9a-f]+ \[[0-9a-f]+\]/g, 'workspace-1 [1]')
      .replaceAll(/cc-socks\/\d+\.sock/g, 'cc-socks/1.sock')
      .replaceAll(/\b0m[0-9a-z]{7,8}-[0-9a-f]{8}\b/g, (run) => numbered('run', run, (n) => `run-${n}`))
  }

  function walk(value: unknown, key: string): unknown {
    if (typeof value === 'string') return ['task_id', 'agentId', 'agent_id', 'backgroundTaskId', 'taskId'].includes(key) ? task(value) : text(value)
    if (typeof value === 'number') return steady(key, value)
    if (Array.isArray(value)) return ['slash_commands', 'skills', 'capabilities'].includes(key) ? value.slice(0, 3) : value.map((entry) => walk(entry, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, walk(entry, name)]))
  }
  /** Task ids are random as well, and are quoted in texts. Short numbers are the ids of todo items, which are not. */
  function task(value: string): string {
    if (/^\d+$/.test(value)) return value
    const fixed = numbered('task', value, (n) => `task-${n}`)
    if (!folders.some(([actual]) => actual === value)) folders.push([value, fixed])
    return fixed
  }
  const steady = (key: string, value: number): number => (/_ms$|Ms$|_time$|_seconds$|Seconds$|wall/.test(key) && value !== 0 ? 7 : value)
  return (message: SDKMessage): unknown => walk(JSON.parse(JSON.stringify(message)), '')
}

async function record(scenario: Scenario): Promise<unknown[]> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'claude-home-')))
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'claude-folder-')))
  writeFileSync(join(folder, 'notes.txt'), 'first line\nsecond line\nthird line\n')
  writeFileSync(join(folder, 'book.ipynb'), JSON.stringify(NOTEBOOK))
  const api = createScriptedMessagesApi()
  const input = createPromptInput()
  const messages: SDKMessage[] = []
  const watchers = new Set<() => void>()
  const asked = Promise.withResolvers<void>()
  const environment = { ...childEnvironment(testEnvironment(api.url, home), []), ...scenario.environment }
  const spec = { sessionId: 'recording', cwd: folder, conversationId: null, permissionMode: 'default', trusted: false }
  const session = query({
    prompt: input.stream(),
    options: {
      ...processOptions(spec, environment, null),
      canUseTool: async (tool, toolInput, context) => {
        asked.resolve()
        return scenario.decide ? scenario.decide(tool, toolInput, context) : { behavior: 'allow', updatedInput: toolInput }
      },
      ...scenario.options,
    },
  })
  const seen = (test: (message: SDKMessage) => boolean, nth = 1): Promise<SDKMessage> => {
    const { promise, resolve } = Promise.withResolvers<SDKMessage>()
    const look = (): void => {
      const found = messages.filter(test)[nth - 1]
      if (!found) return
      watchers.delete(look)
      resolve(found)
    }
    watchers.add(look)
    look()
    return promise
  }
  const reading = (async () => {
    for await (const message of session) {
      messages.push(message)
      for (const look of [...watchers]) look()
    }
  })()
  const ended = reading.catch(() => {})
  await scenario.run({
    api,
    query: session,
    folder,
    gate: createGate(),
    asked: asked.promise,
    seen,
    turns: (n) => seen((message) => message.type === 'result', n),
    send: (content, more) =>
      input.push({ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, uuid: crypto.randomUUID(), ...more }),
  })
  input.close()
  await ended
  await api.stop()
  const normalise = createNormaliser([[folder, '/workspace'], [home, '/home/person']])
  rmSync(home, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  return messages.map(normalise)
}

if (import.meta.main) {
  const names = process.argv.slice(2)
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (names.length > 0 && !names.includes(name)) continue
    const messages = await record(scenario)
    writeFileSync(join(FIXTURES, `${name}.ndjson`), `${messages.map((message) => JSON.stringify(message)).join('\n')}\n`)
    console.log(`${name}: ${messages.length} messages`)
  }
}
