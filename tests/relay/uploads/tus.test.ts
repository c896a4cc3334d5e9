// tus 1.0 with a client that is not ours, against a real relay: bytes, names, rights, and every way to say it wrong.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { reprDigest, sendByTus, tusAppends, tusBegins } from '../../support/tus-sender.ts'

let relay: StartedRelay
let token: string
let owner: ProtocolClient
let sessionId: string
beforeAll(async () => {
  relay = await startRelay({ settings: { MAX_UPLOAD_MIB: '64', MESSAGES_PER_SECOND: '10000' } })
  token = await relay.token('owner')
  owner = await connectProtocol({ url: relay.url, token, name: 'owner' })
  sessionId = (await owner.ask('create_session', { title: 'Mine', visibility: 'private' })).session_id
  await owner.subscribe(`session:${sessionId}`)
})
afterAll(async () => {
  owner.close()
  await relay.stop()
})

const random = (count: number) => {
  const bytes = new Uint8Array(count)
  for (let at = 0; at < count; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(count, at + 65_536)))
  return bytes
}
const content = async (id: string) => new Uint8Array(await (await fetch(`${relay.url}/api/v1/files/${id}`, { headers: { authorization: `Bearer ${token}` } })).arrayBuffer())

test('U6 a file in chunks keeps the id, the name and the folder that its sender chose, and is told to the session', async () => {
  const bytes = random(3 * 1024 * 1024 + 17)
  const id = crypto.randomUUID()
  const { done } = sendByTus({ url: relay.url, token, bytes, chunkSize: 1024 * 1024, about: { file_id: id, filename: '분기 보고서.pdf', filetype: 'application/pdf', session_id: sessionId, folder: '자료/2026' } })
  expect(await done).toBe(`${relay.url}/api/v1/files/tus/${id}`)
  expect(Buffer.compare(await content(id), bytes)).toBe(0)
  const told = await owner.until((frame) => frame.type === 'file_uploaded' && frame.data.file_id === id, 'file_uploaded')
  expect(told.data).toMatchObject({ file_id: id, session_id: sessionId, filename: '분기 보고서.pdf', folder: '자료/2026', size: bytes.length })
})

