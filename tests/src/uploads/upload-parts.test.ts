// The pure parts of uploads: what can happen to one, how much goes at once, how fast it seems, what comes after a trouble.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { trouble, type Trouble } from '../../../src/connection/outcome.ts'
import { afterTrouble } from '../../../src/uploads/after-trouble.ts'
import { chunkAfterAnswer, chunkAfterCut, FIRST_CHUNK_BYTES } from '../../../src/uploads/chunk-size.ts'
import { atOnceBytes, hashFile } from '../../../src/uploads/hash-file.ts'
import { createFolderPaces } from '../../../src/uploads/folder-paces.ts'
import { bytesPerSecond, NO_SPEED, secondsLeft, withOffset, withTimeLeft, type Speed } from '../../../src/uploads/speed.ts'
import { nextInLine } from '../../../src/uploads/next-in-line.ts'
import { afterEvent, isActive, type Upload, type UploadEvent } from '../../../src/uploads/upload.ts'

const MIB = 1024 * 1024
const fresh: Upload = { id: 'a', fileId: 'a', userId: 'u', tab: 't', sessionId: null, name: 'a', folder: '', size: 100, type: '', lastModified: 1, purpose: 'files', addedAt: 1, place: 0, rank: 1, state: 'queued', offset: 0, isKnown: false, digest: null, unchecked: null, isLetGo: false, wrong: null, anew: null, trouble: null, canAsk: false }
const busy = trouble('BUSY', 'busy')

const anyEvent: fc.Arbitrary<UploadEvent> = fc.oneof(
  ...(['started', 'due', 'asked', 'compared', 'let-go', 'wrong-deleted', 'paused', 'attached', 'cancelled'] as const).map((type) => fc.constant({ type })),
  ...(['resumed', 'retried', 'file-provided'] as const).map((type) => fc.integer({ min: -9, max: 0 }).map((rank) => ({ type, rank }))),
  ...(['cut', 'refused', 'set-aside'] as const).map((type) => fc.constant({ type, trouble: busy })),
  fc.nat(100).map((offset) => ({ type: 'accepted' as const, offset })),
  fc.boolean().map((canAsk) => ({ type: 'file-lost' as const, canAsk })),
  ...(['begun-anew', 'differed'] as const).map((type) => fc.constantFrom('b', 'c').map((fileId) => ({ type, fileId }))),
  fc.constantFrom('hash', 'other', null).map((digest) => ({ type: 'finished' as const, digest })),
  fc.constantFrom('t', 'other').map((tab) => ({ type: 'taken' as const, tab })),
  fc.constantFrom('hash', null).map((digest) => ({ type: 'hashed' as const, digest })),
)

test('whatever happens in whatever order: what is done is done unless it is cancelled, what is cancelled stays so, and only what waits or failed has a trouble', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      let upload = fresh
      for (const event of events) {
        const before = upload
        upload = afterEvent(before, event)
        if (before.state === 'done') expect(upload.state).toBeOneOf(event.type === 'differed' && before.unchecked !== null ? ['queued', 'failed'] : ['done', 'cancelled'])
        // Only what is there is compared, and one that nobody has to see is that alone.
        if (upload.unchecked !== null || upload.isLetGo) expect(['done', 'cancelled']).toContain(upload.state)
        // A wrong file is known until it is deleted.
        if (before.wrong !== null && upload.wrong !== before.wrong) expect(['wrong-deleted', 'differed']).toContain(event.type)
        if (before.state === 'cancelled') expect(upload.state).toBe('cancelled')
        if (upload.trouble !== null) expect(['waiting', 'failed']).toContain(upload.state)
        if (upload.aside) expect([upload.state, upload.trouble]).toEqual(['waiting', busy])
        if (upload.state === 'done') expect(upload.offset).toBe(upload.size)
        // Nobody but the relay moves the offset, and the id of a line never changes.
        if (upload.offset !== before.offset) expect(['accepted', 'finished', 'begun-anew', 'differed']).toContain(event.type)
        expect(upload.id).toBe('a')
        // A place is given in one way only.
        if (isActive(upload) && !isActive(before)) expect(event.type).toBe('started')
      }
    }),
  )
})

