// What outlives a page: reload, crash, the closing of one tab beside another, signing out, and a file that has to be chosen again.
import { afterEach, expect, spyOn, test } from 'bun:test'
import { createFileSources } from '../../../src/uploads/file-sources.ts'
import { createKeptFiles, type FileHandle, type FolderHandle, type KeptFiles } from '../../../src/uploads/kept-files.ts'
import type { Upload } from '../../../src/uploads/upload.ts'
import type { UploadView } from '../../../src/uploads/uploads.ts'
import { eventually } from '../../support/eventually.ts'
import { createFakeClock, createFastClock, settle } from '../connection/fake-clock.ts'
import { createSlowWorker, createTestBrowser, createWorld, sha256Of, testFile } from './uploads-rig.ts'

const { start, open, end } = createWorld()
afterEach(end)
const KIB = 1024
const to = { sessionId: 's1', purpose: 'prompt' } as const
const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer())
/** Of sources that only read. */
const readOnly = { clock: createFastClock(10), newId: () => 'new', isWanted: () => true }

test('after a crash in the middle it goes on where the relay is; paused stays paused, done stays for its prompt, cancelled is told', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser, roomBytes: 8000 * KIB })
  const [done, files] = [first.uploads.add([{ file: testFile('done.png', 5) }], to)[0]!, first.uploads.add([{ file: testFile('files.txt', 6) }], { ...to, purpose: 'files' })[0]!]
  await first.is(done.id, 'done')
  await first.is(files.id, 'done')
  relay.fail(({ method, headers }) => (method === 'PATCH' && headers.get('upload-offset') !== '0' ? Response.json({}, { status: 503 }) : null))
  const file = testFile('middle.bin', 3000 * KIB)
  const [middle, paused, cancelled] = first.uploads.add([file, testFile('paused', 20), testFile('cancelled', 2500 * KIB)].map((each) => ({ file: each })), to)
  first.uploads.pause([paused!.id])
  await eventually('they are begun', () => first.view(middle!.id)!.offset > 0 && relay.pieces(cancelled!.id) > 0)
  let down = true
  relay.fail(() => (down ? new Response('', { status: 502 }) : null))
  first.uploads.cancel([cancelled!.id])
  await eventually('what is to be kept is kept', async () => (await first.kept()).length === 4 && (await first.contents()) === 2)
  first.close()

  down = false
  const [before, deletes] = [relay.bytes(), relay.count('DELETE', cancelled!.id)]
  const second = await open({ ...relay, browser })
  expect(second.view(done.id)).toMatchObject({ state: 'done', name: 'done.png', purpose: 'prompt', sessionId: 's1' })
  expect([second.view(files.id), second.view(cancelled!.id)]).toEqual([undefined, undefined])
  expect(second.view(paused!.id)?.state).toBe('paused')
  // Perhaps before it is known that the first one is gone.
  second.uploads.resume([paused!.id])
  await second.is(middle!.id, 'done')
  expect(await relay.content(middle!.fileId)).toEqual(await bytesOf(file))
  await eventually('the relay is told that one is not wanted', () => relay.count('DELETE', cancelled!.id) > deletes)
  await second.is(paused!.id, 'done')
  expect(relay.bytes() - before).toBeLessThan(file.size)
  second.uploads.forget(second.uploads.list().map(({ id }) => id))
  await eventually('nothing is kept', async () => (await second.kept()).length === 0)
  expect([...first.problems, ...second.problems]).toEqual([])
})

