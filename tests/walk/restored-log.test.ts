// Scripts that come back to a relay whose log was restored from a backup: they are told so, and hear all that it holds; nothing is missed in silence.
import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { CallRefused, createClient, type Heard, type Position } from '../../src/client.ts'
import { freePort } from '../support/free-port.ts'
import { readEvents } from '../support/read-events.ts'
import { seqsOf, upTo } from '../src/client/live-rig.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const disk = createRelayOnDisk({ settings: { PORT: await freePort() } })
afterAll(() => disk.stop())

async function ensemble(...args: string[]): Promise<void> {
  const run = Bun.spawn([process.execPath, join(import.meta.dir, '..', '..', 'relay', 'cli', 'ensemble.mjs'), ...args], {
    env: { PATH: process.env.PATH!, HOME: disk.home.claudeHome, ENSEMBLE_DATA: disk.home.data },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [code, complaint] = [await run.exited, await new Response(run.stderr).text()]
  if (code !== 0) throw new Error(`ensemble ${args.join(' ')}: ${code} ${complaint}`)
}

const isFinal = ({ type, data }: Heard, execution: string) => type === 'task' && data.execution_id === execution && data.status === 'completed'

test('X5, X7, H3, H5: after `ensemble restore` a position of the earlier log is not taken for one of this', async () => {
  const first = await disk.start()
  const client = createClient({ url: first.url, token: await first.token('ada') })
  const live = client.connect()
  const kept = await live.send('claude_message', { content: 'is kept' })
  const feed = live.subscribe(`session:${kept.session_id}`, 'start')
  const heard: Heard[] = []
  const readTo = async (execution: string) => {
    for (;;) {
      const { value } = await feed.next()
      heard.push(value as Heard)
      if (isFinal(value as Heard, execution)) return
    }
  }
  await readTo(kept.execution_id)
  const following = client.follow(kept.execution_id)
  for await (const { type } of following) expect(type).not.toBe('reset')
  const place = following.position()!
  const { epoch } = await live.ready()
  expect(place).toEqual({ epoch, seq: (await client.execution(kept.execution_id)).seq })
  const file = join(disk.home.folder, 'backup.tar')
  await ensemble('backup', file)
  // What the log has told meanwhile is gone with it.
  const gone = await live.send('claude_message', { content: 'is gone', session_id: kept.session_id })
  await readTo(gone.execution_id)
  const sessionPlace: Position = feed.position()!
  live.close()
  first.kill('SIGTERM')
  await first.exited()
  await ensemble('restore', file, '--keep-sign-ins', '--replace')

  const second = await disk.start()
  const token = await second.token('ada')
  const again = createClient({ url: second.url, token })
  const back = again.connect()
  const now = (await back.ready()).epoch
  expect(now).not.toBe(epoch)
  const reset = { type: 'reset', channel: `task:${kept.execution_id}`, data: { reason: 'epoch', epoch: now } }

  // By hand: the id of the earlier log, and a bare number, which says nothing of a log.
  const events = `${second.url}/api/v1/claude/executions/${kept.execution_id}/events`
  const reading = await readEvents(events, token, { 'last-event-id': `${place.epoch}.${place.seq}` })
  expect(await reading.ended).toBe('ended')
  expect(reading.told[0]).toMatchObject({ id: null, type: 'reset', message: reset })
  expect(reading.events().map(({ id }) => id)).toEqual(upTo(place.seq))
  expect(reading.told.at(-1)!.eventId).toBe(`${now}.${place.seq}`)
  expect((await readEvents(events, token, { 'last-event-id': String(place.seq) })).status).toBe(204)
  expect((await readEvents(`${events}?after=${now}.${place.seq}`, token)).status).toBe(204)

  // The same by the client, and by a socket of the execution.
  const followed = again.follow(kept.execution_id, { after: place })
  const told: Heard[] = []
  for await (const message of followed) told.push(message)
  expect([told[0], seqsOf(told), followed.position()]).toMatchObject([reset, upTo(place.seq), { epoch: now, seq: place.seq }])
  const lines: { type: string; seq?: number; data: object }[] = []
  const socket = new WebSocket(`${second.url.replace('http', 'ws')}/ws/executions/${kept.execution_id}?after=${place.epoch}.${place.seq}&token=${token}`)
  socket.addEventListener('message', ({ data }) => void lines.push(JSON.parse(String(data))))
  const closed = await new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
  expect(closed.code).toBe(1000)
  expect(lines.slice(0, 2)).toMatchObject([{ type: 'connected', data: { epoch: now } }, reset])
  expect(lines.flatMap(({ seq }) => seq ?? [])).toEqual(upTo(place.seq))

  // What the restored log never had is not there, and said to be so.
  const refused = await again.follow(gone.execution_id, { after: place }).next().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(CallRefused)
  expect((refused as CallRefused).code).toBe('NOT_FOUND')

  const anew = back.subscribe(`session:${kept.session_id}`, sessionPlace)
  const from: Heard[] = []
  while (!from.some((message) => isFinal(message, kept.execution_id))) from.push((await anew.next()).value as Heard)
  expect(from[0]).toMatchObject({ type: 'reset', channel: `session:${kept.session_id}`, data: { reason: 'epoch', epoch: now } })
  expect(seqsOf(from)).toEqual(upTo(seqsOf(from).length))
  expect(anew.position()).toEqual({ epoch: now, seq: seqsOf(from).length })
  back.close()
}, 120_000)