test('no more than three have a place, the first in line get it, and waiting for the link keeps it', () => {
  const anyUpload = fc.record({ state: fc.constantFrom<Upload['state']>('queued', 'sending', 'waiting', 'paused', 'done', 'failed'), rank: fc.integer() }).map((part) => ({ ...fresh, ...part }))
  fc.assert(
    fc.property(fc.array(anyUpload), (uploads) => {
      const next = nextInLine(uploads, 3)
      const queued = uploads.filter(({ state }) => state === 'queued')
      expect(next.length).toBe(Math.min(queued.length, Math.max(0, 3 - uploads.filter(isActive).length)))
      const last = next.at(-1)?.rank ?? -Infinity
      expect(queued.filter(({ rank }) => rank < last).length).toBeLessThan(Math.max(1, next.length))
    }),
  )
})

test('what waits for a reason of the relay’s own has no place, and holds back what would meet the same', () => {
  const waits = (reason: string, more: Partial<Upload>): Upload => ({ ...fresh, id: reason, state: 'waiting', aside: 'rests', trouble: { ...busy, details: { reason } }, ...more })
  const queued = (id: string, more: Partial<Upload> = {}): Upload => ({ ...fresh, id, rank: 5, ...more })
  const next = (...uploads: Upload[]) => nextInLine(uploads, 3).map(({ id }) => id)
  // So many are open: only what is open already may go on.
  const open = waits('open', { rank: 1 })
  expect(next(open, queued('new'), queued('begun', { isKnown: true }))).toEqual(['begun'])
  // While it asks again, as well; and when it is due it gets a place like the others.
  expect(next({ ...open, aside: null }, queued('new'))).toEqual([])
  expect(next({ ...open, aside: 'due' }, queued('begun', { isKnown: true }), queued('new'))).toEqual(['open', 'begun'])
  // What is smaller than what is left of the one without room may have some.
  const disk = waits('disk', { size: 1000, offset: 400, isKnown: true })
  expect(next(disk, queued('large', { size: 600 }), queued('small', { size: 599 }))).toEqual(['small'])
  // The store is away: what lies on the relay's disk holds nobody back, what was to go there at once holds what is no larger.
  const store = waits('files_store', { size: 300 })
  expect(next({ ...store, isKnown: true, offset: 300 }, queued('small', { size: 3 }))).toEqual(['small'])
  expect(next(store, queued('small', { size: 300 }), queued('large', { size: 301 }))).toEqual(['large'])
  // A link that is cut says nothing of the others, and keeps its place.
  const cut = { ...fresh, state: 'waiting', trouble: trouble('UNREACHABLE', '') } as const
  expect(next(cut, cut, queued('new'), queued('newer', { rank: 6 }))).toEqual(['new'])
})

test('a piece comes to take between one and two seconds on a steady link of any speed, and stays within its bounds', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), (perSecond) => {
      let bytes = FIRST_CHUNK_BYTES
      for (let piece = 0; piece < 12; piece += 1) bytes = chunkAfterAnswer(bytes, bytes, (bytes / perSecond) * 1000)
      const seconds = bytes / perSecond
      if (bytes > 64 * 1024 && bytes < 64 * MIB) expect(seconds).toBeWithin(0.7, 2)
      if (bytes === 64 * 1024) expect(seconds).toBeGreaterThan(0.7)
      if (bytes === 64 * MIB) expect(seconds).toBeLessThan(2)
      expect(bytes).toBeWithin(64 * 1024, 64 * MIB + 1)
    }),
  )
  expect([chunkAfterCut(MIB), chunkAfterCut(64 * 1024), chunkAfterAnswer(MIB, 1000, 1)]).toEqual([MIB / 2, 64 * 1024, MIB])
})

