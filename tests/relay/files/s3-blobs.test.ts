// Files in a bucket when the way to it is bad: nothing is lost, nothing half is seen, nobody waits for ever, no key is told.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused } from '#protocol'
import { openHandedFiles } from '../../../relay/claude/handed-files.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createS3Blobs, type S3Sizes } from '../../../relay/files/s3-blobs.ts'
import type { Bucket } from '../../../relay/files-url.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { s3Keys, s3Server, type S3Server } from '../../support/s3-server.ts'

const mib = 1024 * 1024
let folder: string
let server: S3Server
let lines: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ensemble-s3-'))
  server = s3Server()
  lines = []
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const log = createLog((line) => void lines.push(line), systemClock)
const open = async ({ bucket = server.bucket, clock = systemClock, ...sizes }: Partial<S3Sizes> & { bucket?: Bucket; clock?: typeof systemClock } = {}) => {
  const store = createS3Blobs({ bucket, of: 'e', folder: join(folder, 'copies'), clock, log, sizes: { partBytes: 5 * mib, pieceBytes: mib, ...sizes } })
  await store.prepare()
  return store
}
const onItsWay = (bytes: number, fill = 7) => {
  const path = join(folder, randomUUID())
  writeFileSync(path, new Uint8Array(bytes).fill(fill))
  return path
}
const keyOf = (blob: string) => `team/e/${blob}`
const put = (blob: string, text: string) => server.objects.set(keyOf(blob), new Uint8Array(Buffer.from(text)))
const outcomeOf = (work: Promise<unknown>) => work.then(() => 'done', (problem: unknown) => (problem instanceof Refused ? [problem.code, problem.options.details] : problem))
const away = ['BUSY', { reason: 'files_store' }]

test('parts that fail or are cut off are sent again, and the file is whole', async () => {
  const store = await open()
  const failed = new Set<number>()
  server.fail(({ method, part }) => {
    if (method !== 'PUT' || part === null || part % 2 || failed.has(part)) return null
    failed.add(part)
    return part % 4 ? 'error' : 'cut'
  })
  await store.take('b', onItsWay(22 * mib))
  expect([...failed].sort()).toEqual([2, 4])
  expect(server.seen.filter(({ part }) => part === 1).length).toBe(1)
  expect([server.objects.get(keyOf('b'))!.every((byte) => byte === 7), await store.size('b'), server.uploads.size]).toEqual([true, 22 * mib, 0])
})

test.each(['start', 'parts', 'finish', 'small', 'look'] as const)('refused at its %s: the file is still here, nothing is seen of it there, and the next try succeeds', async (where) => {
  const store = await open()
  const bytes = where === 'small' ? 1000 : 12 * mib
  const path = onItsWay(bytes)
  server.fail((seen) => {
    const isIt = { start: seen.start, parts: seen.part !== null, finish: seen.finish, small: seen.method === 'PUT', look: seen.method === 'HEAD' }[where]
    return isIt ? 'error' : null
  })
  expect(await outcomeOf(store.take('b', path))).toEqual(away)
  expect([existsSync(path), server.objects.size]).toEqual([true, 0])
  // What was begun is taken back, so that nobody pays for it.
  await eventually('the parts are taken back', () => server.uploads.size === 0)
  server.heal()
  await store.take('b', path)
  expect([existsSync(path), await store.size('b')]).toEqual([false, bytes])
})

test('what the store kept otherwise than it was given is taken back, and the file stays', async () => {
  const store = await open()
  const path = onItsWay(1000)
  put('b', 'an older half of it')
  const { set } = server.objects
  server.objects.set = (key, value) => set.call(server.objects, key, value.subarray(1) as typeof value)
  expect(await outcomeOf(store.take('b', path))).toEqual(away)
  expect([existsSync(path), server.objects.size]).toEqual([true, 0])
  server.objects.set = set
  put('b', 'an older half of it')
  await store.take('b', path)
  expect(await store.size('b')).toBe(1000)
})

test('a reader does not notice a connection that breaks, and is told before the first byte when nothing comes', async () => {
  const store = await open()
  await store.take('b', onItsWay(4 * mib))
  let cuts = 0
  server.fail(({ method, range }) => (method === 'GET' && range !== null && ++cuts % 2 ? 'cut' : null))
  const bytes = Buffer.from(await new Response((await store.read('b', 10))!).arrayBuffer())
  expect([bytes.byteLength, bytes.every((byte) => byte === 7)]).toEqual([4 * mib - 10, true])
  expect(cuts).toBe(8)
  server.fail(({ method }) => (method === 'GET' ? 'error' : null))
  expect(await outcomeOf(store.read('b'))).toEqual(away)
  expect(await outcomeOf(store.local('b'))).toEqual(away)
  expect(readdirSync(join(folder, 'copies'))).toEqual([])
})

