// The line of uploads against a real tus server: what goes, in which order, and what people do to it.
import { afterEach, expect, test } from 'bun:test'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSlowWorker, createWorld, sha256Of, testFile } from './uploads-rig.ts'

const { start, open, end } = createWorld()
afterEach(end)
const KIB = 1024
const refusal = (code: string, more: object = {}) => ({ code, message: code, trace_id: 't', timestamp: 1, ...more })
const to = { sessionId: 's1', purpose: 'prompt' } as const

test('a file goes in pieces, as who is signed in, with its name, and with the hash of the whole on the last piece only, where that is known by then', async () => {
  const relay = start()
  const tab = await open(relay)
  const file = testFile('보고서 최종.bin', 5000 * KIB + 17, { type: 'application/x-thing' })
  const release = relay.hold()
  const [added] = tab.uploads.add([{ file, folder: '자료/그림' }], to)
  await eventually('its hash is known', async () => (await tab.kept()).some(({ digest }) => digest !== null))
  release()
  expect(added).toMatchObject({ state: 'sending', offset: 0, name: '보고서 최종.bin', folder: '자료/그림' })
  await tab.is(added!.id, 'done')
  const content = new Uint8Array(await file.arrayBuffer())
  expect(await relay.content(added!.fileId)).toEqual(content)
  expect(relay.count('POST')).toBe(1)
  const pieces = relay.asked.filter(({ method }) => method === 'PATCH')
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.map(({ headers }) => headers.get('repr-digest'))).toEqual([...pieces.slice(1).map(() => null), `sha-256=:${sha256Of(content)}:`])
  expect(relay.asked.every(({ headers }) => headers.get('authorization') === 'Bearer good')).toBe(true)
  const said = Object.fromEntries(relay.asked[0]!.headers.get('upload-metadata')!.split(',').map((each) => each.split(' ')).map(([name, value]) => [name, Buffer.from(value!, 'base64').toString()]))
  expect(said).toEqual({ file_id: added!.fileId, filename: '보고서 최종.bin', filetype: 'application/x-thing', session_id: 's1', folder: '자료/그림' })
  expect(tab.view(added!.id)).toMatchObject({ offset: file.size, trouble: null })
  expect(tab.problems).toEqual([])
})

test('no piece waits for the hash: the file is there, and compared when its hash is known', async () => {
  const relay = start()
  const worker = createSlowWorker()
  const tab = await open({ ...relay, digestWorker: worker.start })
  const [film, small] = tab.uploads.add([testFile('film.mp4', 3000 * KIB), testFile('small', 7)].map((file) => ({ file })), { sessionId: 's1', purpose: 'files' })
  await tab.is(film!.id, 'done')
  await tab.is(small!.id, 'done')
  expect(relay.asked.map(({ headers }) => headers.get('repr-digest'))).toEqual(relay.asked.map(() => null))
  // Until then it is remembered, and shown no longer than people need it.
  tab.uploads.forget([film!.id])
  expect(tab.uploads.list().map(({ id }) => id)).toEqual([small!.id])
  await eventually('both are kept', async () => (await tab.kept()).filter(({ state }) => state === 'done').length === 2)
  worker.release()
  await eventually('nothing is kept any more', async () => (await tab.kept()).length === 0 && (await tab.contents()) === 0)
  expect(tab.uploads.list().map(({ id }) => id)).toEqual([small!.id])
  expect([relay.count('DELETE'), relay.removed, tab.problems]).toEqual([0, [], []])
})

