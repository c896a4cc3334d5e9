// Every tool that the pinned CLI offers in a trusted folder, called once or more: those that cannot work here say why not.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rest } from '#protocol'
import type { ScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createGate } from '../../relay/demo/script.ts'
import { lastToolResults, type ScriptedRequest } from '../../relay/demo/scripted-request.ts'
import type { Frame } from './protocol-client.ts'
import type { ScenarioScript } from './scenario-script.ts'

export const READING = { chunkChars: 12, everyMs: 8 }
const NOTEBOOK = JSON.stringify({
  cells: [{ id: 'c1', cell_type: 'code', source: ['print(1)'], metadata: {}, outputs: [], execution_count: null }],
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
})
export const QUESTION = {
  questions: [
    {
      question: 'What should count as one partner?',
      header: 'Partner',
      multiSelect: false,
      options: [
        { label: 'The API key', description: 'Each key has its own bucket.' },
        { label: 'The company behind the key', description: 'One more look-up per call.' },
      ],
    },
  ],
}
export const PLAN = '## Keep the queue over restarts\n\n1. Add `src/store.js`, one booking a line.\n2. Write the line before the answer 202.\n3. Read the file at the start.'

const SERVER = join(import.meta.dir, '../fixtures/claude/mcp-server.ts')
/** What makes the folder worth trusting: a server and a skill of its own. */
const FILES: Record<string, string> = {
  '.mcp.json': JSON.stringify({ mcpServers: { calculator: { command: process.execPath, args: [SERVER] } } }),
  '.claude/settings.json': JSON.stringify({ enabledMcpjsonServers: ['calculator'] }),
  '.claude/skills/tides/SKILL.md': '---\nname: tides\ndescription: How to read the tide tables\n---\nThe tide tables count from the zero of the chart.\n',
}

/** A number that the CLI has given out by chance, in its last answer. */
const idIn = (request: ScriptedRequest, pattern: RegExp): string => pattern.exec(lastToolResults(request).join('\n'))?.[1] ?? 'nowhere'

