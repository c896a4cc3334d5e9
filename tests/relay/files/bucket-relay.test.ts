// A relay whose files lie in a bucket: people notice nothing of it, and what the bucket does not take is not lost.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { s3Keys, s3Server, type S3Server } from '../../support/s3-server.ts'
import { relayHome, startRelay, type RelayHome, type StartedRelay } from '../../support/start-relay.ts'
import { tusAppends, tusBegins } from '../../support/tus-sender.ts'

const mib = 1024 * 1024
let server: S3Server
let home: RelayHome
let relay: StartedRelay
let token: string
const begin = async () => {
  relay = await startRelay({ home, settings: { FILES_URL: server.url, S3_ACCESS_KEY_ID: s3Keys.accessKeyId, S3_SECRET_ACCESS_KEY: s3Keys.secretAccessKey } as never })
  token = await relay.token('minji')
}
beforeAll(async () => {
  server = s3Server()
  home = relayHome()
  await begin()
})
afterAll(async () => {
  await relay.stop()
  await server.stop()
  home.remove()
})

const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: BodyInit) => fetch(`${relay.url}/api/v1/files${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers }, body: body ?? null })
const content = new Uint8Array(12 * mib + 5).map((_, index) => (index * 7) % 251)
const isContent = async (answer: Response, from = 0, to = content.length) => Buffer.from(await answer.arrayBuffer()).equals(content.subarray(from, to))
const inBucket = () => [...server.objects.keys()].filter((key) => !key.endsWith('theirs'))
const onDisk = () => readdirSync(join(home.data, 'files', 'incoming'))

async function upload(): Promise<{ id: string; status: number }> {
  const id = randomUUID()
  expect((await ask('POST', '/tus', tusBegins({ filename: '보고서.bin', file_id: id }, content.length))).status).toBe(201)
  const { status } = await ask('PATCH', `/tus/${id}`, tusAppends(0), content)
  return { id, status }
}

test('what is uploaded lies there, is read from there, whole and in ranges, and goes from there', async () => {
  const { id, status } = await upload()
  expect([status, inBucket().length, onDisk()]).toEqual([204, 1, []])
  const whole = await ask('GET', `/${id}`)
  expect([whole.status, await isContent(whole)]).toEqual([200, true])
  const part = await ask('GET', `/${id}`, { range: `bytes=${mib - 1}-${6 * mib}` })
  expect([part.status, part.headers.get('content-range'), await isContent(part, mib - 1, 6 * mib + 1)]).toEqual([206, `bytes ${mib - 1}-${6 * mib}/${content.length}`, true])
  expect((await ask('DELETE', `/${id}`)).status).toBe(200)
  await eventually('its bytes are gone', () => inBucket().length === 0)
})

test('who leaves in the middle of a download stops it in the bucket, too', async () => {
  const { id } = await upload()
  const pieces = () => server.seen.filter(({ method, range }) => method === 'GET' && range !== null).length
  server.slow(100)
  const before = pieces()
  const leaving = new AbortController()
  const answer = await fetch(`${relay.url}/api/v1/files/${id}`, { headers: { authorization: `Bearer ${token}` }, signal: leaving.signal })
  await answer.body!.getReader().read()
  leaving.abort()
  server.slow(0)
  // Somebody else gets all of it meanwhile: had the first gone on, its pieces would have been seen.
  expect(await isContent(await ask('GET', `/${id}`))).toBe(true)
  expect(pieces() - before).toBeLessThan(4 + 4)
  await ask('DELETE', `/${id}`)
  await eventually('its bytes are gone', () => inBucket().length === 0)
})

test('U6 the bucket is away when an upload is whole: it is refused for now, kept, told of, and finished by whoever asks next, or by itself', async () => {
  server.fail(({ method }) => (method === 'PUT' || method === 'POST' ? 'error' : null))
  const nobodyAsks = await upload()
  expect(nobodyAsks.status).toBe(503)
  server.heal()
  await eventually('it is there', async () => (await isContent(await ask('GET', `/${nobodyAsks.id}`))) && onDisk().length === 0)
  await ask('DELETE', `/${nobodyAsks.id}`)
  server.fail(({ method }) => (method === 'PUT' || method === 'POST' ? 'error' : null))
  const { id, status } = await upload()
  expect([status, inBucket(), onDisk().length]).toEqual([503, [], 1])
  const looked = async () => {
    const { status: said, headers } = await ask('HEAD', `/tus/${id}`, { 'tus-resumable': '1.0.0' })
    return [said, headers.get('upload-offset'), headers.has('upload-expires'), headers.has('repr-digest')]
  }
  // All of it lies there, and it is no file yet.
  expect(await looked()).toEqual([200, String(content.length), true, false])
  server.heal()
  expect([...(await looked()), onDisk()]).toEqual([200, String(content.length), false, true, []])
  expect(await isContent(await ask('GET', `/${id}`))).toBe(true)
})

test('away at a start: the relay comes up, says so, and goes on when it is back; what nobody speaks of is swept, what is not ours is not', async () => {
  const [kept] = inBucket()
  const folder = kept!.slice(0, kept!.lastIndexOf('/'))
  await relay.stop()
  server.objects.set(`${folder}/${randomUUID()}.txt`, new Uint8Array(3))
  server.objects.set('team/another-epoch/theirs', new Uint8Array(3))
  server.objects.set(`${folder}/sub/theirs`, new Uint8Array(3))
  server.fail(() => 'error')
  await begin()
  const ready = async () => ((await (await fetch(`${relay.url}/readyz`, { headers: { authorization: `Bearer ${await relay.token('admin', 'admin')}` } })).json()) as { warnings: { code: string }[] }).warnings.map(({ code }) => code)
  await eventually('it says so', async () => (await ready()).includes('files_store_away'))
  const id = ((await (await ask('GET', '')).json()) as { files: { file_id: string }[] }).files[0]!.file_id
  const away = await ask('GET', `/${id}`)
  expect([away.status, ((await away.json()) as { details: object }).details]).toEqual([503, { reason: 'files_store' }])
  server.heal()
  expect(await isContent(await ask('GET', `/${id}`))).toBe(true)
  await relay.stop()
  await begin()
  await eventually('it is swept', () => inBucket().length === 1)
  expect([inBucket(), [...server.objects.keys()].filter((key) => key.endsWith('theirs')).length]).toEqual([[kept!], 2])
})
