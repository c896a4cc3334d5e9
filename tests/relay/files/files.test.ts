// Files: stored whole or not at all, sniffed, named, seen only by who may, attached to prompts, gone when deleted.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../../../relay/auth/auth.ts'
import { contentTypeOf, sniffImage } from '../../../relay/files/content-type.ts'
import { extensionOf, numberedNames, safeFolder, safeName } from '../../../relay/files/file-name.ts'
import type { Whole } from '../../../relay/uploads/uploads.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
let friend: Identity
let viewer: Identity
let stranger: Identity
let sessionId: string
const maxBytes = 1024 * 1024
beforeAll(async () => {
  rig = await sessionsRig({ limits: { maxBytes } })
  ;[owner, friend, viewer, stranger] = await Promise.all(['owner', 'friend', 'viewer', 'stranger'].map((name) => rig.person(name))) as [Identity, Identity, Identity, Identity]
  sessionId = await rig.begin(owner, { visibility: 'private' })
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, sessionId, friend.userId, 'collaborator'))
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, sessionId, viewer.userId, 'viewer'))
})
afterAll(() => rig.end())

async function* pieces(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}
const store = (who: Identity, upload: Partial<Whole> = {}) =>
  rig.ask(who, (asked) => rig.uploads.take(asked, { filename: 'a.txt', content_type: 'text/plain', content: pieces('hello'), ...upload }))
const remove = (who: Identity, id: string) => rig.ask(who, (asked) => rig.files.remove(asked, id))
const onDisk = () => readdirSync(rig.filesFolder).filter((name) => name !== 'incoming')
const half = () => readdirSync(join(rig.filesFolder, 'incoming'))
const textOf = async (id: string) => Buffer.from((await rig.files.bytesOf(id))!).toString()

describe('names', () => {
  test.each([
    ['보고서 최종.pdf', '보고서 최종.pdf'],
    ['보고서.pdf'.normalize('NFD'), '보고서.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\사진.png', '사진.png'],
    ['a\0b\nc\u001b[31m.txt', 'abc[31m.txt'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['.env', '.env'],
    ['', 'file'],
    ['..', 'file'],
    ['dir/', 'file'],
    ['\u3164 \u2800', 'file'],
    ['\u061c\u{e0041}', 'file'],
    ['  spaced . ', 'spaced'],
    ['\ud800.txt', '\ufffd.txt'],
    ['👨‍👩‍👧.png', '👨‍👩‍👧.png'],
  ])('%j is kept as %j', (given, kept) => expect(safeName(given)).toBe(kept))

  test('a backslash in a folder, which other systems have in names, is no way out and no reason to refuse', () => {
    expect(safeFolder('..\\..\\etc/A\\B')).toBe('.._.._etc/A_B')
  })

  test('endings are taken when they are plain', () => {
    expect(['a.PDF', '보고서.hwp', 'a.tar.gz', '.env', 'none', 'a.', 'a.sh;rm', 'a./../b', `a.${'x'.repeat(20)}`].map(extensionOf)).toEqual(['.pdf', '.hwp', '.gz', '.env', '', '', '', '', ''])
  })

  test('long names are cut between characters and keep their extension', () => {
    const name = safeName(`${'가'.repeat(300)}.pdf`)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect(name).toMatch(/^가+\.pdf$/)
    expect(safeName('👨‍👩‍👧'.repeat(60))).toBe('👨‍👩‍👧'.repeat(14))
    expect(Buffer.byteLength(safeName(`x.${'e'.repeat(400)}`))).toBe(255)
  })
})

describe('names of whatever', () => {
  test('a name is there, fits on a disk, is one name, and stays the same when it is made safe again', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u0301'.repeat(300), '\u0323', '\u200b', '.', ' ', '\u00a0', '\u3164'.repeat(90), '.pdf', '\ud800', '가'.repeat(90), '👨\u200d👩\u200d👧', `.${'b'.repeat(253)}`, '\u1100\u1161', '/', '\\'))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 2, max: 999_999 }), (parts, number) => {
        const name = safeName(parts.join(''))
        for (const each of [name, numberedNames(name).of(number)]) {
          expect(each).not.toMatch(/^\.{0,2}$|[/\\]/)
          expect(Buffer.byteLength(each)).toBeLessThanOrEqual(255)
          expect(each.isWellFormed()).toBe(true)
        }
        expect([safeName(name), name.normalize('NFC')]).toEqual([name, name])
      }),
      { numRuns: 500 },
    )
  })

  test.each([['a', 300, ''], ['a', 300, '.txt']])('a character that is longer than a name is cut apart', (base, marks, extension) => {
    const name = safeName(base + '\u0323'.repeat(marks) + extension)
    expect([name.startsWith('\u1ea1'), name.endsWith(extension), Buffer.byteLength(name) > 240]).toEqual([true, true, true])
  })

  test.each(['. ', '.', ' ', '\u0323\u0301', '\u200b'])('a long name of %j takes no time', (piece) => {
    const from = performance.now()
    for (let round = 0; round < 5; round++) safeName(`x${piece.repeat(8_000)}x.pdf`)
    expect(performance.now() - from).toBeLessThan(500)
    expect(safeName(`x${piece.repeat(8_000)}x.pdf`)).toMatch(/^[x\u1e8a].*\.pdf$/u)
  })
})