function writeScript(api: ScriptedMessagesApi, at: (path: string) => string): void {
  api
    .when('Change the limits')
    .think('First read, then change.', READING)
    .use('Read', { file_path: at('src/webhooks/limits.js') })
    .then()
    .use('TaskCreate', { subject: 'Raise the limits', description: 'In limits.js', activeForm: 'Raising the limits' })
    .then()
    .use('TaskCreate', { subject: 'Write it down', description: 'A note', activeForm: 'Writing it down' })
    .then()
    .use('TaskUpdate', { taskId: '1', status: 'in_progress' })
    .say('I raise the limits now.', READING)
    .use('Edit', { file_path: at('src/webhooks/limits.js'), old_string: '  perMinute: 0,\n  burst: 0,\n', new_string: '  perMinute: 60,\n  burst: 20,\n' })
    .then()
    .use('TaskUpdate', { taskId: '1', status: 'completed' })
    .then()
    .use('Write', { file_path: at('NOTES.md'), content: '# Limits\n\n60 calls a minute, 20 at once.\n' })
    .then()
    .use('TaskUpdate', { taskId: '2', status: 'completed' })
    .say('Both are done.', READING)
  api
    .when('Look around')
    .use('Bash', { command: 'ls src', description: 'List the sources' })
    .then()
    .use('Bash', { command: 'cat src/nowhere.js', description: 'Read a file that is not there' })
    .then()
    .use('Read', { file_path: at('src/nowhere.js') })
    .then()
    .use('Teleport', { where: 'the harbour' })
    .say('Three of these were not there.', READING)
  api.when('nested: read the tides').say('I look at the tides. ', READING).use('Read', { file_path: at('src/tides.js') }).say('One cosine, 12 h 25 min.', READING)
  api
    .when('Ask somebody')
    .say('I send somebody to look.', READING)
    .use('Task', { description: 'Read the tides', prompt: 'nested: read the tides', subagent_type: 'general-purpose', run_in_background: false })
    .say('It is one cosine.', READING)
  api
    .when('And the rest')
    .use('Write', { file_path: at('depths.ipynb'), content: NOTEBOOK })
    .then()
    .use('Read', { file_path: at('depths.ipynb') })
    .then()
    .use('NotebookEdit', { notebook_path: at('depths.ipynb'), cell_id: 'c1', new_source: 'print(2.9)' })
    .then()
    .use('TaskList', {})
    .then()
    .use('TaskGet', { taskId: '1' })
    .then()
    .use('mcp__calculator__add', { a: 2, b: 3 })
    .then()
    .use('mcp__calculator__fail', {})
    .then()
    .use('ReportFindings', { level: 'low', findings: [{ file: at('src/queue.js'), line: 1, summary: 'The queue lives in memory', failure_scenario: 'A restart loses what waits.' }] })
    .say('That was all I have.', READING)
  api.when('Fetch a page').use('WebFetch', { url: 'http://127.0.0.1:9/tides', prompt: 'When is high water?' }).say('Nobody answers there.', READING)
  api.when('Search the web').use('WebSearch', { query: 'tide tables' }).say('One page was found.', READING)
  api.when('Which partner').say('One thing decides the design:', READING).use('AskUserQuestion', QUESTION).say('Understood.', READING)
  api.when('Plan the store').use('EnterPlanMode', {}).say('Here is what I propose.', READING).use('ExitPlanMode', { plan: PLAN }).say('Thank you.', READING)
  api.when('Use the skill').use('Skill', { skill: 'tides' })
  // The CLI hands over in words of its own what a skill says and what a search has found.
  api.when('count from the zero of the chart').say('From the zero of the chart, then.', READING)
  api.when('Look for a tool').use('ToolSearch', { query: 'select:Monitor', max_results: 3 })
  api.when('Tool loaded').say('I have it now.', READING)
  api
    .when(/^Wait for high water/)
    .use('Bash', { command: 'until [ -e high-water ]; do sleep 0.05; done; echo high water', description: 'Wait for the tide', run_in_background: true })
    .say('I am told when it is there.', READING)
  api
    .when('Watch the gauge')
    .use('Monitor', { description: 'The gauge', command: 'tail -f package.json | grep tide', timeout_ms: 60_000 })
    .then()
    .use('TaskStop', (request) => ({ task_id: idIn(request, /\(task (\w+)/) }))
    .say('Nothing moves there.', READING)
  api
    .when('Remember it')
    .use('CronCreate', { cron: '7 9 1 1 *', prompt: 'Good morning', recurring: false })
    .then()
    .use('CronList', {})
    .then()
    .use('CronDelete', (request) => ({ id: idIn(request, /^"?([0-9a-f]{8})/) }))
    .then()
    .use('ScheduleWakeup', { stop: true })
    .then()
    .use('Workflow', { name: 'nowhere' })
    .then()
    .use('ListAgents', {})
    .then()
    .use('SendMessage', { to: 'nobody', message: 'hello', summary: 'A greeting' })
    .then()
    .use('EnterWorktree', { name: 'aside' })
    .then()
    .use('ExitWorktree', { action: 'keep' })
    .say('Some of it works only elsewhere.', READING)
}

export const recordTools: ScenarioScript = {
  about: 'Every tool that Claude Code offers in a trusted folder: reading, writing, diffs, shell, tasks, a notebook, subagents, the web, a server of the folder; and one that does not exist. Without a network, a repository or other agents some can only say so.',
  mode: 'acceptEdits',
  async run({ api, folder, prompts, does, answers, seen, state, open, call, goesOn, sessionId }) {
    const at = (path: string) => join(folder, path)
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), text)
    }
    writeScript(api, at)
    const session = { session_id: sessionId }
    const asksOrIs = seen((frame) => frame.type === 'session' && frame.channel === `session:${sessionId}` && ['waiting', 'idle'].includes(frame.data.state))
    /** Says yes to everything. */
    async function toTheEnd(prompt: string, more: object = {}): Promise<void> {
      let last: Frame | null = null
      const stands = async () => (last = await asksOrIs())
      await prompts('minji', prompt, stands)
      while (last!.data.state === 'waiting') await answers('minji', { behavior: 'allow', scope: 'once', ...more }, stands)
    }
    const { body } = await call('GET', '/api/v1/workspaces')
    const [workspace] = rest.workspaces.parse(body).workspaces
    const report = await call('GET', `/api/v1/workspaces/${workspace!.id}/trust`)
    await does('minji', 'command', { ...session, command: 'trust', args: { trusted: true, hash: rest.trustReport.parse(report.body).hash } }, seen(({ type, data }) => type === 'session' && data.trusted === true))
    await prompts('minji', 'Change the limits', state('idle'))
    await open()
    for (const prompt of ['Look around', 'Ask somebody about the tides', 'Search the web for tide tables', 'And the rest of your tools', 'Fetch a page about tides', 'Use the skill', 'Look for a tool', 'Remember it, and what else you have']) await toTheEnd(prompt)
    await toTheEnd('Which partner counts?', { answers: { 'What should count as one partner?': 'The API key' } })
    await toTheEnd('Plan the store')
    await toTheEnd('Wait for high water')
    await goesOn({ ...createGate(), open: () => writeFileSync(at('high-water'), '') }, state('idle'))
    await toTheEnd('Watch the gauge')
  },
}
