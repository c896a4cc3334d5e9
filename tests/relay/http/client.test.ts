// The client library as README shows it: in Bun from its source, in plain Node as it is built; what it leaves behind; and what it does when the relay goes away.
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CallRefused, createClient } from '../../../src/client.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { createRelayOnDisk } from '../../walk/relay-on-disk.ts'
import { startExecuteRig } from './execute-rig.ts'

setDefaultTimeout(60_000)

const root = join(import.meta.dir, '..', '..', '..')
const readme = await Bun.file(join(root, 'README.md')).text()
const examples = [...readme.matchAll(/```ts\n(import \{ createClient \} from 'ensemble\/client'[^]*?)```/g)].map(([, example]) => example!)
const rig = await startExecuteRig()
const folder = mkdtempSync(join(tmpdir(), 'ensemble-client-'))
afterAll(async () => {
  await rig.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As `npm install /path/to/ensemble` leaves it: a link. */
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'ensemble'))
examples.forEach((example, n) => ['mjs', 'mts'].forEach((kind) => writeFileSync(join(folder, `example${n}.${kind}`), example)))
// Node 20 has no WebSocket of its own; this is the package `ws`, as Playwright brings it along.
const require = createRequire(import.meta.url)
writeFileSync(
  join(folder, 'with-ws.mjs'),
  examples[1]!
    .replace("import { createClient }", `import { createRequire } from 'node:module'\nconst { ws: WebSocket } = createRequire('/')(${JSON.stringify(require.resolve('playwright-core/lib/utilsBundle'))})\nimport { createClient }`)
    .replace('createClient({', 'createClient({ WebSocket,'),
)
const built = Bun.spawnSync(['npm', 'run', 'build:client'], { cwd: root, stderr: 'pipe' })
if (built.exitCode !== 0) throw new Error(built.stderr.toString())

const bun = [process.execPath]
const node = ['node', '--no-warnings', '--experimental-websocket']

/** What it prints; it ends by itself and complains of nothing. */
async function run(command: string[], name: string): Promise<string> {
  const env = { PATH: process.env['PATH']!, ENSEMBLE_URL: rig.relay.url, ENSEMBLE_TOKEN: await rig.relay.token(name) }
  const child = Bun.spawn(command, { cwd: folder, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [printed, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect([await child.exited, complaint]).toEqual([0, ''])
  return printed
}

test.each([['bun', bun], ['node', ['node']]])('the first example of the README runs with %s', async (name, runtime) => {
  rig.api.when('Which files are here?').use('Bash', { command: 'echo none', description: 'Look' }).say('None at all.')
  const printed = await run([...runtime, 'example0.mjs'], name)
  expect(printed.trim().split('\n').slice(0, 2)).toEqual(['tool_start Bash', 'tool_end Bash'])
  expect(printed.trim().split('\n').at(-1)).toMatch(/^completed None at all\. [\d.e-]+$/)
})

test.each([['bun', [...bun, 'example1.mjs']], ['node', [...node, 'example1.mjs']], ['ws', ['node', 'with-ws.mjs']]])('the second example of the README runs with %s', async (name, command) => {
  rig.api.when('Do the tests pass?').say('I run them. ').use('Bash', { command: 'npm test', description: 'Test' }).then().use('Bash', { command: 'git push', description: 'Push' }).say('They do.', { chunkChars: 2 })
  const script = await rig.script(name)
  expect(await run(command, name)).toBe('I run them. They do.')
  const all = async () => (await script.call('GET', 'claude/executions')).body.executions.map((each: { execution_id: string }) => each.execution_id)
  const executions = await all()
  const { session_id } = (await script.call('GET', `claude/executions/${executions[0]}`)).body
  const { body } = await script.call('GET', `claude/sessions/${session_id}/events?after=0`)
  const asked = body.events.filter((each: { type: string }) => each.type === 'permission_request')
  expect(asked.map((each: { data: { input: { command: string } } }) => each.data.input.command)).toEqual(['npm test', 'git push'])
  expect(body.events.flatMap((each: { type: string; data: { status: string } }) => (each.type === 'permission_resolved' ? [each.data.status] : []))).toEqual(['allowed', 'denied'])
  // The same script again: the same execution, told from its first event, answered as it was.
  expect(await run(command, name)).toBe('I run them. They do.')
  expect(await all()).toEqual(executions)
})

test.each([['nodenext', 'nodenext'], ['bundler', 'esnext']])('the examples fit the types in a project with %s', (moduleResolution, module) => {
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', module, '--moduleResolution', moduleResolution, '--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const { exitCode, stdout } = Bun.spawnSync(['node', join(root, 'node_modules/typescript-native/bin/tsc'), ...options, ...examples.map((_, n) => `example${n}.mts`)], { cwd: folder })
  expect([exitCode, stdout.toString()]).toEqual([0, ''])
})

test('a script without a WebSocket is told what to do', () => {
  const client = createClient({ url: rig.relay.url, token: 'none', WebSocket: null as never })
  expect(() => client.connect()).toThrow('hand one to createClient')
})

test('refusals are thrown with their code; a key makes it once; a list, one that is held goes on, and a cancel', async () => {
  const client = createClient({ url: `${rig.relay.url}/`, token: await rig.relay.token('carl') })
  const refusal = (work: Promise<unknown>) => work.then(() => null, (error: unknown) => (error instanceof CallRefused ? error.code : error))
  expect(await refusal(client.execute({ prompt: '' }))).toBe('VALIDATION')
  expect(await refusal(client.execution('nothing'))).toBe('NOT_FOUND')
  expect(await refusal(client.follow('nothing').next())).toBe('NOT_FOUND')
  const gate = createGate()
  rig.api.when('wait here').say('Half').hold(gate)
  const [one, two] = await Promise.all([client.execute({ prompt: 'wait here' }, { key: 'k' }), client.execute({ prompt: 'wait here' }, { key: 'k' })])
  expect(one).toEqual(two)
  await gate.reached
  expect((await client.executions({ session_id: one.session_id })).executions.map((each) => each.execution_id)).toEqual([one.execution_id])
  const waits = await client.execute({ prompt: 'behind it', session_id: one.session_id })
  expect(await client.cancel(one.execution_id)).toEqual({ execution_id: one.execution_id, status: 'interrupted' })
  expect((await client.execution(waits.execution_id)).held_by).toMatchObject({ reason: 'person', username: 'carl' })
  expect(await client.continue(waits.execution_id)).toEqual({})
  let last
  for await (const event of client.follow(waits.execution_id)) last = event
  expect(last).toMatchObject({ type: 'task', data: { status: 'completed' } })
})

test('X5: it follows through the death of the relay, on another port, by itself', async () => {
  const disk = createRelayOnDisk()
  const gate = createGate()
  disk.api.when('go on').say('Half of it').hold(gate)
  const first = await disk.start()
  let now = first.url
  const token = await first.token('ada')
  // A proxy keeps its address; here the address moves instead.
  const moving = ((input: string, init?: RequestInit) => fetch(input.replace('http://relay', now), init)) as typeof fetch
  const client = createClient({ url: 'http://relay', token, fetch: moving })
  const { execution_id } = await client.execute({ prompt: 'go on' })
  const seqs: number[] = []
  let end = ''
  const following = (async () => {
    for await (const { type, seq, data } of client.follow(execution_id)) {
      if (typeof seq === 'number') seqs.push(seq)
      if (type === 'task') end = data.status
    }
  })()
  await gate.reached
  await first.killHard()
  gate.open()
  now = (await disk.start()).url
  await following
  expect(end).toBe('interrupted')
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
  await disk.stop()
})
