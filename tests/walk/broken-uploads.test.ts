// Uploads over a bad way: cut at random bytes, the relay killed in the middle, the disk full. Nothing is lost, and hardly anything sent twice.
// `UPLOAD_FAULTS=long bun test tests/walk/broken-uploads.test.ts` cuts 64 MiB a hundred times and kills twenty times; `UPLOAD_SEED` repeats a run.
import { afterAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { connectProtocol } from '../support/protocol-client.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { prepareDataFolder } from '../../relay/data-folder.ts'
import { relayHome, startRelay } from '../support/start-relay.ts'
import { reprDigest, sendByTus, tusAppends, tusBegins } from '../support/tus-sender.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const isLong = process.env['UPLOAD_FAULTS'] === 'long'
const seed = Number(process.env['UPLOAD_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = seededRandom(seed)
const mib = 1024 * 1024
const size = (isLong ? 64 : 8) * mib
const chunkSize = size / 8
const cuts = isLong ? 100 : 20
const kills = isLong ? 20 : 3
const patient = { retryDelays: Array<number>(2_000).fill(20), onShouldRetry: () => true }
console.log(`uploads: UPLOAD_SEED=${seed}`)

const content = new Uint8Array(size)
for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(content.subarray(at, at + 65_536))
const proxies: { stop(): Promise<void> }[] = []
afterAll(async () => {
  for (const proxy of proxies) await proxy.stop()
})
async function badWay() {
  const proxy = await createFaultProxy()
  proxies.push(proxy)
  return proxy
}
const hashOf = async (response: Response) => new Bun.CryptoHasher('sha256').update(await response.arrayBuffer()).digest('hex')
const hash = new Bun.CryptoHasher('sha256').update(content).digest('hex')
const digest = reprDigest(content)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What is on the way when it is cut, in the buffers of proxy and kernel, never reached the relay. */
const onTheWay = 256 * 1_024
test.each(['end', 'reset'] as const)(`cut ${cuts} times (%s) at random bytes of ${size / mib} MiB`, async (how) => {
  const proxy = await badWay()
  const relay = await startRelay({ settings: { PUBLIC_URL: proxy.origin } })
  proxy.aim(relay.port)
  const token = await relay.token('sender')
  const id = crypto.randomUUID()
  let cut = 0
  let requests = 0
  const { done } = sendByTus({
    url: proxy.origin,
    token,
    bytes: content,
    about: { file_id: id, filename: 'a.bin' },
    chunkSize,
    retryDelays: patient.retryDelays,
    onBeforeRequest(request) {
      requests += 1
      request.setHeader('repr-digest', digest)
      if (request.getMethod() === 'POST') return
      // Before each: a cut so near that no question of how far it has come got through would come again for ever.
      if (cut < cuts) proxy.set({ cut: { direction: 'up', afterBytes: 1 + Math.floor(random() * (size / cuts)), how } })
      else proxy.heal()
    },
    onShouldRetry() {
      cut += 1
      return true
    },
  })
  expect(await done).toEndWith(id)
  const twice = proxy.passed.up - size - requests * 1_024
  console.log(`uploads: ${cut} cuts (${how}), ${requests} requests, at most ${twice} bytes came twice`)
  expect(await hashOf(await fetch(`${relay.url}/api/v1/files/${id}`, { headers: bearer(token) }))).toBe(hash)
  expect(cut).toBeGreaterThanOrEqual(cuts)
  expect(twice).toBeLessThanOrEqual(cuts * onTheWay)
  await relay.stop()
}, isLong ? 600_000 : 60_000)

test(`the relay killed ${kills} times at random bytes`, async () => {
  const proxy = await badWay()
  const disk = createRelayOnDisk({ settings: { PUBLIC_URL: proxy.origin } })
  let relay = await disk.start()
  proxy.aim(relay.port)
  const token = await relay.token('sender')
  const id = crypto.randomUUID()
  let requests = 0
  const pieces = 32
  const killing = (async () => {
    for (let nth = 0; nth < kills; nth++) {
      await proxy.wentUp(Math.floor(((nth + random()) * size) / kills))
      await relay.killHard()
      relay = await disk.start()
      proxy.aim(relay.port)
    }
  })()
  const { done } = sendByTus({
    url: proxy.origin,
    token,
    bytes: content,
    about: { file_id: id, filename: 'a.bin' },
    chunkSize: size / pieces,
    ...patient,
    onBeforeRequest(request) {
      requests += 1
      request.setHeader('repr-digest', digest)
    },
  })
  await done
  await killing
  const twice = proxy.passed.up - size - requests * 1_024
  console.log(`uploads: ${kills} kills, at most ${twice} bytes came twice`)
  expect(await hashOf(await fetch(`${relay.url}/api/v1/files/${id}`, { headers: bearer(token) }))).toBe(hash)
  expect(twice).toBeLessThanOrEqual(kills * (size / pieces + onTheWay))
  await disk.stop()
}, isLong ? 600_000 : 120_000)

/** A disk of its own, where this machine lets us have one. */
function smallDisk(bytes: number): { folder: string; remove(): void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).status === 0
  if (!mounted) rmSync(folder, { recursive: true })
  return mounted ? { folder, remove: () => void (spawnSync('umount', ['-l', folder]), rmSync(folder, { recursive: true })) } : null
}
const disks: { remove(): void }[] = []
afterAll(() => disks.forEach((each) => each.remove()))
const canMount = (() => {
  const tried = smallDisk(mib)
  tried?.remove()
  return tried !== null
})()

/** In MiB. `left`: what others leave of the disk, once it was found to have room enough. */
const DISKS = [
  { what: 'the bytes have a disk of their own, and none of it is kept free', disk: 24, reserve: 0, file: 8, left: 5, together: false },
  { what: 'all lies on one disk, and as much is kept free as comes between two looks', disk: 112, reserve: 24, file: 48, left: 30, together: true },
]
test.skipIf(!canMount).each(DISKS)('a disk that is full in the middle ($what): said clearly, chat goes on, and it goes on when there is room', async ({ disk: diskMib, reserve, file, left, together }) => {
  const disk = smallDisk(diskMib * mib)!
  disks.push(disk)
  const base = relayHome()
  const home = { ...base, data: join(disk.folder, 'data') }
  prepareDataFolder(home.data)
  const relay = await startRelay({ home, settings: { DISK_RESERVE_MIB: String(reserve), PROMPTS_PER_SECOND: '1000', ...(!together && { DATABASE_URL: `sqlite:${join(base.data, 'ensemble.sqlite')}` }) } })
  const token = await relay.token('sender')
  const client = await connectProtocol({ url: relay.url, token, name: 'sender' })
  const { session_id } = await client.ask('create_session', { title: 'Goes on', visibility: 'private' })
  let said = 0
  const talk = async (times: number) => {
    for (let nth = 0; nth < times; nth++) await client.ask('command', { session_id, command: 'note', args: { content: `We hear each other (${++said}).` } })
  }
  const id = crypto.randomUUID()
  const bytes = new Uint8Array(file * mib)
  for (let at = 0; at < bytes.length; at += content.length) bytes.set(content.subarray(0, Math.min(content.length, bytes.length - at)), at)
  const at = `${relay.url}/api/v1/files/tus`
  expect((await fetch(at, { method: 'POST', headers: { ...bearer(token), ...tusBegins({ file_id: id, filename: 'a.bin' }, bytes.length) } })).status).toBe(201)
  const { bavail, bsize } = statfsSync(disk.folder)
  const filler = join(disk.folder, 'filler')
  spawnSync('fallocate', ['-l', String(bavail * bsize - left * mib), filler])
  const send = (offset: number) => fetch(`${at}/${id}`, { method: 'PATCH', body: bytes.subarray(offset), headers: { ...bearer(token), ...tusAppends(offset) } })
  const [refused] = await Promise.all([send(0), talk(20)])
  expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ code: 'BUSY', details: { reason: 'disk' }, retry_after_ms: expect.any(Number) })])
  const offset = async () => Number((await fetch(`${at}/${id}`, { method: 'HEAD', headers: { ...bearer(token), 'tus-resumable': '1.0.0' } })).headers.get('upload-offset'))
  expect(await offset()).toBeGreaterThan(0)
  await talk(20)
  writeFileSync(filler, '')
  await eventually('it goes on', async () => (await send(await offset())).status === 204)
  expect(await hashOf(await fetch(`${relay.url}/api/v1/files/${id}`, { headers: bearer(token) }))).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'))
  const { body } = await fetch(`${relay.url}/api/v1/claude/sessions/${session_id}/events?limit=500`, { headers: bearer(token) }).then(async (response) => ({ body: (await response.json()) as { events: { data: object }[] } }))
  expect(JSON.stringify(body.events).match(/We hear each other/g)).toHaveLength(said)
  client.close()
  await relay.stop()
  base.remove()
}, 60_000)