describe('types', () => {
  const png = Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')
  test('images are known by their first bytes', () => {
    expect(sniffImage(png)).toBe('image/png')
    expect(sniffImage(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))).toBe('image/jpeg')
    expect(sniffImage(Buffer.from('GIF89a...'))).toBe('image/gif')
    expect(sniffImage(Buffer.from('RIFF\0\0\0\0WEBPVP8 '))).toBe('image/webp')
    expect(sniffImage(Buffer.from('RIFF\0\0\0\0WAVE'))).toBeNull()
    expect(sniffImage(Buffer.alloc(0))).toBeNull()
  })

  test('a hint counts for what cannot be sniffed, and for nothing when it promises an image that is none', () => {
    expect(contentTypeOf('image/png', Buffer.from('<script>'))).toBe('text/plain')
    expect(contentTypeOf('text/html', png)).toBe('image/png')
    expect(contentTypeOf('Text/Plain; charset=euc-kr', Buffer.from('a'))).toBe('text/plain')
    expect(contentTypeOf('', Buffer.from('a'))).toBe('text/plain')
    expect(contentTypeOf('text/html\r\nset-cookie: a', Buffer.from('a'))).toBe('text/plain')
    expect(contentTypeOf('image/svg+xml', Buffer.from('<svg/>'))).toBe('image/svg+xml')
    expect(contentTypeOf('text/plain', Buffer.from('안녕'.repeat(100)).subarray(0, 512))).toBe('text/plain')
    expect(contentTypeOf('text/csv', Buffer.from([0xb0, 0xa1, 0xb3, 0xaa, 0x2c]))).toBe('text/csv')
    for (const hint of ['text/html', 'application/json', 'image/svg+xml', '']) expect(contentTypeOf(hint, Buffer.alloc(64))).toBe('application/octet-stream')
    expect(contentTypeOf('application/x-hwp', Buffer.from('\xd0\xcf\x11\xe0', 'latin1'))).toBe('application/x-hwp')
  })

  test.each([
    ['%PDF-1.7', 'text/html', 'application/pdf'],
    ['PK\x03\x04....', '', 'application/zip'],
    ['PK\x03\x04....', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['PK\x03\x04....', 'text/html', 'application/zip'],
    ['\x1f\x8b\x08', '', 'application/gzip'],
    ['\0\0\0\x20ftypisom', 'image/png', 'video/mp4'],
    ['\0\0\0\x14ftypqt  ', '', 'video/quicktime'],
    ['\0\0\0\x20ftypM4A ', '', 'audio/mp4'],
    ['\x1aE\xdf\xa3\x01\0\0\0\x1fB\x82\x84webm', 'audio/webm', 'audio/webm'],
    ['\x1aE\xdf\xa3\x01\0\0\0\x1fB\x82\x84webm', '', 'video/webm'],
    ['ID3\x04', '', 'audio/mpeg'],
    ['\xff\xfb\x90', '', 'audio/mpeg'],
    ['RIFF\0\0\0\0WAVE', 'audio/x-wav', 'audio/wav'],
    ['OggS\0', 'video/ogg', 'video/ogg'],
  ])('%j said to be %j is %s', (bytes, hint, type) => expect(contentTypeOf(hint, Buffer.from(bytes, 'latin1'))).toBe(type))
})