test('what the relay has read is not what was sent: it is deleted there, told, and sent once more; a second time it fails', async () => {
  const relay = start()
  const worker = createSlowWorker()
  const tab = await open({ ...relay, digestWorker: worker.start })
  let lies = 2
  relay.say((digest) => (lies-- > 0 ? sha256Of(new Uint8Array(1)) : digest))
  const told = new Set<string | null>()
  tab.uploads.onChange(() => tab.uploads.list().forEach(({ anew }) => told.add(anew)))
  // One stands at the next prompt, one went with a prompt: it is too late for that.
  const [waits, went] = tab.uploads.add([testFile('waits', 70), testFile('went', 80)].map((file) => ({ file })), to)
  await tab.is(waits!.id, 'done')
  await tab.is(went!.id, 'done')
  tab.uploads.forget([went!.id])
  relay.fail(({ method }) => (method === 'DELETE' ? Response.json(refusal('CONFLICT', { details: { reason: 'done' } }), { status: 409 }) : null))
  worker.release()
  await eventually('both are deleted', () => relay.removed.length === 2)
  expect(new Set(relay.removed)).toEqual(new Set([waits!.fileId, went!.fileId]))
  await tab.is(waits!.id, 'done')
  await tab.is(went!.id, 'done')
  expect(told).toEqual(new Set([null, 'differs']))
  expect([waits, went].map((each) => tab.view(each!.id)!.purpose)).toEqual(['prompt', 'files'])
  for (const { id, fileId, size } of [waits!, went!]) {
    const now = tab.view(id)!.fileId
    expect(now).not.toBe(fileId)
    expect((await relay.content(now)).length).toBe(size)
  }
  relay.say(() => sha256Of(new Uint8Array(2)))
  const [never] = tab.uploads.add([{ file: testFile('never', 90) }], to)
  await tab.is(never!.id, 'failed')
  expect(tab.view(never!.id)!.trouble).toEqual({ code: 'CONFLICT', details: { reason: 'digest' } })
  await eventually('neither is left', () => relay.removed.length === 4)
  relay.say((digest) => digest)
  tab.uploads.retry([never!.id])
  await tab.is(never!.id, 'done')
  await eventually('what is still to be deleted is nothing', async () => (await tab.kept()).every(({ wrong, unchecked }) => wrong === null && unchecked === null))
})

