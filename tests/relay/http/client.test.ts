// The client library as README shows it: in Bun from its source, in plain Node as it is built; and what it does when the relay goes away.
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CallRefused, createClient } from '../../../src/client.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { createRelayOnDisk } from '../../walk/relay-on-disk.ts'
import { startExecuteRig } from './execute-rig.ts'

setDefaultTimeout(60_000)

const root = join(import.meta.dir, '..', '..', '..')
const readme = await Bun.file(join(root, 'README.md')).text()
const example = /```ts\n(import \{ createClient \} from 'ensemble\/client'[^`]*)```/.exec(readme)![1]!
const rig = await startExecuteRig()
const folder = mkdtempSync(join(tmpdir(), 'ensemble-client-'))
afterAll(async () => {
  await rig.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As `npm install /path/to/ensemble` leaves it: a link. */
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'ensemble'))
writeFileSync(join(folder, 'example.mjs'), example)

test.each([[process.execPath], ['node']])('the example of the README runs with %s', async (runtime) => {
  if (runtime === 'node') await Bun.build({ entrypoints: [join(root, 'src/client.ts')], target: 'browser', outdir: join(root, 'dist-client') })
  rig.api.when('Which files are here?').use('Bash', { command: 'echo none', description: 'Look' }).say('None at all.')
  const env = { PATH: process.env['PATH']!, ENSEMBLE_URL: rig.relay.url, ENSEMBLE_TOKEN: await rig.relay.token(runtime === 'node' ? 'nora' : 'bea') }
  const child = Bun.spawn([runtime, 'example.mjs'], { cwd: folder, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [printed, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect([await child.exited, complaint]).toEqual([0, ''])
  expect(printed.trim().split('\n').slice(0, 2)).toEqual(['tool_start Bash', 'tool_end Bash'])
  expect(printed.trim().split('\n').at(-1)).toMatch(/^completed None at all\. [\d.e-]+$/)
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