describe('storing', () => {
  test('into a session: the row, the bytes for the relay\'s eyes only, and the event in its channel', async () => {
    const mark = await rig.events.top(`session:${sessionId}`)
    const uploaded = await store(friend, { session_id: sessionId, filename: '설계 문서.md', content_type: 'text/markdown', content: pieces('하나', '', ' 둘') })
    expect(uploaded).toMatchObject({ filename: '설계 문서.md', content_type: 'text/markdown', size: 10 })
    expect(await rig.log(`session:${sessionId}`, mark)).toMatchObject([
      { type: 'file_uploaded', data: { file_id: uploaded.file_id, session_id: sessionId, filename: '설계 문서.md', size: 10, user_id: friend.userId, username: 'friend', created_at: rig.clock.now() } },
    ])
    const record = await rig.files.read(viewer, uploaded.file_id)
    expect(record.sha256).toBe(new Bun.CryptoHasher('sha256').update('하나 둘').digest('hex'))
    const path = (await rig.files.pathOf(uploaded.file_id))!
    expect(path).toBe(join(rig.filesFolder, record.blob))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(rig.filesFolder, 'incoming')).mode & 0o777).toBe(0o700)
    expect(await textOf(uploaded.file_id)).toBe('하나 둘')
    // By its ending Claude knows how to read it.
    expect(path).toEndWith('.md')
    expect(half()).toEqual([])
  })

  test('U1: without a session it is the uploader\'s alone and told to them alone', async () => {
    const mark = await rig.events.top(`user:${owner.userId}`)
    const { file_id } = await store(owner, { session_id: '' })
    expect(await rig.log(`user:${owner.userId}`, mark)).toMatchObject([{ type: 'file_uploaded', data: { file_id, session_id: null } }])
    const admin = await rig.person('admin', 'admin')
    for (const who of [friend, stranger, admin]) expect(await outcomeOf(rig.files.read(who, file_id))).toBe('NOT_FOUND')
    expect((await rig.files.read(owner, file_id)).filename).toBe('a.txt')
  })

  test('who may: collaborators into a session, nobody into what they do not see, global viewers nowhere', async () => {
    const guest = await rig.person('guest', 'viewer')
    const outcomes: Record<string, string> = {}
    for (const [name, who] of Object.entries({ owner, friend, viewer, stranger })) outcomes[name] = await outcomeOf(store(who, { session_id: sessionId }))
    expect(outcomes).toEqual({ owner: 'allowed', friend: 'allowed', viewer: 'FORBIDDEN', stranger: 'NOT_FOUND' })
    expect(await outcomeOf(store(guest))).toBe('FORBIDDEN')
  })

  test('nothing is left of what was too large, of another size, cut off, or refused at the end', async () => {
    const before = onDisk()
    const rows = async () => (await rig.storage.query('SELECT id FROM files')).length
    const count = await rows()
    const big = new Uint8Array(maxBytes)
    expect(await outcomeOf(store(owner, { content: pieces(big, 'x') }))).toBe('TOO_LARGE')
    expect(await outcomeOf(store(owner, { size: maxBytes + 1 }))).toBe('TOO_LARGE')
    expect(await outcomeOf(store(owner, { size: 4 }))).toBe('VALIDATION')
    const cut = (async function* () {
      yield Buffer.from('half')
      throw new Error('cut')
    })()
    expect(await store(owner, { content: cut }).catch((error: Error) => error.message)).toBe('cut')
    // Removed from the session while the upload was under way.
    const late = (async function* () {
      yield Buffer.from('first')
      await rig.ask(owner, (asked) => rig.sessions.removePerson(asked, sessionId, friend.userId))
      yield Buffer.from('last')
    })()
    expect(await outcomeOf(store(friend, { session_id: sessionId, content: late }))).toBe('NOT_FOUND')
    await rig.ask(owner, (asked) => rig.sessions.invite(asked, sessionId, friend.userId, 'collaborator'))
    expect([onDisk(), half(), await rows()]).toEqual([before, [], count])
    expect(await outcomeOf(store(owner, { content: pieces(big), size: maxBytes }))).toBe('allowed')
  })

  test('an empty file is a file; the same id stores once (I1)', async () => {
    const { file_id, size } = await store(owner, { content: pieces() })
    expect([size, await textOf(file_id)]).toEqual([0, ''])
    const before = onDisk().length
    const run = () => rig.ask(owner, (asked) => rig.uploads.take(asked, { filename: 'once', content_type: '', content: pieces('once') }), 'upload-1')
    const ids = await Promise.all([run(), run(), run()])
    expect(new Set(ids.map((each) => each.file_id)).size).toBe(1)
    expect(onDisk().length).toBe(before + 1)
  })

  test('a sender faster than the disk is held back: fifty megabytes pass through a small window', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const chunkBytes = 256 * 1024
    const chunks = 200
    let ahead = 0
    const written = () => {
      const [name] = readdirSync(join(own.filesFolder, 'incoming'))
      return name ? statSync(join(own.filesFolder, 'incoming', name)).size : 0
    }
    const content = (async function* () {
      for (let n = 0; n < chunks; n++) {
        ahead = Math.max(ahead, n * chunkBytes - written())
        yield new Uint8Array(chunkBytes).fill(n)
      }
    })()
    const { size } = await own.ask(user, (asked) => own.uploads.take(asked, { filename: 'big', content_type: '', content }))
    expect(size).toBe(chunks * chunkBytes)
    expect(ahead).toBeLessThanOrEqual(chunkBytes)
    await own.end()
  })
})

