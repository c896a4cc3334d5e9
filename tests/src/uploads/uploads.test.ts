// The line of uploads against a real tus server: what goes, in which order, and what people do to it.
import { afterEach, expect, test } from 'bun:test'
import { eventually } from '../../support/eventually.ts'
import { createSmallTus, type SmallTus } from './small-tus.ts'
import { openTab, testFile } from './uploads-rig.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
function start(): SmallTus {
  const relay = createSmallTus()
  ends.push(relay.stop)
  return relay
}
async function open(options: Parameters<typeof openTab>[0]) {
  const tab = await openTab(options)
  ends.push(tab.close)
  return tab
}
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('base64')
const KIB = 1024
const to = { sessionId: 's1', purpose: 'prompt' } as const

test('a file goes in pieces, as who is signed in, with its name and the hash of the whole on the last piece only', async () => {
  const relay = start()
  const tab = await open(relay)
  const file = testFile('보고서 최종.bin', 5000 * KIB + 17, { type: 'application/x-thing' })
  const [added] = tab.uploads.add([{ file, folder: '자료/그림' }], to)
  expect(added).toMatchObject({ state: 'sending', offset: 0, name: '보고서 최종.bin', folder: '자료/그림' })
  await tab.is(added!.id, 'done')
  const content = new Uint8Array(await file.arrayBuffer())
  expect(await relay.content(added!.fileId)).toEqual(content)
  expect(relay.count('POST')).toBe(1)
  const pieces = relay.asked.filter(({ method }) => method === 'PATCH')
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.map(({ headers }) => headers.get('repr-digest'))).toEqual([...pieces.slice(1).map(() => null), `sha-256=:${sha256(content)}:`])
  expect(relay.asked.every(({ headers }) => headers.get('authorization') === 'Bearer good')).toBe(true)
  const said = Object.fromEntries(relay.asked[0]!.headers.get('upload-metadata')!.split(',').map((each) => each.split(' ')).map(([name, value]) => [name, Buffer.from(value!, 'base64').toString()]))
  expect(said).toEqual({ file_id: added!.fileId, filename: '보고서 최종.bin', filetype: 'application/x-thing', session_id: 's1', folder: '자료/그림' })
  expect(tab.view(added!.id)).toMatchObject({ offset: file.size, trouble: null })
  expect(tab.problems).toEqual([])
})

test('three at once, in their order; of a folder of many only those three are begun; an empty file is done when it is made', async () => {
  const relay = start()
  const tab = await open(relay)
  const release = relay.hold()
  const picked = Array.from({ length: 40 }, (_, index) => ({ file: testFile(`${index}.txt`, index === 7 ? 0 : 10 + index), folder: 'many' }))
  const added = tab.uploads.add(picked, { sessionId: 's1', purpose: 'files' })
  await eventually('three are at their first piece', () => relay.count('PATCH') === 3)
  expect(relay.count('POST')).toBe(3)
  expect(tab.states().filter((state) => state === 'queued')).toHaveLength(37)
  release()
  await eventually('all are done', () => tab.states().every((state) => state === 'done'))
  // By the times of their beginning: of three that run side by side each may be first.
  const begun = relay.asked.filter(({ method }) => method === 'POST').map(({ headers }) => headers.get('upload-metadata')!)
  const order = begun.map((metadata) => Number(Buffer.from(/filename (\S+?)(,|$)/.exec(metadata)![1]!, 'base64').toString().replace('.txt', '')))
  order.forEach((file, place) => expect(Math.abs(file - place)).toBeLessThan(3))
  for (const { fileId, size } of added) expect((await relay.content(fileId)).length).toBe(size)
})
