// A backup of a relay that runs, streams and writes all the while; a relay that starts on what was restored; and disks that are full.
import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rest } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, orderProblem } from '../../support/protocol-client.ts'
import { relayHome, startRelay } from '../../support/start-relay.ts'
import { backupRig } from './backup-rig.ts'

test('W7 a backup while Claude streams and people write: a relay goes on from it, browsers are told that the log is another one', async () => {
  const rig = await backupRig()
  const api = createScriptedMessagesApi()
  const home = relayHome()
  const settings = { CLAUDE_SANDBOX: 'off', MESSAGES_PER_SECOND: '100000', PROMPTS_PER_SECOND: '100000' }
  const first = await startRelay({ apiUrl: api.url, home, settings })
  const token = await first.token('minji', 'admin')
  const client = await connectProtocol({ url: first.url, token })
  const { session_id } = await client.ask('create_session', { title: 'Tides' })
  const channel = `session:${session_id}`
  const { epoch } = await client.subscribe(channel)
  await client.ask('file_upload', { session_id, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' })

  const gate = createGate()
  api.when('go on').say('The first half. ', { chunkChars: 4, everyMs: 5 }).hold(gate).say('The second half.')
  await client.ask('claude_message', { session_id, content: 'go on' })
  await gate.reached
  let writing = true
  let written = 0
  const writer = (async () => {
    while (writing) await client.ask('command', { command: 'note', session_id, args: { content: `note ${written++}` } })
  })()
  const run = Bun.spawn([process.execPath, join(import.meta.dir, '../../../relay/cli/ensemble.mjs'), 'backup', rig.at('live.tar')], {
    cwd: rig.folder,
    env: { PATH: process.env['PATH']!, HOME: rig.folder, ENSEMBLE_DATA: home.data },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const code = await run.exited
  expect([code, await new Response(run.stderr).text()]).toEqual([0, expect.stringContaining('hashes of passwords')])
  writing = false
  await writer
  expect(written).toBeGreaterThan(3)
  const ask = (url: string, path: string, bearer: string) => fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${bearer}` } })
  const facts = rest.storageFacts.parse(await (await ask(first.url, '/admin/storage', token)).json())
  expect(facts).toMatchObject({ epoch, sessions: 1, files: { count: 1, bytes: 2, copied_bytes: 2 }, last_backup: { file: rig.at('live.tar'), same_epoch: true } })
  expect(facts.events).toBeGreaterThan(written)
  const { entries } = rest.auditPage.parse(await (await ask(first.url, '/audit?action=relay.backup', token)).json())
  expect(entries).toEqual([expect.objectContaining({ username: 'console', detail: expect.objectContaining({ file: 'live.tar', bytes: facts.last_backup!.bytes }) })])
  gate.open()
  await client.until(({ type, data }) => type === 'task' && data.status === 'completed', 'the end of the turn')
  expect(orderProblem(client.events(channel))).toBeNull()
  client.close()
  await first.stop()

  const other = relayHome()
  const restored = rig.ensemble(['restore', rig.at('live.tar'), '--data', other.data], home.data)
  expect([restored.code, restored.err]).toEqual([0, expect.stringContaining('Everybody signs in again')])
  const second = await startRelay({ apiUrl: api.url, home: other, settings })
  expect((await ask(second.url, '/me', token)).status).toBe(401)
  const again = await connectProtocol({ url: second.url, token: await second.token('minji') })
  const place = { position: { epoch, seq: 3 } }
  expect(await again.subscribe(channel, place)).toMatchObject({ recovered: false, from: null })
  const { epoch: epochNow, seq } = await again.subscribe(channel, { history: 500 })
  expect(epochNow).not.toBe(epoch)
  // Whole up to the moment of the backup: the half sentence is there, and so is every note before it, without a hole.
  await again.until((frame) => frame.channel === channel && frame.seq === seq, 'the last event')
  const events = again.events(channel)
  expect([events.length, orderProblem(events)]).toEqual([seq, null])
  expect(events.some(({ data }) => String(data.content).startsWith('The first half.') && data.interrupted === true)).toBeTrue()
  const notes = events.filter(({ data }) => data.role === 'note').map(({ data }) => data.content)
  expect(notes).toEqual(notes.map((_, n) => `note ${n}`))
  const { files } = (await (await ask(second.url, `/files?session_id=${session_id}`, await second.token('minji'))).json()) as { files: { file_id: string }[] }
  expect(await (await ask(second.url, `/files/${files[0]!.file_id}`, await second.token('minji'))).text()).toBe('hi')
  // What is searched through was saved as well.
  const half = '"The first half"'
  expect(await rig.rows(other.data, `SELECT rowid FROM transcript_texts WHERE transcript_texts MATCH '${half}'`)).toHaveLength(1)
  again.close()
  await second.stop()
  await api.stop()
  for (const each of [home, other, rig]) each.remove()
}, 60_000)

const disk = mkdtempSync(join(tmpdir(), 'ensemble-small-disk-'))
const mounted = process.platform === 'linux' && Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stderr: 'ignore' }).success
afterAll(() => {
  if (mounted) Bun.spawnSync(['umount', disk])
  rmSync(disk, { recursive: true, force: true })
})

test.skipIf(!mounted)('a disk without room: neither half a backup nor half a restored folder is left', async () => {
  const rig = await backupRig()
  const data = rig.at('data')
  await rig.fill(data)
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(2_000_000))
  const full = rig.ensemble(['backup', join(disk, 'a.tar')], data)
  expect([full.code, full.err]).toEqual([1, expect.stringMatching(/There is no room for it where .*a\.tar is/)])
  expect(readdirSync(disk)).toEqual(['ballast'])

  expect(rig.ensemble(['backup', rig.at('a.tar')], data).code).toBe(0)
  const small = join(disk, 'data')
  mkdirSync(small)
  const restored = rig.ensemble(['restore', rig.at('a.tar'), '--data', small], data)
  expect([restored.code, restored.err]).toEqual([1, expect.stringContaining('There is no room for it')])
  expect(readdirSync(small).filter((name) => name !== 'relay.lock')).toEqual([])
  rig.remove()
}, 30_000)