describe('listing', () => {
  test('a session\'s files for whoever may read it, one\'s own loose files otherwise, page by page', async () => {
    const id = await rig.begin(owner, { visibility: 'private' })
    const ids: string[] = []
    for (let n = 0; n < 7; n++) {
      if (n % 3 === 0) rig.clock.advance(1)
      ids.push((await store(owner, { session_id: id, filename: `${n}` })).file_id)
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof rig.files.list>> = await rig.files.list(owner, { sessionId: id, limit: 3, cursor })
      seen.push(...page.files.map(({ file_id }) => file_id))
      cursor = page.next
    } while (cursor)
    expect(seen.length).toBe(7)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(await outcomeOf(rig.files.list(stranger, { sessionId: id }))).toBe('NOT_FOUND')
    expect(await outcomeOf(rig.files.list(owner, { sessionId: id, cursor: '?' }))).toBe('VALIDATION')
    expect((await rig.files.list(stranger, {})).files).toEqual([])
    const { file_id } = await store(stranger)
    expect((await rig.files.list(stranger, {})).files.map((file) => file.file_id)).toEqual([file_id])
  })
})

describe('deleting', () => {
  test('by the session\'s owner or by whoever uploaded it, told to the session, bytes and all', async () => {
    const { file_id } = await store(friend, { session_id: sessionId })
    const theirs = await store(owner, { session_id: sessionId })
    const path = (await rig.files.pathOf(file_id))!
    expect(await outcomeOf(remove(viewer, file_id))).toBe('FORBIDDEN')
    expect(await outcomeOf(remove(friend, theirs.file_id))).toBe('FORBIDDEN')
    expect(await outcomeOf(remove(stranger, file_id))).toBe('NOT_FOUND')
    const mark = await rig.events.top(`session:${sessionId}`)
    await remove(friend, file_id)
    await remove(owner, theirs.file_id)
    expect((await rig.log(`session:${sessionId}`, mark)).map(({ type, data }) => [type, data['file_id'], data['user_id']])).toEqual([
      ['file_deleted', file_id, friend.userId],
      ['file_deleted', theirs.file_id, owner.userId],
    ])
    expect(await outcomeOf(rig.files.read(owner, file_id))).toBe('NOT_FOUND')
    expect(await outcomeOf(remove(friend, file_id))).toBe('NOT_FOUND')
    expect([await rig.files.pathOf(file_id), await rig.files.bytesOf(file_id)]).toEqual([null, null])
    expect(await Bun.file(path).exists()).toBe(false)
  })

  test('the files beside it lie for Claude where they lay', async () => {
    const into = await rig.begin(owner, { visibility: 'private' })
    const [first, second] = [(await store(owner, { session_id: into })).file_id, (await store(owner, { session_id: into })).file_id].sort() as [string, string]
    const before = await rig.files.handedTo(into)
    expect(before.map(({ id, path }) => [id, path])).toEqual([[first, 'a.txt'], [second, 'a (2).txt']])
    await remove(owner, first)
    expect(await rig.files.handedTo(into)).toEqual(before.slice(1))
  })

  test('U4 what Claude was told of lies where it lay, whatever comes later and however old that is', async () => {
    const into = await rig.begin(owner, { visibility: 'private' })
    const older = await store(owner, { filename: 'a.txt' })
    const [told, inPlace] = [await store(owner, { session_id: into, filename: 'a.txt' }), await store(owner, { session_id: into, filename: '자료' })]
    // Two prompts at once: both are told the same.
    const [before, again] = await Promise.all([rig.files.handedTo(into), rig.files.handedTo(into)])
    expect(again).toEqual(before)
    expect(Object.fromEntries(before.map(({ id, path }) => [id, path]))).toEqual({ [told.file_id]: 'a.txt', [inPlace.file_id]: '자료' })
    await rig.channels.publish(await rig.files.attaching(owner, into, [older.file_id]))
    const below = await Promise.all(['자료', '자료/6월'].map((folder) => store(owner, { session_id: into, folder, filename: 'b.txt' })))
    const after = Object.fromEntries((await rig.files.handedTo(into)).map(({ id, path }) => [id, path]))
    expect(after).toEqual({
      [told.file_id]: 'a.txt',
      [inPlace.file_id]: '자료',
      [older.file_id]: 'a (2).txt',
      [below[0]!.file_id]: '자료 (2)/b.txt',
      [below[1]!.file_id]: '자료 (2)/6월/b.txt',
    })
    // What comes into the same folder once more lies with the others.
    const last = await store(owner, { session_id: into, folder: '자료', filename: 'b.txt' })
    expect((await rig.files.handedTo(into)).find(({ id }) => id === last.file_id)?.path).toBe('자료 (2)/b (2).txt')
  })
})