test('a slow reader is not run ahead of, and one who leaves costs nothing more', async () => {
  const store = await open()
  await store.take('b', onItsWay(30 * mib))
  const reads = () => server.seen.filter(({ method, range }) => method === 'GET' && range !== null).length
  const reader = ((await store.read('b')) as ReadableStream<Uint8Array>).getReader()
  for (let taken = 1; taken <= 5; taken++) {
    expect((await reader.read()).value!.byteLength).toBe(mib)
    expect(reads()).toBeLessThanOrEqual(taken + 1)
  }
  await reader.cancel()
  const before = reads()
  // Another question and its answer: a request that was still under way would have been seen by then.
  await store.size('b')
  expect(reads()).toBeLessThanOrEqual(Math.max(before, 6))
})

test('a store that never answers is given up for this time', async () => {
  const clock = manualClock()
  const store = await open({ clock, patienceMs: 60_000 })
  const path = onItsWay(12 * mib)
  const work: Record<string, () => Promise<unknown>> = {
    size: () => store.size('b'),
    read: () => store.read('b'),
    take: () => store.take('b', path),
    remove: () => store.remove('b'),
    names: () => Array.fromAsync(store.names()),
  }
  for (const [name, begin] of Object.entries(work)) {
    server.fail(() => 'silent')
    const before = server.seen.length
    const outcome = outcomeOf(begin())
    await eventually(`${name} is asked`, () => server.seen.length > before)
    clock.advance(60_000)
    expect([name, await outcome]).toEqual([name, away])
  }
  // Between its parts as well.
  server.fail(({ part }) => (part === 2 ? 'silent' : null))
  const outcome = outcomeOf(store.take('b', path))
  await eventually('the second part is under way', () => server.seen.some(({ part }) => part === 2))
  clock.advance(60_000)
  expect(await outcome).toEqual(away)
  expect([existsSync(path), server.objects.size, clock.pending()]).toEqual([true, 0, 0])
})

test('wrong keys, another bucket, nobody there: away, with the reason in the log and without a key in it', async () => {
  const others: Bucket[] = [
    { ...server.bucket, secretAccessKey: 'wrong' },
    { ...server.bucket, accessKeyId: 'WRONG' },
    { ...server.bucket, bucket: 'another' },
    { ...server.bucket, endpoint: 'http://127.0.0.1:1' },
  ]
  for (const bucket of others) {
    const store = await open({ bucket })
    expect(await outcomeOf(Array.fromAsync(store.names()))).toEqual(away)
    expect(await outcomeOf(store.take('b', onItsWay(10)))).toEqual(away)
  }
  const codes = lines.map((line) => (JSON.parse(line) as { code: string }).code)
  expect(codes).toContain('SignatureDoesNotMatch')
  expect(codes).toContain('InvalidAccessKeyId')
  expect(codes).toContain('NoSuchBucket')
  expect(codes).toContain('ConnectionRefused')
  for (const secret of Object.values(s3Keys)) expect(lines.join('\n')).not.toContain(secret)
})

test('copies: the longest unused go when there is no room, a larger one than all room stands alone, halves of a crash are swept', async () => {
  const store = await open({ copiesBytes: 3000 })
  const copies = () => readdirSync(join(folder, 'copies')).sort()
  for (const blob of ['a', 'b', 'c', 'd', 'e']) put(blob, blob.repeat(1000))
  for (const blob of ['a', 'b', 'c', 'a', 'd']) await store.local(blob)
  expect(copies()).toEqual(['a', 'c', 'd'])
  writeFileSync(join(folder, 'copies', 'x~'), 'half')
  const again = await open({ copiesBytes: 3000 })
  await again.local('e')
  expect(copies()).toEqual(['a', 'd', 'e'])
  put('large', 'l'.repeat(5000))
  expect(readFileSync((await again.local('large'))!, 'utf8').length).toBe(5000)
  expect(copies()).toEqual(['large'])
  // What was copied is read without the store.
  server.fail(() => 'error')
  expect(await again.local('large')).toBe(join(folder, 'copies', 'large'))
})

test('a prompt does not wait for files that it does not name, though the bucket gives none of them', async () => {
  const store = await open()
  const blobs = Array.from({ length: 12 }, (_, at) => `f${at}`)
  for (const blob of blobs) await store.take(blob, onItsWay(1_000))
  const clock = manualClock()
  const handed = await openHandedFiles({ dataFolder: folder, sandboxed: null, reserveBytes: 0, clock })
  const files = blobs.map((blob) => ({ id: blob, path: `자료/${blob}`, local: () => store.local(blob) }))
  const there = () => readdirSync(join(folder, 'handed', 's', '자료')).sort()
  const asked = () => server.seen.filter(({ method, range }) => method === 'GET' && range !== null)
  // The named one comes last in the list, and is the first that is asked for.
  server.fail(({ method, key }) => (method === 'GET' && !key.endsWith('/f11') ? 'silent' : null))
  const sharing = handed.share('s', files, ['f11'])
  await eventually('the others are asked for', () => asked().length > 4)
  expect([asked()[0]!.key.endsWith('/f11'), there()]).toEqual([true, ['f11']])
  clock.advance(1_000)
  expect((await sharing).failed).toEqual([])
  await handed.remove()
})