test('files that are at the relay already go with the prompt as its own do, over a reload; taken off, they stay there', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser })
  const borrowed = (fileId: string, folder = '') => ({ fileId, name: `${fileId}.txt`, folder, size: 7, type: 'text/plain' })
  first.uploads.borrow([borrowed('f1'), borrowed('f2', 'notes')], 's1')
  first.uploads.borrow([borrowed('f1'), borrowed('f3')], 's1')
  expect(first.uploads.list().map(({ fileId, state, purpose, folder, offset }) => [fileId, state, purpose, folder, offset])).toEqual([['f1', 'done', 'prompt', '', 7], ['f2', 'done', 'prompt', 'notes', 7], ['f3', 'done', 'prompt', '', 7]])
  await eventually('they are kept', async () => (await first.kept()).length === 3)
  first.close()
  const second = await open({ ...relay, browser })
  await eventually('they are its own', () => second.uploads.list().length === 3 && second.uploads.list().every(({ id }) => second.uploads.isSentHere(id)))
  second.uploads.cancel(second.uploads.list().map(({ id }) => id))
  await eventually('nothing is kept', async () => (await second.kept()).length === 0)
  expect([second.uploads.list(), relay.count('DELETE', 'f1'), relay.bytes()]).toEqual([[], 0, 0])
})

for (const hasLocks of [true, false])
  test(`two tabs${hasLocks ? '' : ' over plain http, without locks'}: both show all, either decides, and what one leaves goes on in the other, once`, async () => {
    const relay = start()
    const browser = createTestBrowser({ hasLocks })
    const [one, two] = [await open({ ...relay, browser }), await open({ ...relay, browser })]
    const release = relay.hold()
    const added = one.uploads.add(['a', 'b', 'c', 'd'].map((name) => ({ file: testFile(name, 300 * KIB) })), to)
    const [a, b, c, d] = added.map(({ id }) => id)
    await eventually('the other one shows them', () => two.states().join() === 'sending,sending,sending,queued')
    two.uploads.cancel([a!])
    two.uploads.pause([b!])
    await eventually('its owner has heard', () => !one.view(a!) && one.view(b!)?.state === 'paused')
    await eventually('both show the same', () => two.states().join() === one.states().join() && !two.view(a!))
    await eventually('three are at their piece', () => relay.pieces(d) === 1)
    await eventually('all is kept', async () => (await one.kept()).length >= 3 && (await one.contents()) >= 3)
    one.close()
    release()
    await two.is(c!, 'done')
    await two.is(d!, 'done')
    two.uploads.resume([b!])
    await two.is(b!, 'done')
    expect(relay.count('POST')).toBe(4)
    for (const { fileId, size } of added.slice(1)) expect((await relay.content(fileId)).length).toBe(size)
    // A third one sees what there is.
    const three = await open({ ...relay, browser })
    expect(three.states()).toEqual(['done', 'done', 'done'])
  })

test('what is done to a folder of many is done once: one change of what is kept, one word to the other tabs, and in its order', async () => {
  const relay = start()
  const browser = createTestBrowser()
  let [deleting, mostDeleting] = [0, 0]
  const tab = await open({
    ...relay,
    browser,
    async fetch(url, init) {
      if (init.method !== 'DELETE') return fetch(url, init)
      mostDeleting = Math.max(mostDeleting, (deleting += 1))
      return fetch(url, init).finally(() => (deleting -= 1))
    },
  })
  const words: { what: string; ids?: string[] }[] = []
  const ear = new BroadcastChannel(browser.name)
  ear.onmessage = ({ data }) => void words.push(data)
  const many = 300
  const release = relay.hold()
  tab.uploads.add(Array.from({ length: many }, (_, index) => ({ file: testFile(`${index}`, 20), folder: 'many' })), { sessionId: 's1', purpose: 'files' })
  const ids = tab.uploads.list().map(({ id }) => id)
  const begun = new Set(ids.slice(0, 3))
  await eventually('all is kept and said, and the first are under way', async () => (await tab.contents()) === many && words.length > 0 && relay.pieces() === 3)
  const writes = spyOn(IDBDatabase.prototype, 'transaction')
  const written = () => writes.mock.calls.filter(([, mode]) => mode === 'readwrite').length
  const after = async (what: string, deed: () => void) => {
    words.length = 0
    writes.mockClear()
    let shown = 0
    const off = tab.uploads.onChange(() => void (shown += 1))
    deed()
    await eventually('the other tabs hear of it', () => words.some((word) => word.what === what))
    off()
    return { written: written(), words: words.map((word) => word.what), shown }
  }
  try {
    expect(await after('shown', () => tab.uploads.pause(ids))).toEqual({ written: 1, words: ['shown'], shown: 1 })
    expect(tab.states()).toEqual(ids.map(() => 'paused'))
    await after('shown', () => tab.uploads.resume(ids))
    expect(ids.filter((id) => tab.view(id)!.state === 'sending')).toEqual([...begun])
    release()
    await eventually('all are there', () => tab.states().every((state) => state === 'done'))
    await eventually('and nothing is still to be written or said', async () => (await tab.kept()).length === 0 && (await tab.contents()) === 0)
    // What was said of the last ones comes a moment after them.
    await eventually('the last is said', () => words.some(({ what }) => what === 'shown'))
    const [sent, unwanted] = [ids.slice(0, 200), ids.slice(200)]
    expect(await after('gone', () => tab.uploads.forget(sent))).toMatchObject({ written: 1, shown: 1 })
    expect(words.filter(({ what }) => what === 'gone').map((word) => word.ids)).toEqual([sent])
    tab.uploads.cancel(unwanted)
    expect(tab.uploads.list()).toEqual([])
    await eventually('the relay has heard of each, of a few at a time', () => relay.removed.length === unwanted.length)
    expect(mostDeleting).toBeLessThan(5)
  } finally {
    writes.mockRestore()
    ear.close()
  }
})