test('U6 what a broken connection brought stays to the last byte, and is where HEAD says that it ends', async () => {
  const bytes = random(700_000)
  const id = crypto.randomUUID()
  const about = { file_id: id, filename: 'a.bin' }
  expect((await fetch(`${relay.url}/api/v1/files/tus`, { method: 'POST', headers: { authorization: `Bearer ${token}`, ...tusBegins(about, bytes.length) } })).status).toBe(201)
  const head = async () => Number((await fetch(`${relay.url}/api/v1/files/tus/${id}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' } })).headers.get('upload-offset'))
  const lines = Object.entries({ host: `127.0.0.1:${relay.port}`, authorization: `Bearer ${token}`, 'content-length': bytes.length, ...tusAppends(0) }).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(relay.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`PATCH /api/v1/files/tus/${id} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  socket.write(bytes.subarray(0, 600_000))
  await eventually('all of it is there', async () => (await head()) === 600_000)
  socket.destroy()
  const { done } = sendByTus({ url: relay.url, token, bytes, about, onBeforeRequest: (request) => request.setHeader('repr-digest', reprDigest(bytes)), retryDelays: [10] })
  await done
  expect(Buffer.compare(await content(id), bytes)).toBe(0)
})

test('Repr-Digest of other bytes: CONFLICT, and nothing is there; of these: a file', async () => {
  const bytes = random(100_000)
  const send = (digest: string, id: string) => sendByTus({ url: relay.url, token, bytes, about: { file_id: id, filename: 'a.bin' }, onBeforeRequest: (request) => request.setHeader('repr-digest', digest) }).done
  const [wrong, right] = [crypto.randomUUID(), crypto.randomUUID()]
  const refused = await send(reprDigest(random(10)), wrong).then(() => null, (problem: Error) => problem.message)
  expect(refused).toContain('"reason":"digest"')
  expect(await send(reprDigest(bytes), right)).toEndWith(right)
  expect(Buffer.compare(await content(right), bytes)).toBe(0)
  expect((await fetch(`${relay.url}/api/v1/files/${wrong}`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404)
})

test('U6 what the relay has read of a whole file stands with the answer to its last bytes, and with every HEAD afterwards; before that nothing does', async () => {
  const ask = async (method: string, path: string, headers: Record<string, string>, body?: Uint8Array<ArrayBuffer>) =>
    (await fetch(`${relay.url}/api/v1/files/tus${path}`, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } })).headers
  const bytes = random(5_000)
  const id = crypto.randomUUID()
  const head = () => ask('HEAD', `/${id}`, { 'tus-resumable': '1.0.0' })
  const said = [
    await ask('POST', '', tusBegins({ filename: 'a', file_id: id }, bytes.length)),
    await ask('PATCH', `/${id}`, tusAppends(0), bytes.subarray(0, 3_000)),
    await head(),
    await ask('PATCH', `/${id}`, tusAppends(3_000), bytes.subarray(3_000)),
    await head(),
    // At once with its beginning, and of nothing at all.
    await ask('POST', '', { ...tusBegins({ filename: 'b' }, bytes.length), ...tusAppends(0) }, bytes),
    await ask('POST', '', tusBegins({ filename: 'c' }, 0)),
  ]
  const whole = reprDigest(bytes)
  expect(said.map((headers) => headers.get('repr-digest'))).toEqual([null, null, null, whole, whole, whole, reprDigest(new Uint8Array())])
})

test('U6 what is said wrong is told clearly, in our words where tus prescribes none, and changes nothing', async () => {
  const ask = async (method: string, path: string, headers: Record<string, string>, body?: BodyInit) => {
    const response = await fetch(`${relay.url}/api/v1/files/tus${path}`, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } })
    const text = await response.text()
    return [response.status, text === '' ? '' : (JSON.parse(text) as { code: string }).code, response.headers.get('tus-resumable')]
  }
  const begins = (more: Record<string, string> = {}, about: Record<string, string> = { filename: 'a' }) => ask('POST', '', { ...tusBegins(about, 5), ...more })
  for (const length of ['-1', '1.5', '1e3', 'NaN', '9'.repeat(30), '9007199254740993']) expect([length, await begins({ 'upload-length': length })]).toEqual([length, [400, 'VALIDATION', '1.0.0']])
  expect(await begins({ 'upload-length': String(64 * 1024 * 1024 + 1) })).toEqual([413, 'TOO_LARGE', '1.0.0'])
  expect(await begins({ 'upload-defer-length': '1' })).toEqual([400, 'VALIDATION', '1.0.0'])
  expect(await begins({ 'upload-concat': 'partial' })).toEqual([400, 'VALIDATION', '1.0.0'])
  for (const metadata of ['filename', 'x YQ==', 'filename !', 'filename YQ==,filename YQ==', `filename ${Buffer.from([0xff, 0xfe]).toString('base64')}`, `filename YQ==,file_id ${btoa('../x')}`]) expect([metadata, await begins({ 'upload-metadata': metadata })]).toEqual([metadata, [400, 'VALIDATION', '1.0.0']])
  expect(await begins({ 'tus-resumable': '0.2.2' })).toEqual([412, '', '1.0.0'])
  expect(await begins({}, { filename: 'a', folder: '../x' })).toEqual([400, 'VALIDATION', '1.0.0'])
  expect(await begins({}, { filename: 'a', session_id: 'no-such' })).toEqual([404, 'NOT_FOUND', '1.0.0'])
  const id = crypto.randomUUID()
  expect(await begins({}, { filename: 'a', file_id: id })).toEqual([201, '', '1.0.0'])
  const appends = (more: Record<string, string>, body: string, at: string = id) => ask('PATCH', `/${at}`, { ...tusAppends(0), ...more }, body)
  for (const offset of ['-1', '0.5', 'x']) expect(await appends({ 'upload-offset': offset }, 'a')).toEqual([400, 'VALIDATION', '1.0.0'])
  expect(await appends({ 'upload-offset': '3' }, 'a')).toEqual([409, 'CONFLICT', '1.0.0'])
  expect(await appends({}, '123456')).toEqual([413, 'TOO_LARGE', '1.0.0'])
  expect(await appends({ 'content-type': 'text/plain' }, '12345')).toEqual([415, 'UNSUPPORTED_TYPE', '1.0.0'])
  expect(await appends({ 'repr-digest': 'sha-256=:YQ==:' }, '12345')).toEqual([400, 'VALIDATION', '1.0.0'])
  for (const other of [crypto.randomUUID(), '..%2f..', 'x y']) expect((await appends({}, '1', other)).slice(1)).toBeOneOf([['NOT_FOUND', '1.0.0'], ['VALIDATION', null]])
  expect(await ask('HEAD', `/${id}`, { 'tus-resumable': '1.0.0' })).toEqual([200, '', '1.0.0'])
  expect(await appends({}, '12345')).toEqual([204, '', '1.0.0'])
  expect(await appends({ 'upload-offset': '5' }, '')).toEqual([204, '', '1.0.0'])
  expect(await ask('DELETE', `/${id}`, { 'tus-resumable': '1.0.0' })).toEqual([409, 'CONFLICT', '1.0.0'])
  const asked = await fetch(`${relay.url}/api/v1/files/tus`, { method: 'OPTIONS' })
  expect([asked.status, asked.headers.get('tus-extension'), asked.headers.get('tus-max-size')]).toEqual([204, 'creation,creation-with-upload,expiration,termination', String(64 * 1024 * 1024)])
})

test('U6 a small file is there with a single request: all of it or nothing, and the same again is the same', async () => {
  const bytes = random(200_000)
  const id = crypto.randomUUID()
  const whole = (digest: string, body = bytes) => fetch(`${relay.url}/api/v1/files/tus`, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, ...tusAppends(0), ...tusBegins({ file_id: id, filename: '작은 것.bin', session_id: sessionId }, bytes.length), 'repr-digest': digest } })
  const refused = await whole(reprDigest(random(10)))
  expect([refused.status, await refused.json()]).toEqual([409, expect.objectContaining({ code: 'CONFLICT', details: { reason: 'digest' } })])
  // The connection goes in the middle.
  const lines = Object.entries({ host: `127.0.0.1:${relay.port}`, authorization: `Bearer ${token}`, 'content-length': bytes.length, ...tusAppends(0), ...tusBegins({ file_id: id, filename: '작은 것.bin', session_id: sessionId }, bytes.length) }).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(relay.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST /api/v1/files/tus HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  socket.write(bytes.subarray(0, 100_000), () => socket.destroy())
  await eventually('nothing is left of it', async () => readdirSync(join(relay.home.data, 'files', 'incoming')).length === 0)
  const head = () => fetch(`${relay.url}/api/v1/files/tus/${id}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' } })
  expect((await head()).status).toBe(404)
  const answers = [await whole(reprDigest(bytes)), await whole(reprDigest(bytes))]
  expect(answers.map(({ status, headers }) => [status, headers.get('upload-offset'), headers.get('location')])).toEqual([1, 2].map(() => [201, String(bytes.length), `/api/v1/files/tus/${id}`]))
  expect(Buffer.compare(await content(id), bytes)).toBe(0)
  expect((await head()).headers.get('upload-offset')).toBe(String(bytes.length))
  await owner.until((frame) => frame.type === 'file_uploaded' && frame.data.file_id === id, 'file_uploaded')
  expect(owner.frames.filter((frame) => frame.type === 'file_uploaded' && frame.data.file_id === id)).toHaveLength(1)
})

test('first bytes may come along; the same beginning once more goes on where it stands', async () => {
  const bytes = random(1_000_000)
  const send = (id: string) => sendByTus({ url: relay.url, token, bytes, chunkSize: 400_000, uploadDataDuringCreation: true, about: { file_id: id, filename: 'a.bin' } }).done
  const id = crypto.randomUUID()
  expect((await fetch(`${relay.url}/api/v1/files/tus`, { method: 'POST', body: bytes.subarray(0, 100), headers: { authorization: `Bearer ${token}`, ...tusAppends(0), ...tusBegins({ file_id: id, filename: 'a.bin' }, bytes.length) } })).headers.get('upload-offset')).toBe('100')
  await send(id)
  await send(crypto.randomUUID())
  expect(Buffer.compare(await content(id), bytes)).toBe(0)
})