test('three at once, in their order; of a folder of many only those three are begun; an empty file is done when it is made', async () => {
  const relay = start()
  const tab = await open(relay)
  const release = relay.hold()
  const picked = Array.from({ length: 40 }, (_, index) => ({ file: testFile(`${index}.txt`, index === 7 ? 0 : 10 + index), folder: 'many' }))
  const added = tab.uploads.add(picked, { sessionId: 's1', purpose: 'files' })
  await eventually('three are at their first piece', () => relay.pieces() === 3)
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

test('a pause keeps what the relay has and frees the place; what goes on goes first; a cancelled one is deleted there', async () => {
  const relay = start()
  const tab = await open(relay)
  let release = relay.hold()
  const added = tab.uploads.add(['a', 'b', 'c', 'd', 'e'].map((name) => ({ file: testFile(name, 3000 * KIB) })), to)
  const [a, b, , d, e] = added.map(({ id }) => id)
  await eventually('three are at their first piece', () => relay.pieces() === 3)
  tab.uploads.pause([a!])
  tab.uploads.cancel([b!])
  expect([tab.view(a!)?.state, tab.view(b!), tab.view(d!)?.state, tab.view(e!)?.state]).toEqual(['paused', undefined, 'sending', 'sending'])
  tab.uploads.pause([e!])
  tab.uploads.pause([d!])
  tab.uploads.resume([a!])
  expect([tab.view(a!)?.state, tab.view(d!)?.state]).toEqual(['sending', 'paused'])
  release()
  await tab.is(a!, 'done')
  expect(tab.states()).not.toContain('failed')
  tab.uploads.resume([d!])
  tab.uploads.resume([e!])
  release = relay.hold()
  release()
  await eventually('all that are left are done', () => tab.states().every((state) => state === 'done'))
  await eventually('the cancelled one is deleted', () => relay.count('DELETE', b) === 1)
  expect(await relay.exists(b!)).toBe(false)
  // Of one that is done the file goes.
  tab.uploads.cancel([d!])
  expect(tab.view(d!)).toBeUndefined()
  relay.fail(({ method }) => (method === 'DELETE' ? Response.json({}, { status: 404 }) : null))
  await eventually('its file is deleted', () => relay.removed.includes(d!))
})

test('lost answers: no second upload, and nothing goes twice beyond one piece; the bar does not go back', async () => {
  const relay = start()
  let lose: (method: string) => boolean = () => false
  const tab = await open({
    ...relay,
    async fetch(url, init) {
      const answer = await fetch(url, init)
      if (lose(init.method!)) throw new TypeError('Failed to fetch')
      return answer
    },
  })
  const offsets: number[] = []
  tab.uploads.onChange(() => offsets.push(tab.uploads.list()[0]!.offset))
  const losing = new Set(['POST', 'PATCH'])
  lose = (method) => losing.delete(method)
  const file = testFile('film.mp4', 5000 * KIB)
  const [added] = tab.uploads.add([{ file }], to)
  await tab.is(added!.id, 'done')
  expect(losing.size).toBe(0)
  expect(relay.count('POST')).toBe(1)
  expect(relay.bytes()).toBe(file.size)
  expect(offsets).toEqual([...offsets].sort((x, y) => x - y))
  expect(await relay.content(added!.fileId)).toEqual(new Uint8Array(await file.arrayBuffer()))
})

test('without a link it waits and goes on by itself; what the relay asks for is waited for; both say so', async () => {
  const relay = start()
  let isCut = false
  const tab = await open({
    ...relay,
    // Nobody comes by a timer: only the network's return does it.
    clock: createFastClock(1),
    fetch: async (url, init) => (isCut ? Promise.reject(new TypeError('Failed to fetch')) : fetch(url, init)),
  })
  const release = relay.hold()
  const [added] = tab.uploads.add([{ file: testFile('a', 4000 * KIB) }], to)
  await eventually('a piece is under way', () => relay.pieces() === 1)
  isCut = true
  tab.fire('offline')
  await tab.is(added!.id, 'waiting')
  expect(tab.view(added!.id)!.trouble?.code).toBe('UNREACHABLE')
  isCut = false
  release()
  relay.fail(({ method }) => (method === 'PATCH' ? Response.json(refusal('BUSY', { retry_after_ms: 1_000 }), { status: 503 }) : null))
  tab.fire('online')
  await eventually('the relay is busy', () => tab.view(added!.id)?.trouble?.code === 'BUSY')
  expect(tab.view(added!.id)!.state).toBe('waiting')
  relay.fail(null)
  await tab.is(added!.id, 'done')
  // A socket that comes back says that the way is there again, and that nobody answers what was asked on the old one.
  const again = relay.hold()
  const [next] = tab.uploads.add([{ file: testFile('b', 10) }], to)
  await eventually('its piece is under way', () => relay.pieces(next!.id) === 1)
  tab.setLink({ kind: 'reconnecting', attempt: 1, inMs: 100 })
  again()
  tab.setLink({ kind: 'live', latencyMs: 3 })
  await tab.is(next!.id, 'done')
})

test('what was added without a link, and tried often, is begun as soon as the link is there', async () => {
  const relay = start()
  let tries = 0
  let isCut = true
  // No timer rings: what would wait for one waits for ever.
  const tab = await open({ ...relay, clock: createFastClock(0.001), fetch: async (url, init) => (isCut ? (tries++, Promise.reject(new TypeError('Failed to fetch'))) : fetch(url, init)) })
  const [added] = tab.uploads.add([{ file: testFile('a', 10) }], to)
  for (let nth = 1; nth <= 6; nth++) {
    await eventually(`try ${nth}`, () => tries >= nth && tab.view(added!.id)?.state === 'waiting')
    if (nth < 6) tab.fire('online')
  }
  isCut = false
  tab.fire('online')
  await tab.is(added!.id, 'done')
})

test('a link that comes back while a piece is under way is gone on with at once, whatever there was to wait for', async () => {
  const relay = start()
  // No timer rings: what would wait for one waits for ever.
  const tab = await open({ ...relay, clock: createFastClock(0.001) })
  const release = relay.hold()
  const [added] = tab.uploads.add([{ file: testFile('a', 4000 * KIB) }], to)
  await eventually('a piece is under way', () => relay.pieces() === 1)
  tab.setLink({ kind: 'offline', waiting: 0 })
  tab.setLink({ kind: 'live', latencyMs: 1 })
  await eventually('it is asked for again', () => relay.count('HEAD') + relay.count('POST') > 1)
  release()
  await tab.is(added!.id, 'done')
})

test('what the relay refuses: a reason that people see, tried again when they ask; one that it has forgotten is begun anew', async () => {
  const relay = start()
  const tab = await open(relay)
  relay.fail(({ method }) => (method === 'POST' ? Response.json(refusal('TOO_LARGE', { details: { reason: 'user', limit: 5 } }), { status: 413 }) : null))
  const [large] = tab.uploads.add([{ file: testFile('large', 9) }], to)
  await tab.is(large!.id, 'failed')
  expect(tab.view(large!.id)!.trouble).toEqual({ code: 'TOO_LARGE', details: { reason: 'user', limit: 5 } })
  relay.fail(null)
  tab.uploads.retry([large!.id])
  await tab.is(large!.id, 'done')

  // Expired in the middle: from the first byte, under the same id.
  let forgotten = 0
  relay.fail(({ method, headers }) => (method === 'PATCH' && Number(headers.get('upload-offset')) > 0 && forgotten++ === 0 ? Response.json(refusal('NOT_FOUND'), { status: 404 }) : null))
  const [expired] = tab.uploads.add([{ file: testFile('expired', 3000 * KIB) }], to)
  await eventually('it says why it begins anew', () => tab.view(expired!.id)?.anew === 'lost')
  await tab.is(expired!.id, 'done')
  expect(tab.view(expired!.id)!.anew).toBeNull()
  expect([relay.count('POST', undefined), tab.view(expired!.id)!.fileId]).toEqual([4, expired!.fileId])

  // The session is gone, or the right to it.
  relay.fail(({ method }) => (method === 'HEAD' || method === 'POST' ? Response.json(refusal('NOT_FOUND'), { status: 404 }) : null))
  const [homeless] = tab.uploads.add([{ file: testFile('homeless', 9) }], to)
  await tab.is(homeless!.id, 'failed')
  expect(tab.view(homeless!.id)!.trouble?.code).toBe('NOT_FOUND')

  // Other bytes have come than were here, twice: the relay has thrown them away, and each try is another upload.
  relay.fail(({ bytes }) => (bytes > 0 ? Response.json(refusal('CONFLICT', { details: { reason: 'digest' } }), { status: 409 }) : null))
  const [spoilt] = tab.uploads.add([{ file: testFile('spoilt', 9) }], to)
  await tab.is(spoilt!.id, 'failed')
  expect(new Set(relay.asked.filter(({ headers }) => headers.get('upload-metadata')?.includes(btoa('spoilt'))).map(({ id }) => id)).size).toBe(2)
  expect(tab.view(spoilt!.id)!.trouble).toEqual({ code: 'CONFLICT', details: { reason: 'digest' } })
  relay.fail(null)
  tab.uploads.retry([spoilt!.id])
  await tab.is(spoilt!.id, 'done')
  expect(tab.view(spoilt!.id)!.fileId).not.toBe(spoilt!.fileId)
  expect(await relay.exists(tab.view(spoilt!.id)!.fileId)).toBe(true)
})

test('a proxy on the way that takes only small pieces gets small ones; one that takes next to nothing is told apart from a file that is too large', async () => {
  const relay = start()
  const tab = await open(relay)
  let most = 300 * KIB
  let refused = 0
  relay.fail(({ bytes }) => (bytes > most ? (refused++, new Response('<html>413 Request Entity Too Large</html>', { status: 413, headers: { 'content-type': 'text/html' } })) : null))
  const [film] = tab.uploads.add([{ file: testFile('film.mp4', 3000 * KIB) }], to)
  await tab.is(film!.id, 'done')
  expect((await relay.content(film!.fileId)).length).toBe(film!.size)
  // What was refused is not tried again, however fast the rest goes.
  expect(refused).toBeLessThan(4)
  most = 10 * KIB
  const [note] = tab.uploads.add([{ file: testFile('note.txt', 40 * KIB) }], to)
  await tab.is(note!.id, 'failed')
  expect(tab.view(note!.id)!.trouble).toEqual({ code: 'TOO_LARGE', details: undefined })
})

test('a relay that has heard too much in a moment is asked again as often as it takes, and nobody is told', async () => {
  const relay = start()
  const tab = await open(relay)
  const seen = new Set<string>()
  tab.uploads.onChange(() => tab.states().forEach((state) => seen.add(state)))
  let refused = 0
  // Every other one, and each upload several times in a row.
  relay.fail(({ method, bytes }) => (method === 'POST' && bytes > 0 && refused++ % 5 < 4 ? Response.json(refusal('RATE_LIMITED', { retry_after_ms: 30, details: { reason: 'parallel', limit: 10 } }), { status: 429 }) : null))
  tab.uploads.add(Array.from({ length: 8 }, (_, index) => ({ file: testFile(`${index}`, 50) })), { sessionId: 's1', purpose: 'files' })
  await eventually('all are done', () => tab.states().every((state) => state === 'done'))
  expect([...seen].filter((state) => state === 'waiting' || state === 'failed')).toEqual([])
  // What was refused is not there: nobody asks how far it is.
  expect(relay.count('HEAD')).toBe(0)
})

test('a relay that begins no more of this person: what is begun goes on in the places of those that wait, and they go when it does', async () => {
  const relay = start()
  const tab = await open(relay)
  relay.fail(({ method, headers }) => (method === 'PATCH' && headers.get('upload-offset') !== '0' ? Response.json(refusal('BUSY', { retry_after_ms: 60_000 }), { status: 503 }) : null))
  const file = (name: string) => ({ file: testFile(name, 3000 * KIB) })
  const [half] = tab.uploads.add([file('half sent')], to)
  await eventually('it is half there', () => tab.view(half!.id)!.offset > 0 && tab.view(half!.id)!.state === 'waiting')
  tab.uploads.pause([half!.id])
  const limit = { reason: 'open', limit: 20 }
  let isFull = true
  relay.fail(({ method }) => (isFull && method === 'POST' ? Response.json(refusal('RATE_LIMITED', { retry_after_ms: 10_000, details: limit }), { status: 429 }) : null))
  const added = tab.uploads.add(['a', 'b', 'c', 'd'].map(file), to).map(({ id }) => id)
  const [a, b, c, d] = added as [string, string, string, string]
  const troubles = () => [a, b, c].map((id) => [tab.view(id)!.state, tab.view(id)!.trouble])
  await eventually('three have heard of it', () => troubles().every(([state]) => state === 'waiting'))
  expect(troubles()).toEqual([a, b, c].map(() => ['waiting', { code: 'RATE_LIMITED', details: limit }]))
  tab.uploads.resume([half!.id])
  expect(tab.view(half!.id)!.state).toBe('sending')
  await tab.is(half!.id, 'done')
  // One that waits can be held as well. The others still say why, and the fourth has not asked.
  tab.uploads.pause([c])
  tab.uploads.resume([c])
  await eventually('they have asked again', () => relay.count('POST', a) > 1)
  expect([a, b].map((id) => tab.view(id)!.trouble?.code)).toEqual(['RATE_LIMITED', 'RATE_LIMITED'])
  expect([tab.view(c)!.state, tab.view(d)!.state, relay.count('POST', d)]).toEqual(['queued', 'queued', 0])
  isFull = false
  for (const id of added) await tab.is(id, 'done')
})

test('its disk has no room for a large one: a small one goes, and the large one when there is room', async () => {
  const relay = start()
  const tab = await open(relay)
  let roomBytes = 1000 * KIB
  relay.fail(({ method, headers }) => (method === 'POST' && Number(headers.get('upload-length')) > roomBytes ? Response.json(refusal('BUSY', { retry_after_ms: 30_000, details: { reason: 'disk' } }), { status: 503 }) : null))
  const sizes = [3000, 2900, 2950, 4000, 900]
  const ids = tab.uploads.add(sizes.map((size) => ({ file: testFile(`${size}`, size * KIB) })), to).map(({ id }) => id)
  await tab.is(ids[4]!, 'done')
  expect(tab.states()).toEqual(['waiting', 'waiting', 'waiting', 'queued', 'done'])
  roomBytes = Infinity
  for (const id of ids) await tab.is(id, 'done')
})

test('its store of files is away: what is whole says so and holds no place, nothing of it is sent twice, and it is done when the relay has put it away', async () => {
  const relay = start()
  let isAway = true
  const away = () => Response.json(refusal('BUSY', { retry_after_ms: 10_000, details: { reason: 'files_store' } }), { status: 503 })
  const tab = await open({
    ...relay,
    async fetch(url, init) {
      const answer = await fetch(url, init)
      const digest = answer.headers.get('repr-digest')
      if (!isAway || digest === null) return answer
      // As the relay does: the last piece is on its disk, and HEAD says so; what it has read it says of files.
      const headers = new Headers(answer.headers)
      headers.delete('repr-digest')
      headers.set('upload-expires', new Date().toUTCString())
      return init.method === 'HEAD' ? new Response(null, { status: 200, headers }) : away()
    },
  })
  const size = 1300 * KIB
  const ids = tab.uploads.add(['a', 'b', 'c', 'd', 'e'].map((name) => ({ file: testFile(name, size) })), to).map(({ id }) => id)
  const whole = () => ids.filter((id) => tab.view(id)!.state === 'waiting' && tab.view(id)!.offset === size && tab.view(id)!.trouble?.code === 'BUSY')
  await eventually('all of them are whole, and wait', () => whole().length === ids.length)
  await eventually('each has asked again', () => ids.every((id) => relay.count('HEAD', id) > 2))
  expect(relay.bytes()).toBe(size * ids.length)
  expect(tab.view(ids[0]!)!.trouble!.details).toEqual({ reason: 'files_store' })
  isAway = false
  for (const id of ids) await tab.is(id, 'done')
  expect(relay.bytes()).toBe(size * ids.length)
})

test('what is on its way for the session alone goes with the prompt when it is attached; of what has arrived, or was cancelled, nothing changes', async () => {
  const relay = start()
  const tab = await open(relay)
  const [there] = tab.uploads.add([{ file: testFile('there', 5) }], { sessionId: 's1', purpose: 'files' })
  await tab.is(there!.id, 'done')
  const release = relay.hold()
  const [going] = tab.uploads.add([{ file: testFile('going', 900 * KIB) }], { sessionId: 's1', purpose: 'files' })
  tab.uploads.attach([there!.id, going!.id])
  expect([there, going].map((each) => tab.view(each!.id)?.purpose)).toEqual(['files', 'prompt'])
  release()
  await tab.is(going!.id, 'done')
  expect([tab.view(going!.id)!.purpose, relay.count('POST', going!.id)]).toEqual(['prompt', 1])
})