test('what one person has not sent is neither shown nor sent as another; it is there when they come back', async () => {
  const relay = start()
  const tab = await open(relay)
  const release = relay.hold()
  const [mine] = tab.uploads.add([{ file: testFile('mine', 100) }], to)
  await eventually('it is under way', () => relay.pieces() === 1)
  tab.signIn(null)
  expect(tab.uploads.list()).toEqual([])
  release()
  expect(tab.uploads.add([{ file: testFile('nobody', 1) }], to)).toEqual([])
  tab.signIn('u2')
  const [theirs] = tab.uploads.add([{ file: testFile('theirs', 100) }], to)
  await tab.is(theirs!.id, 'done')
  expect(tab.uploads.list()).toHaveLength(1)
  tab.signIn('u1')
  await tab.is(mine!.id, 'done')
  expect(tab.uploads.list().map(({ name }) => name)).toEqual(['mine'])
  expect(relay.count('POST')).toBe(2)
})

test('signing out ends what is not there yet, in whichever tab it is: nothing of it stays here, nor at the relay; what is done stays for its prompt', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const [one, two] = [await open({ ...relay, browser }), await open({ ...relay, browser })]
  const [done] = one.uploads.add([{ file: testFile('done.png', 5) }], to)
  await one.is(done!.id, 'done')
  const release = relay.hold()
  const [going] = one.uploads.add([{ file: testFile('going', 300) }], to)
  const [paused] = two.uploads.add([{ file: testFile('paused', 300) }], to)
  two.uploads.pause([paused!.id])
  await eventually('both show all, and it is kept', async () => one.states().length === 3 && two.states().length === 3 && relay.pieces(going!.fileId) === 1 && (await one.contents()) === 2)
  two.uploads.cancelUnfinished()
  release()
  // What is cancelled is kept until the relay has heard of it.
  await eventually('only what is done is left', async () => one.uploads.list().length === 1 && two.uploads.list().length === 1 && (await one.contents()) === 0 && (await one.kept()).length === 1)
  for (const tab of [one, two]) tab.signIn(null)
  expect((await one.kept()).map(({ id }) => id)).toEqual([done!.id])
  expect(await relay.exists(going!.fileId)).toBe(false)
})

