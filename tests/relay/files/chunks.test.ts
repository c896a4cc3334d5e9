// Files in chunks over a socket: each where it belongs and once, a gap told, and as fast as the disk.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { LIMITS } from '#protocol'
import { createLog } from '../../../relay/observability/log.ts'
import { Connection } from '../../../relay/ws/connection.ts'
import { createFlights } from '../../../relay/ws/flights.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let token: string
let client: ProtocolClient
beforeAll(async () => {
  relay = await startRelay()
  token = await relay.token('minji')
  client = await connectProtocol({ url: relay.url, token, name: 'minji' })
})
afterAll(async () => {
  client.close()
  await relay.stop()
})

let made = 0
const fileId = () => `chunks-${++made}`
const start = (file_id: string, bytes: Uint8Array, chunkBytes: number, more: object = {}) => ({ file_id, filename: '영상.mp4', content_type: 'video/mp4', size: bytes.length, total_chunks: Math.ceil(bytes.length / chunkBytes), ...more })
function chunksOf(file_id: string, bytes: Uint8Array, chunkBytes: number) {
  const total = Math.ceil(bytes.length / chunkBytes)
  return Array.from({ length: total }, (_, chunk_index) => ({ file_id, chunk_index, data: Buffer.from(bytes.subarray(chunk_index * chunkBytes, (chunk_index + 1) * chunkBytes)).toString('base64'), is_last: chunk_index === total - 1 }))
}
async function contentOf(id: string): Promise<Buffer> {
  const response = await fetch(`${relay.url}/api/v1/files/${id}`, { headers: { authorization: `Bearer ${token}` } })
  return Buffer.from(await response.arrayBuffer())
}
const seed = Number(process.env['CHUNKS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = seededRandom(seed)
console.log(`chunks: CHUNKS_SEED=${seed}`)
const tile = Uint8Array.from({ length: 65_521 }, () => Math.floor(random() * 256))
/** No two chunks of it are alike: the tile is of no round length. */
const bytesOf = (length: number) => Buffer.alloc(length, tile)
const refusedWith = async (of: ProtocolClient, type: string, data: object) => {
  const answer = await of.request(type, data)
  return answer.ok ? 'ok' : [answer.error.code, (answer.error.details as { expected?: number } | undefined)?.expected].filter((each) => each !== undefined).join(' ')
}

test('U5 a file comes in chunks under the id of its sender; one that comes again is answered and not written, one that comes too early is told which is expected', async () => {
  const { session_id } = await client.ask('create_session', { title: 'Chunks', visibility: 'private' })
  await client.subscribe(`session:${session_id}`)
  const [bytes, id] = [bytesOf(5 * 4_096 + 77), fileId()]
  const chunks = chunksOf(id, bytes, 4_096)
  expect(await client.ask('upload_start', start(id, bytes, 4_096, { session_id }))).toMatchObject({ file_id: id, offset: 0, size: bytes.length, done: false })
  expect(await client.ask('upload_chunk', chunks[0]!)).toEqual({ file_id: id, chunk_index: 0, offset: 4_096 })
  expect(await refusedWith(client, 'upload_chunk', chunks[2]!)).toBe('CONFLICT 1')
  // All at once, in order, without waiting; some of them twice.
  const answers = await Promise.all([0, 1, 1, 2, 3, 2, 4].map((at) => client.ask('upload_chunk', chunks[at]!)))
  expect(answers.map(({ offset }) => offset / 4_096)).toEqual([1, 2, 2, 3, 4, 4, 5])
  // Another connection, later: it is told where to go on, whatever the id of its message.
  const other = await connectProtocol({ url: relay.url, token, name: 'minji elsewhere' })
  expect(await other.ask('upload_start', start(id, bytes, 4_096, { session_id }))).toMatchObject({ offset: 5 * 4_096, done: false })
  expect(await refusedWith(other, 'upload_start', start(id, bytes.subarray(1), 4_096, { session_id }))).toBe('ID_REUSED')
  expect(await other.ask('upload_chunk', chunks[5]!)).toEqual({ file_id: id, chunk_index: 5, offset: bytes.length })
  await client.until(({ type, data }) => type === 'file_uploaded' && data.file_id === id && data.session_id === session_id && data.filename === '영상.mp4')
  expect((await contentOf(id)).equals(bytes)).toBeTrue()
  expect(await other.ask('upload_chunk', chunks[3]!)).toEqual({ file_id: id, chunk_index: 3, offset: bytes.length })
  expect(await other.ask('upload_start', start(id, bytes, 4_096, { session_id }))).toMatchObject({ offset: bytes.length, done: true })
  other.close()
})

test('U5 one of no bytes is a file at once; whose upload it is not, and what contradicts itself, is refused, and nothing of it is written', async () => {
  const empty = fileId()
  expect(await client.ask('upload_start', start(empty, new Uint8Array(), 4_096))).toMatchObject({ done: true })
  expect((await contentOf(empty)).length).toBe(0)
  const [bytes, id] = [bytesOf(10_000), fileId()]
  const begin = start(id, bytes, 4_096)
  for (const total_chunks of [0, 10_001]) expect(await refusedWith(client, 'upload_start', { ...begin, total_chunks })).toBe('VALIDATION')
  expect(await refusedWith(client, 'upload_start', { ...begin, size: 2 * LIMITS.chunkBytes, total_chunks: 1 })).toBe('VALIDATION')
  await client.ask('upload_start', begin)
  const [first, second, last] = chunksOf(id, bytes, 4_096) as [object, object, object]
  await client.ask('upload_chunk', first)
  const wrong = [
    { ...second, is_last: true },
    { ...last, is_last: false },
    { ...second, data: Buffer.alloc(4_095).toString('base64') },
    { ...second, data: Buffer.alloc(4_097).toString('base64') },
    { ...last, data: Buffer.alloc(5).toString('base64') },
    { ...second, chunk_index: 3 },
    { ...second, data: 'not base64' },
    { ...second, data: 'aGk' },
    { ...second, data: '' },
  ]
  for (const each of wrong) expect([each, await refusedWith(client, 'upload_chunk', each)]).toEqual([each, 'VALIDATION'])
  const stranger = await connectProtocol({ url: relay.url, token: await relay.token('stranger'), name: 'stranger' })
  expect([await refusedWith(stranger, 'upload_chunk', second), await refusedWith(stranger, 'upload_start', begin), await refusedWith(client, 'upload_chunk', { ...second, file_id: 'no-such' })]).toEqual(['NOT_FOUND', 'ID_REUSED', 'NOT_FOUND'])
  stranger.close()
  expect(await client.ask('upload_start', begin)).toMatchObject({ offset: 4_096 })
  for (const each of [second, last]) await client.ask('upload_chunk', each)
  expect((await contentOf(id)).equals(bytes)).toBeTrue()
})

test('L5 chunks are charged neither as messages nor by the second: as many as one likes go without waiting, and progress is told', async () => {
  const [bytes, id] = [bytesOf(300 * 8_192 + 1), fileId()]
  await client.subscribe(`user:${client.frames[0]!.data.user.id}`)
  await client.ask('upload_start', start(id, bytes, 8_192))
  const answers = await Promise.all(chunksOf(id, bytes, 8_192).map((chunk) => client.ask('upload_chunk', chunk)))
  expect(answers.map(({ chunk_index }) => chunk_index)).toEqual(answers.map((_, at) => at))
  await client.until(({ type, data }) => type === 'upload_progress' && data.file_id === id)
  expect((await contentOf(id)).equals(bytes)).toBeTrue()
}, 30_000)

test('L5 more of a user under way than is held is refused at once, on any socket, with a time to come back; what has landed makes room', async () => {
  const clock = manualClock()
  const flights = createFlights(100)
  const landing: (() => void)[] = []
  const answered: string[] = []
  const take = () => new Promise<void>((resolve) => void landing.push(resolve))
  const connect = (userId: string) => {
    const connection = new Connection(userId, 'v1', { address: '', agent: null, hop: null }, { clock, log: createLog(() => undefined, clock), newTraceId: () => 't', affords: () => true, flights, take })
    connection.opened({ send: (text) => answered.push(text), close() {}, subscribe() {}, unsubscribe() {}, getBufferedAmount: () => 0, ping() {} })
    connection.who = { userId, name: userId, role: 'user', sid: 's', kind: 'access', scopes: null, expiresAt: clock.now() + 900_000, address: null, agent: null }
    return connection
  }
  const chunk = (id: string) => JSON.stringify({ type: 'upload_chunk', id, data: { file_id: 'f', chunk_index: 0, data: 'A'.repeat(40), is_last: false } })
  const [first, second, other] = [connect('minji'), connect('minji'), connect('joon')]
  for (const id of ['1', '2', '3']) first.receive(chunk(id))
  second.receive(chunk('4'))
  second.receive(JSON.stringify({ type: 'typing', data: { session_id: 's' } }))
  other.receive(chunk('5'))
  expect(answered.map((text) => JSON.parse(text) as { id: string; data: { code: string; retry_after_ms: number } }).map(({ id, data }) => [id, data.code, data.retry_after_ms > 0])).toEqual([['3', 'RATE_LIMITED', true], ['4', 'RATE_LIMITED', true]])
  landing.shift()!()
  await eventually('the next is worked off', () => landing.length === 3)
  second.receive(chunk('4 again'))
  expect(answered).toHaveLength(2)
})