describe('attaching to a prompt', () => {
  test('files of the session and one\'s own loose ones, which then belong to the session', async () => {
    const inside = await store(owner, { session_id: sessionId, filename: 'in.txt' })
    const loose = await store(friend, { filename: 'loose.txt' })
    const part = await rig.files.attaching(friend, sessionId, [loose.file_id, inside.file_id, loose.file_id])
    expect(part.attachments.map(({ filename }) => filename)).toEqual(['loose.txt', 'in.txt'])
    expect(await outcomeOf(rig.files.read(owner, loose.file_id))).toBe('NOT_FOUND')
    expect(await rig.channels.publish(part)).toMatchObject({ outcome: 'committed' })
    expect((await rig.files.read(owner, loose.file_id)).sessionId).toBe(sessionId)
    expect((await rig.log(`session:${sessionId}`)).at(-1)).toMatchObject({ type: 'file_uploaded', data: { file_id: loose.file_id, session_id: sessionId } })
    expect((await rig.files.ofSession(sessionId)).map(({ file_id }) => file_id)).toContain(loose.file_id)
    // A second prompt with the same loose file, prepared at the same time, is refused as a whole.
    expect(await rig.channels.publish(part)).toMatchObject({ outcome: 'refused' })
  })

  test('not what is somebody else\'s, elsewhere, deleted or unknown', async () => {
    const other = await rig.begin(owner, { visibility: 'private' })
    const elsewhere = await store(owner, { session_id: other })
    const loose = await store(owner)
    const gone = await store(friend)
    await remove(friend, gone.file_id)
    for (const id of [elsewhere.file_id, loose.file_id, gone.file_id, 'no-such']) expect(await outcomeOf(rig.files.attaching(friend, sessionId, [id]))).toBe('NOT_FOUND')
  })
})

test('after a crash: halves and bytes without a row go, what has a row or is just being written stays', async () => {
  const own = await sessionsRig()
  const user = await own.person('user')
  const { file_id } = await own.ask(user, (asked) => own.uploads.take(asked, { filename: 'kept', content_type: '', content: pieces('kept') }))
  writeFileSync(join(own.filesFolder, 'no-row'), 'x')
  writeFileSync(join(own.filesFolder, 'incoming', 'half'), 'x')
  mkdirSync(join(own.filesFolder, 'a folder'))
  const slow = (async function* () {
    yield Buffer.from('slow ')
    await Promise.all([own.files.sweep(), own.uploads.sweep()])
    yield Buffer.from('and steady')
  })()
  const under = await own.ask(user, (asked) => own.uploads.take(asked, { filename: 'slow', content_type: '', content: slow }))
  const received = await own.uploads.receive(user, null, pieces('waiting for its form to end'), 'x')
  await Promise.all([own.files.sweep(), own.uploads.sweep()])
  expect(Buffer.from((await own.files.bytesOf(file_id))!).toString()).toBe('kept')
  expect(Buffer.from((await own.files.bytesOf(under.file_id))!).toString()).toBe('slow and steady')
  expect([readdirSync(own.filesFolder).length, readdirSync(join(own.filesFolder, 'incoming'))]).toEqual([2 + 2, [received.blob]])
  await own.uploads.discard(received)
  expect(readdirSync(join(own.filesFolder, 'incoming'))).toEqual([])
  await own.end()
})
