// Several files as one: a ZIP file that other programs read, made while it is read, for those who may have what is in it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Refused } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createArchives } from '../../../relay/files/archives.ts'
import { zip, zipBytes, type KnownSums, type ZipEntry } from '../../../relay/files/zip.ts'
import { sendByTus } from '../../support/tus-sender.ts'
import { accountsRig, type AccountsRig } from '../http/accounts-rig.ts'

let rig: AccountsRig
let minji: { id: string; token: string }
let joon: { id: string; token: string }
let folder: string
beforeAll(async () => {
  rig = await accountsRig()
  minji = await rig.browser('minji')
  joon = await rig.browser('joon')
  folder = await mkdtemp(join(tmpdir(), 'archives-'))
})
afterAll(async () => {
  await rig.stop()
  await rm(folder, { recursive: true })
})

const sessionOf = async (token: string) => (await rig.ask(token, 'POST', 'claude/sessions', { title: 'Archive', visibility: 'private' })).body['session_id'] as string
async function upload(session_id: string, filename: string, content: string | Uint8Array, place = ''): Promise<string> {
  const url = await sendByTus({ url: rig.url, token: minji.token, bytes: Buffer.from(content), about: { session_id, filename, ...(place && { folder: place }) } }).done
  return url.split('/').at(-1)!
}
const archiveOf = (token: string, body: object) => rig.ask(token, 'POST', 'files/archives', body)

const unzip = Bun.which('unzip')
const python = Bun.which('python3')
/** What two programs that are not ours make of it: `path: content` in order. */
async function asOthersReadIt(bytes: Uint8Array): Promise<string[]> {
  const path = join(folder, `${crypto.randomUUID()}.zip`)
  await Bun.write(path, bytes)
  if (unzip) expect(Bun.spawnSync([unzip, '-tqq', path]).exitCode).toBe(0)
  const script = 'import sys, json, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([i.filename + ": " + z.read(i).decode("latin-1") for i in z.infolist()]))'
  const { stdout, exitCode } = Bun.spawnSync([python!, '-c', script, path], { env: { PYTHONIOENCODING: 'utf-8' } })
  expect(exitCode).toBe(0)
  return JSON.parse(stdout.toString()) as string[]
}
async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
const contentOf = (text: string) => async function* () { if (text !== '') yield Buffer.from(text, 'latin1') }
const made = (entries: readonly (ZipEntry & { text: string })[]) => whole(zip(entries, async ({ text }) => contentOf(text)()))