/** What is shown while `offsets` arrive at their times, looked at every half second. */
function watch(size: number, offsets: readonly { atMs: number; offset: number }[], untilMs: number) {
  let speed: Speed = NO_SPEED
  const shown: { atMs: number; rate: number | null; left: number | null }[] = []
  let next = 0
  for (let atMs = 0; atMs <= untilMs; atMs += 500) {
    for (; next < offsets.length && offsets[next]!.atMs <= atMs; next += 1) speed = withOffset(speed, offsets[next]!.offset, offsets[next]!.atMs)
    speed = withTimeLeft(speed, size, atMs)
    shown.push({ atMs, rate: bytesPerSecond(speed, atMs), left: secondsLeft(speed) })
  }
  return shown
}

test('speed is a mean over three seconds and says nothing before; the time left runs down without jumping, though pieces come unevenly', () => {
  // 1 MB a second, in pieces that take between 0.9 and 2.1 seconds.
  const waits = [900, 2_100, 1_400, 1_700, 1_000, 2_000, 1_300, 1_900]
  const offsets = [{ atMs: 0, offset: 0 }]
  for (let piece = 0; piece < 32; piece += 1) offsets.push({ atMs: offsets.at(-1)!.atMs + waits[piece % waits.length]!, offset: offsets.at(-1)!.offset + 1_500_000 })
  const shown = watch(60_000_000, offsets, 40_000)
  expect(shown.filter(({ atMs }) => atMs < 3_000).map(({ rate, left }) => [rate, left])).toEqual(shown.filter(({ atMs }) => atMs < 3_000).map(() => [null, null]))
  const known = shown.filter(({ atMs }) => atMs >= 5_000)
  for (const { rate } of known) expect(rate).toBeWithin(600_000, 1_500_000)
  known.slice(1).forEach(({ left }, index) => expect(Math.abs(left! - known[index]!.left!)).toBeLessThanOrEqual(4))
})

test('a link that falls asleep is seen to be slow; one that becomes ten times faster is believed within some seconds', () => {
  const steady = Array.from({ length: 11 }, (_, index) => ({ atMs: index * 1000, offset: index * 1_000_000 }))
  const asleep = watch(100_000_000, steady, 60_000)
  expect(asleep.at(-1)!.rate).toBeLessThan(100_000)
  expect(asleep.at(-1)!.left).toBeGreaterThan(600)
  const faster = [...steady, ...Array.from({ length: 8 }, (_, index) => ({ atMs: 11_000 + index * 1000, offset: 20_000_000 + index * 10_000_000 }))]
  const left = watch(200_000_000, faster, 18_000).at(-1)!.left!
  expect(left).toBeWithin(8, 20)
})

test('of a folder of small files it is known how fast they come together, for as long as they do', () => {
  const paces = createFolderPaces()
  // A file of 2 MB each fifth of a second, looked at every half second.
  const looks: (number | null)[] = []
  for (let atMs = 0; atMs <= 6_000; atMs += 100) {
    if (atMs % 200 === 0) paces.came('photos', 2_000_000, atMs)
    if (atMs % 500 === 0) {
      const before = paces.of('photos')
      const changed = paces.look(atMs)
      expect(changed.has('photos')).toBe(paces.of('photos') !== before)
      looks.push(paces.of('photos'))
    }
  }
  expect(looks.slice(0, 6)).toEqual(Array(6).fill(null))
  for (const rate of looks.slice(6)) expect(rate).toBeWithin(9_500_000, 10_500_000)
  expect([paces.of('other'), paces.of(null)]).toEqual([null, null])
  paces.look(14_000)
  expect(paces.of('photos')).toBeLessThan(4_000_000)
  expect(paces.look(22_000).has('photos')).toBe(true)
  expect([paces.of('photos'), paces.isEmpty()]).toEqual([null, true])
  paces.came('photos', 1, 23_000)
  paces.broken('photos')
  expect(paces.isEmpty()).toBe(true)
})