test('what somebody left who did not come back for a week goes with its bytes when another page opens; what is younger, and one’s own, stays', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const day = 24 * 3_600_000
  const at = (days: number) => ({ ...createFastClock(10), now: () => 1_750_000_000_000 + days * day })
  const leave = async (user: string, days: number) => {
    const tab = await open({ ...relay, browser, user, clock: at(days) })
    const [{ id }] = tab.uploads.add([{ file: testFile(user, 100) }], to) as [UploadView]
    tab.uploads.pause([id])
    await eventually('it is kept', async () => (await tab.contents()) === (await tab.kept()).length && (await tab.kept()).some((each) => each.id === id && each.state === 'paused'))
    tab.close()
  }
  await leave('long-gone', 0)
  await leave('mine', 0)
  await leave('yesterday', 7)
  const tab = await open({ ...relay, browser, user: 'mine', clock: at(7.5) })
  await eventually('the old ones of others are gone', async () => (await tab.kept()).map(({ userId }) => userId).sort().join() === 'mine,yesterday' && (await tab.contents()) === 2)
  expect(tab.states()).toEqual(['paused'])
})

test('a later page still says how much of a folder is there; with the last of it all of that goes', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser })
  const picked = ['a', 'b', 'c'].map((name) => ({ file: testFile(name, 100), folder: name === 'c' ? 'album/2026' : 'album' }))
  const [a, b, c] = first.uploads.add([...picked, { file: testFile('alone', 9) }], { ...to, purpose: 'files' })
  first.uploads.pause([c!.id])
  await first.is(a!.id, 'done')
  await first.is(b!.id, 'done')
  await eventually('that is kept, and nothing of the single one', async () => (await first.kept()).map(({ state }) => state).sort().join() === 'done,done,paused')
  first.close()
  const second = await open({ ...relay, browser })
  await eventually('it is taken over', () => second.uploads.isSentHere(c!.id))
  expect(second.states()).toEqual(['done', 'done', 'paused'])
  second.uploads.resume([c!.id])
  await second.is(c!.id, 'done')
  await eventually('nothing is kept', async () => (await second.kept()).length === 0 && (await second.contents()) === 0)
  expect(relay.count('POST')).toBe(4)
})

test('leave to read a dropped folder is asked for once, for all that came in it', async () => {
  const asked: string[] = []
  const leaves = new Map<string, PermissionState>()
  const asking = (name: string, by = name) => ({
    queryPermission: async () => leaves.get(by) ?? ('prompt' as const),
    requestPermission: async () => (asked.push(name), leaves.get(by) ?? 'prompt'),
  })
  const folder = (name: string) => ({ kind: 'directory' as const, ...asking(name), requestPermission: async () => (asked.push(name), leaves.set(name, name === 'refused' ? 'denied' : 'granted'), leaves.get(name)!) })
  const roots = { photos: folder('photos'), refused: folder('refused') }
  const contents = Object.fromEntries(
    (['photos', 'refused'] as const).flatMap((name) => [0, 1, 2].map((at) => [`${name}-${at}`, { id: `${name}-${at}`, handle: { getFile: async () => testFile(`${at}.jpg`, 9), ...asking(`${name}/${at}`, name) }, root: { id: name, handle: roots[name] } }])),
  )
  const sources = createFileSources({ ...readOnly, kept: { content: async (id: string) => contents[id] ?? null } as unknown as KeptFiles })
  const given = await sources.askAgain([...Object.keys(contents), 'no-way'])
  expect([given, asked]).toEqual([['photos-0', 'photos-1', 'photos-2'], ['photos', 'refused']])
})

test('a page that went before the hash was known: the next one compares what it can still read, and leaves what it cannot', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser, digestWorker: createSlowWorker().start })
  relay.say(() => sha256Of(new Uint8Array(1)))
  // The larger one is not kept: nobody says what room there is.
  const [kept, gone] = first.uploads.add([testFile('kept', 500), testFile('gone', 1500 * KIB)].map((file) => ({ file })), { ...to, purpose: 'files' })
  await first.is(kept!.id, 'done')
  await first.is(gone!.id, 'done')
  await eventually('that is kept', async () => (await first.kept()).filter(({ state }) => state === 'done').length === 2 && (await first.contents()) === 1)
  first.close()

  relay.say((digest) => digest)
  relay.fail(({ method }) => (method === 'DELETE' ? Response.json({ code: 'NOT_FOUND', message: '', trace_id: 't', timestamp: 1 }, { status: 404 }) : null))
  const second = await open({ ...relay, browser })
  await eventually('the one that differs is deleted and sent again', () => relay.removed.includes(kept!.fileId) && second.view(kept!.id)?.state === 'done')
  expect(second.view(kept!.id)!.fileId).not.toBe(kept!.fileId)
  expect((await relay.content(second.view(kept!.id)!.fileId)).length).toBe(500)
  await eventually('nothing is left to compare', async () => (await second.kept()).length === 0)
  expect([relay.removed, second.view(gone!.id)?.fileId]).toEqual([[kept!.fileId], gone!.fileId])
})