test.skipIf(!python)('whatever is in it, others read the same, and it is as long as was said before', async () => {
  const entry = fc.record({ name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((name) => name.isWellFormed() && !/[/\\\0]/.test(name)), text: fc.string({ maxLength: 3_000 }).map((text) => Buffer.from(text).toString('latin1')), modifiedAt: fc.nat({ max: 4_000_000_000_000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (given) => {
      const entries = given.map(({ name, text, modifiedAt }, at) => ({ path: `${at}/${name}`, text, size: text.length, modifiedAt }))
      const bytes = await made(entries)
      expect(bytes.length).toBe(zipBytes(entries))
      if (entries.length > 0) expect(await asOthersReadIt(bytes)).toEqual(entries.map(({ path, text }) => `${path}: ${text}`))
    }),
    { numRuns: 4 },
  )
}, 60_000)

/** `ARCHIVES=long bun test tests/relay/files/archives.test.ts`: so many take a while. */
test.skipIf(!python || process.env['ARCHIVES'] !== 'long')('more files than the old format counts are told as ZIP64', async () => {
  const entries = Array.from({ length: 66_000 }, (_, at) => ({ path: `${at}.txt`, size: 1, modifiedAt: 0, text: 'x' }))
  const bytes = await made(entries)
  expect(bytes.length).toBe(zipBytes(entries))
  const path = join(folder, 'many.zip')
  await Bun.write(path, bytes)
  expect(Bun.spawnSync([python!, '-c', 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))', path]).stdout.toString().trim()).toBe('66000')
}, 60_000)

test.skipIf(!python)('sizes and places beyond 4 GiB are told as ZIP64', async () => {
  // Zeros that are not on the disk, where they would be: only the ends are written.
  const large = [{ path: '큰 파일.bin', size: 5 * 2 ** 30, modifiedAt: 0 }, { path: 'after.txt', size: 5, modifiedAt: 0 }]
  const sparse = join(folder, 'large.zip')
  const writing = await open(sparse, 'w')
  let at = 0
  const hole = new Uint8Array(64 * 1024 * 1024)
  const pieces = zip(large, async ({ size }) => (async function* () { for (let left = size; left > 0; left -= hole.length) yield size === 5 ? Buffer.from('after') : hole })())
  for await (const piece of pieces) {
    if (piece !== hole) await writing.write(piece, 0, piece.length, at)
    at += piece.length
  }
  await writing.close()
  expect([at, (await Bun.file(sparse).stat()).size]).toEqual([zipBytes(large), at])
  const read = Bun.spawnSync([python!, '-c', 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nprint([i.file_size for i in z.infolist()], z.read("after.txt"), z.open("큰 파일.bin").read(3))', sparse], { env: { PYTHONIOENCODING: 'utf-8', PYTHONUTF8: '1' } })
  expect(read.stdout.toString().trim()).toBe("[5368709120, 5] b'after' b'\\x00\\x00\\x00'")
}, 120_000)

test('begun at any byte and ended at any, it is that part of the whole; with the checksum of what lies before none of that is read', async () => {
  const entry = fc.record({ text: fc.string({ unit: 'binary-ascii', maxLength: 400 }), modifiedAt: fc.nat({ max: 4_000_000_000_000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 6 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), async (given, first, second) => {
      const entries = given.map(({ text, modifiedAt }, at) => ({ path: `${at}.txt`, text, size: text.length, modifiedAt }))
      const read: [string, number][] = []
      const known = new Map<string, number>()
      const sums: KnownSums<ZipEntry> = { of: ({ path }) => known.get(path), learn: ({ path }, crc) => void known.set(path, crc) }
      const part = (options: { from?: number; to?: number; sums?: KnownSums<ZipEntry & { text: string }> }) => whole(zip(entries, async ({ path, text }, start) => (read.push([path, start]), contentOf(text.slice(start))()), options))
      const all = await part({ sums })
      const [from, to] = [first, second].map((share) => Math.round(share * all.length)).sort((a, b) => a - b) as [number, number]
      read.length = 0
      expect(await part({ from, to })).toEqual(all.subarray(from, to))
      expect(read.every(([, start]) => start === 0)).toBeTrue()
      read.length = 0
      expect(await part({ from, sums })).toEqual(all.subarray(from))
      expect(read.reduce((sum, [path, start]) => sum + entries[Number.parseInt(path)]!.size - start, 0)).toBeLessThanOrEqual(all.length - from)
    }),
    { numRuns: 60 },
  )
})

test('a content that is not as long as was said cuts the file off', async () => {
  await expect(made([{ path: 'a', size: 3, modifiedAt: 0, text: 'ab' }])).rejects.toThrow('2 bytes where 3 should be')
})

test.skipIf(!python)('U7 a folder, some files or all of a session come as one ZIP file, with the names and folders people gave them', async () => {
  const session_id = await sessionOf(minji.token)
  const [first, second] = [await upload(session_id, '보고서 최종.txt', '하나'), await upload(session_id, '보고서 최종.txt', '둘')]
  await upload(session_id, 'a.jpg', 'A', '여름 사진')
  await upload(session_id, 'a:?.jpg', 'B', '여름 사진/2026')
  await upload(session_id, 'CON.txt', '')
  const opened = async (wanted: object) => {
    const { status, body } = await archiveOf(minji.token, { session_id, ...wanted })
    expect(status).toBe(200)
    const response = await fetch(body['url'] as string)
    const bytes = await response.bytes()
    expect([response.status, response.headers.get('content-type'), bytes.length]).toEqual([200, 'application/zip', body['size']])
    const inside = await asOthersReadIt(bytes)
    expect(inside).toHaveLength(body['files'])
    return { name: decodeURIComponent(response.headers.get('content-disposition')!.split("UTF-8''").at(-1)!), inside: inside.map((each) => Buffer.from(each.split(': ').at(-1)!, 'latin1').toString() + ' ' + each.split(': ')[0]).sort() }
  }
  expect(await opened({ folder: '여름 사진' })).toEqual({ name: '여름 사진.zip', inside: ['A 여름 사진/a.jpg', 'B 여름 사진/2026/a__.jpg'] })
  expect(await opened({ file_ids: [second, first] })).toMatchObject({ inside: ['둘 보고서 최종 (2).txt', '하나 보고서 최종.txt'] })
  expect(await opened({})).toMatchObject({ name: 'attachment; filename="files.zip"', inside: [' _CON.txt', 'A 여름 사진/a.jpg', 'B 여름 사진/2026/a__.jpg', '둘 보고서 최종 (2).txt', '하나 보고서 최종.txt'] })
  const { body } = await archiveOf(minji.token, { session_id })
  expect((await fetch(body['url'] as string, { method: 'HEAD' })).headers.get('content-length')).toBe(String(body['size']))
})

test('U7 what was cut off is gone on with where it was; what is brought later is not in it, and where something was deleted it comes whole', async () => {
  const session_id = await sessionOf(minji.token)
  const bytes = new Uint8Array(3 * 1024 * 1024).map((_, at) => (at * 31) >> 5)
  await upload(session_id, '가.bin', bytes)
  const second = await upload(session_id, 'b.bin', bytes.subarray(7))
  const url = (await archiveOf(minji.token, { session_id })).body['url'] as string
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers })
    return { status: response.status, range: response.headers.get('content-range'), etag: response.headers.get('etag')!, bytes: Buffer.from(await response.bytes()) }
  }
  const all = await ask()
  await upload(session_id, 'later.txt', 'later')
  for (const [from, to] of [[0, 1], [100, 3_200_000], [3_145_700, all.bytes.length], [all.bytes.length - 10, all.bytes.length]] as const)
    expect(await ask({ range: `bytes=${from}-${to - 1}`, 'if-range': all.etag })).toEqual({ status: 206, range: `bytes ${from}-${to - 1}/${all.bytes.length}`, etag: all.etag, bytes: all.bytes.subarray(from, to) })
  expect(await ask({ range: `bytes=${all.bytes.length}-` })).toMatchObject({ status: 416, range: `bytes */${all.bytes.length}` })
  expect(await ask({ range: 'bytes=5-', 'if-range': '"another"' })).toEqual(all)
  await rig.ask(minji.token, 'DELETE', `files/${second}`)
  const less = await ask({ range: 'bytes=5-' })
  expect([less.status, less.etag === all.etag, less.bytes.length < all.bytes.length]).toEqual([200, false, true])
})

test('U7 its address gives what its maker may have at that moment, and nothing to anybody else; what is left unread is let go', async () => {
  const session_id = await sessionOf(minji.token)
  const id = await upload(session_id, 'large.bin', new Uint8Array(9 * 1024 * 1024))
  expect((await archiveOf(joon.token, { session_id })).status).toBe(404)
  expect((await archiveOf(minji.token, { session_id, file_ids: ['f-none'] })).status).toBe(404)
  expect((await archiveOf(minji.token, { session_id, file_ids: [] })).status).toBe(400)
  await rig.ask(minji.token, 'POST', `claude/sessions/${session_id}/participants`, { user_id: joon.id, role: 'viewer' })
  const { body: his } = await archiveOf(joon.token, { session_id })
  const { body: hers } = await archiveOf(minji.token, { session_id })
  // A ticket is for its own archive.
  const swapped = new URL(hers['url'] as string)
  swapped.search = new URL(his['url'] as string).search
  expect((await fetch(swapped)).status).toBe(401)
  // More at once than one may have, each left in the middle: the next is answered all the same.
  for (let at = 0; at < 6; at++) {
    const reader = (await fetch(his['url'] as string)).body!.getReader()
    expect((await reader.read()).done).toBeFalse()
    await reader.cancel()
  }
  await rig.ask(minji.token, 'DELETE', `claude/sessions/${session_id}/participants/${joon.id}`)
  expect((await fetch(his['url'] as string)).status).toBe(404)
  // Bytes that are gone while the row is there: what was begun has no end, and nobody takes it for whole.
  const [{ blob }] = (await rig.relay.storage.query<{ blob: string }>('SELECT blob FROM files WHERE id = ?', [id])) as [{ blob: string }]
  await rm(join(rig.home.data, 'files', blob))
  await expect(fetch(hers['url'] as string).then((response) => response.arrayBuffer())).rejects.toThrow()
  await rig.ask(minji.token, 'DELETE', `files/${id}`)
  expect((await fetch(hers['url'] as string)).status).toBe(404)
})

test('U7 whoever loses the right while it is read gets no more of it after a second', async () => {
  let nowMs = 0
  let role: string | null = 'viewer'
  const asked: string[] = []
  const files = Array.from({ length: 3 }, (_, at) => ({ id: `f${at}`, filename: `${at}.bin`, folder: '', size: 4, created_at: 0, blob: `b${at}` }))
  const archives = createArchives({
    rows: { ofSession: async () => files as never },
    auth: {
      recheck: async (who) => ({ ...who, name: 'now' }),
      may: async (who, what, sessionId) => {
        asked.push(`${who.name} ${what} ${sessionId}`)
        if (role === null) throw new Refused('NOT_FOUND', 'not found')
        return role as never
      },
    },
    store: { read: async () => new Blob(['1234']) },
    clock: { now: () => nowMs },
    newId: () => 'a',
  })
  const who = { userId: 'u', name: 'then' } as Identity
  const { id } = await archives.order(who, { sessionId: 's' })
  const opened = await archives.open(who, id)
  const pieces = opened.content()
  await pieces.next()
  role = null
  nowMs += 999
  expect((await pieces.next()).done).toBeFalse()
  nowMs += 1
  await expect(pieces.next()).rejects.toThrow('not found')
  expect([asked, (await pieces.next()).done]).toEqual([['then download s', 'then download s', 'now download s'], true])
})