test('what comes after a trouble: at once, later, from the beginning, or a reason', () => {
  const course = { isBegin: false, isWhole: false, refusals: 0 }
  const next = (code: Trouble['code'], more: Partial<Trouble> = {}, other: Partial<typeof course> = {}) => afterTrouble({ ...trouble(code, ''), ...more }, { ...course, ...other })
  expect(['UNREACHABLE', 'TIMEOUT', 'BUSY', 'DRAINING', 'INTERNAL_ERROR', 'RATE_LIMITED', 'UNAUTHORIZED'].map((code) => next(code as Trouble['code']))).toEqual(Array(7).fill('later'))
  expect(['FORBIDDEN', 'VALIDATION', 'GONE', 'UNSUPPORTED_TYPE'].map((code) => next(code as Trouble['code']))).toEqual(Array(4).fill('failed'))
  expect([next('TOO_LARGE', { details: { reason: 'file' } }), next('TOO_LARGE')]).toEqual(['failed', 'smaller'])
  expect([next('NOT_FOUND'), next('NOT_FOUND', {}, { refusals: 3 }), next('NOT_FOUND', {}, { isBegin: true })]).toEqual(['begin-anew', 'later', 'failed'])
  expect([next('CONFLICT', { details: { reason: 'offset' } }), next('CONFLICT', {}, { refusals: 3 }), next('CONFLICT', { details: { reason: 'digest' } })]).toEqual(['ask-again', 'later', 'differed'])
  expect([next('ID_REUSED', {}, { isBegin: true }), next('ID_REUSED', {}, { isBegin: true, refusals: 3 }), next('TOO_LARGE', { retryAfterMs: 5 })]).toEqual(['other-id', 'failed', 'later'])
  const own = (reason: string, other = {}) => next('BUSY', { details: { reason } }, other)
  expect([own('disk'), own('parallel'), next('RATE_LIMITED', { details: { reason: 'open' } }, { isBegin: true })]).toEqual(['aside', 'later', 'aside'])
  expect([own('files_store'), own('files_store', { isWhole: true }), own('files_store', { refusals: 3 }), own('files_store', { isBegin: true })]).toEqual(['ask-again', 'aside', 'aside', 'aside'])
})

test('the hash of a file is SHA-256, by the browser and without it, over the edges of its pieces; one that nobody wants ends', async () => {
  for (const bytes of [0, 1, 64, MIB - 1, MIB, MIB + 1, 2 * MIB + 77]) {
    const file = new Blob([new Uint8Array(bytes).map((_, at) => (at * 7) & 0xff)])
    const expected = new Bun.CryptoHasher('sha256').update(await file.bytes()).digest('hex')
    for (const subtle of [crypto.subtle, null]) expect(Buffer.from((await hashFile(file, { subtle, atOnce: 64 * MIB }, () => true))!).toString('hex')).toBe(expected)
  }
  // Only what fits is given to the browser as a whole.
  const given: number[] = []
  const subtle = { digest: async (_: AlgorithmIdentifier, data: BufferSource) => (given.push(data.byteLength), crypto.subtle.digest('SHA-256', data)) }
  for (const bytes of [20, 21]) await hashFile(new Blob([new Uint8Array(bytes)]), { subtle, atOnce: 20 }, () => true)
  expect([given, atOnceBytes(undefined), atOnceBytes(4), atOnceBytes(8)]).toEqual([[20], 64 * MIB, 64 * MIB, 256 * MIB])
  let pieces = 0
  expect(await hashFile(new Blob([new Uint8Array(5 * MIB)]), { subtle: null, atOnce: 64 * MIB }, () => (pieces += 1) < 2)).toBeNull()
  expect(pieces).toBe(2)
})