test('a file that could not be kept is asked for: the same one goes on where it was, one that has changed is sent anew and says so, another one is told apart', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser })
  relay.fail(({ method, headers }) => (method === 'PATCH' && headers.get('upload-offset') !== '0' ? new Response('', { status: 503 }) : null))
  // Larger than what is kept for certain, and nobody says what room there is.
  const film = testFile('film.mp4', 3000 * KIB)
  const script = testFile('대본.pdf'.normalize('NFD'), 2500 * KIB)
  const [{ id }, { id: changed }] = first.uploads.add([{ file: film }, { file: script }], to) as [UploadView, UploadView]
  await eventually('both have begun', () => first.view(id)!.offset > 0 && first.view(changed)!.offset > 0)
  await eventually('that is kept', async () => (await first.kept()).filter(({ offset }) => offset > 0).length === 2)
  // However large its first piece came to be.
  const { offset } = first.view(id)!
  first.close()
  relay.fail(null)

  const second = await open({ ...relay, browser })
  await second.is(id, 'file-wanted')
  expect(second.view(id)).toMatchObject({ canAsk: false, offset })
  const provide = (wanting: string, file: File) => (second.uploads.provide([{ id: wanting, picked: { file } }]).length === 0 ? 'ok' : 'other-file')
  expect(provide(id, testFile('film.mp4', 3001 * KIB))).toBe('other-file')
  expect(provide(id, testFile('film2.mp4', 3000 * KIB))).toBe('other-file')
  const before = relay.bytes()
  expect(provide(id, film)).toBe('ok')
  await second.is(id, 'done')
  expect(relay.bytes() - before).toBe(film.size - offset)
  expect(await relay.content(id)).toEqual(await bytesOf(film))
  // Written since, and spelt in the other way: what the relay has of the old one goes.
  const release = relay.hold()
  // It was dropped, so there is a way to it that a later page has as well.
  const [handle, root] = [{ kind: 'file' } as unknown as FileHandle, { kind: 'directory' } as FolderHandle]
  expect(second.uploads.provide([{ id: changed, picked: { file: testFile('대본.pdf', 2500 * KIB, { lastModified: 5 }), handle, root } }])).toEqual([])
  expect(second.view(changed)).toMatchObject({ anew: 'changed', offset: 0 })
  const kept = createKeptFiles({ databaseName: browser.name, room: null, now: () => 1, report: (problem) => expect.unreachable(problem) })
  await eventually('the way is kept', async () => (await kept.content(changed))?.handle !== undefined)
  expect(await kept.content(changed)).toMatchObject({ handle, root: { id: expect.any(String), handle: root } })
  release()
  await second.is(changed, 'done')
  const { fileId } = second.view(changed)!
  expect(await relay.content(fileId)).toEqual(await bytesOf(testFile('대본.pdf', 2500 * KIB)))
  await eventually('the old one is deleted', async () => fileId !== changed && !(await relay.exists(changed)))
})

