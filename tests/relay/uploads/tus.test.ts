// tus 1.0 with a client that is not ours, against a real relay: bytes, names, rights, and every way to say it wrong.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { reprDigest, sendByTus } from '../../support/tus-sender.ts'

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

test('a file in chunks keeps the id, the name and the folder that its sender chose, and is told to the session', async () => {
  const bytes = random(3 * 1024 * 1024 + 17)
  const id = crypto.randomUUID()
  const { done } = sendByTus({ url: relay.url, token, bytes, chunkSize: 1024 * 1024, about: { file_id: id, filename: '분기 보고서.pdf', filetype: 'application/pdf', session_id: sessionId, folder: '자료/2026' } })
  expect(await done).toBe(`${relay.url}/api/v1/files/tus/${id}`)
  expect(Buffer.compare(await content(id), bytes)).toBe(0)
  const told = await owner.until((frame) => frame.type === 'file_uploaded' && frame.data.file_id === id, 'file_uploaded')
  expect(told.data).toMatchObject({ file_id: id, session_id: sessionId, filename: '분기 보고서.pdf', folder: '자료/2026', size: bytes.length })
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