test('what cannot be read any more says so at once, and not when its turn comes; before the page goes it asks, as long as something would be lost', async () => {
  const relay = start()
  const browser = createTestBrowser()
  const first = await open({ ...relay, browser, roomBytes: 6000 * KIB })
  expect(first.asksToStay()).toBe(false)
  const release = relay.hold()
  // The first four have room, the others do not.
  const names = Array.from({ length: 12 }, (_, at) => `${at}.bin`)
  const added = first.uploads.add(names.map((name, at) => ({ file: testFile(name, at < 4 ? 100 : 3200 * KIB) })), to)
  expect(first.asksToStay()).toBe(true)
  await eventually('what fits is kept', async () => (await first.contents()) === 4)
  expect(first.asksToStay()).toBe(true)
  first.close()

  const second = await open({ ...relay, browser })
  await eventually('all of them say so', () => second.states().join() === ['sending', 'sending', 'sending', 'queued', ...Array(8).fill('file-wanted')].join())
  expect([second.view(added[4]!.id)!.canAsk, second.asksToStay()]).toEqual([false, false])
  release()
  await second.is(added[3]!.id, 'done')
})

test('a little is kept at once; what is large is copied when it is not through by then', async () => {
  const clock = createFakeClock()
  const copied: string[] = []
  let wanted = new Set(['large', 'through'])
  const kept = { change: async () => undefined, keepBytes: async (id: string) => (copied.push(id), true) } as unknown as KeptFiles
  const sources = createFileSources({ kept, newId: () => 'new', isWanted: (id) => wanted.has(id), clock })
  sources.keep([{ id: 'pasted', picked: { file: testFile('pasted', 500 * KIB) } }, ...['large', 'through'].map((id) => ({ id, picked: { file: testFile(id, 600 * KIB) } }))])
  await settle()
  expect([copied, sources.isKept('pasted'), sources.isKept('large')]).toEqual([['pasted'], true, false])
  wanted = new Set(['large'])
  await clock.advance(3_000)
  expect([copied, sources.isKept('large'), clock.pending()]).toEqual([['pasted', 'large'], true, 0])
  // A link that is slow is reason enough.
  wanted = new Set(['next'])
  sources.keep([{ id: 'next', picked: { file: testFile('next', 1100 * KIB) } }])
  await settle()
  expect([copied.length, clock.pending()]).toEqual([2, 1])
  sources.hurry()
  await settle()
  expect([copied.at(-1), clock.pending()]).toEqual(['next', 0])
})

test('a way to a file is kept with its row, before any bytes are', async () => {
  const name = `ways-${crypto.randomUUID()}`
  const kept = createKeptFiles({ databaseName: name, room: null, now: () => 1, report: (problem) => expect.unreachable(problem) })
  const upload = { id: 'a', userId: 'u', state: 'queued' } as Upload
  // Only what can be cloned is kept; a browser's own handle can.
  const way = { kind: 'file' } as unknown as FileHandle
  await kept.change({ save: [upload], ways: [{ id: 'a', handle: way }] })
  expect(await kept.content('a')).toEqual({ id: 'a', handle: way })
  expect(await kept.keepBytes('a', testFile('large', 2000 * KIB))).toBe(false)
  expect(await kept.keepBytes('a', testFile('small', 20))).toBe(true)
  expect(await kept.content('a')).toEqual({ id: 'a', handle: way, bytes: expect.any(Blob) })
})

test('a handle is read where leave is given; where it can be asked for, a click may give it; another file in its place is not taken', async () => {
  const file = testFile('scan.pdf', 10)
  let leave: PermissionState = 'prompt'
  let there = file
  const handle = { getFile: async () => there, queryPermission: async () => leave, requestPermission: async () => (leave = 'granted' as const) }
  const kept = { content: async (id: string) => ({ id, handle }) } as unknown as KeptFiles
  const sources = createFileSources({ ...readOnly, kept })
  const upload = { id: 'x', name: file.name, size: file.size, lastModified: file.lastModified } as Upload
  expect(await sources.open(upload)).toEqual({ canAsk: true })
  expect(await sources.askAgain(['x'])).toEqual(['x'])
  expect(await sources.open(upload)).toEqual({ file })
  there = testFile('scan.pdf', 11)
  expect(await sources.open(upload)).toEqual({ canAsk: false })
  leave = 'denied'
  there = file
  expect(await createFileSources({ ...readOnly, kept }).open(upload)).toEqual({ canAsk: false })
})
