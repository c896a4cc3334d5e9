// The pure parts of files as they are seen: kinds, groups, what is chosen again, what is read and how it is set out.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { arrangeFiles, FILE_ORDERS, filesIn } from '../../../../src/views/files/arrange-files.ts'
import { chosenAfter } from '../../../../src/views/files/chosen-files.ts'
import { collectChosen, collectDropped, collectPasted, MOST_FILES } from '../../../../src/views/files/collect-files.ts'
import { decodeText } from '../../../../src/views/files/decode-text.ts'
import { doToEach } from '../../../../src/views/files/do-to-each.ts'
import { isText, kindOf } from '../../../../src/views/files/file-kind.ts'
import { forgettable } from '../../../../src/views/files/forgettable.ts'
import { groupFiles } from '../../../../src/views/files/group-files.ts'
import { alikeHere, underWay } from '../../../../src/views/files/find-twins.ts'
import { firstToSee, foremost, groupUploads } from '../../../../src/views/files/group-uploads.ts'
import { matchWanted, wayBack } from '../../../../src/views/files/match-wanted.ts'
import { prettyJson } from '../../../../src/views/files/pretty-json.ts'
import { tellUploads, type Told } from '../../../../src/views/files/tell-uploads.ts'
import { mayRetry, shareOf, withWhatArrived, type UploadView } from '../../../../src/views/files/upload-view.ts'

const upload = (id: string, rest: Partial<UploadView> = {}): UploadView => ({
  ...{ id, fileId: id, sessionId: 's', name: `${id}.bin`, folder: '', outOf: '', size: 100, type: '', lastModified: 0, purpose: 'files', addedAt: 0 },
  ...{ state: 'queued', offset: 0, speed: null, secondsLeft: null, folderSpeed: null, anew: null, trouble: null, canAsk: false },
  ...rest,
})
const fileOf = (name: string, size = 3, type = '') => new File([new Uint8Array(size)], name, { type })

test('a kind is known by the bytes of a picture, then by the name, then by the type', () => {
  const kinds = (...files: [string, string][]) => files.map(([filename, content_type]) => kindOf({ filename, content_type }))
  expect(kinds(['a.txt', 'image/png'], ['limits.ts', 'video/mp2t'], ['README.MD', ''], ['도면.PDF', 'application/octet-stream'], ['plan.svg', 'image/svg+xml'], ['Dockerfile', ''])).toEqual(['picture', 'code', 'markdown', 'pdf', 'drawing', 'code'])
  expect(kinds(['cam', 'video/mp4'], ['x', 'application/vnd.api+json'], ['y', 'text/x-odd'], ['core.17', 'application/octet-stream'], ['a.constructor', ''])).toEqual(['video', 'json', 'text', 'other', 'other'])
  // A page that somebody handed in is read as text, never opened as one.
  expect(isText(kindOf({ filename: 'evil.html', content_type: 'text/html' }))).toBe(true)
})

test('JSON is set out without a number or a name being touched, and what is none is left alone', () => {
  expect(prettyJson('{"id":12345678901234567890,"a":1.0,"a":[],"b":{"c":[1,{"d":"x,{}:\\"y"}]}}')).toBe('{\n  "id": 12345678901234567890,\n  "a": 1.0,\n  "a": [],\n  "b": {\n    "c": [\n      1,\n      {\n        "d": "x,{}:\\"y"\n      }\n    ]\n  }\n}')
  expect([prettyJson('{"a":1}\n{"a":2}'), prettyJson('{'), prettyJson('')]).toEqual([null, null, null])
  fc.assert(
    fc.property(fc.json(), (text) => {
      const pretty = prettyJson(text)!
      expect(JSON.parse(pretty)).toEqual(JSON.parse(text))
      expect(prettyJson(pretty)).toBe(pretty)
    }),
  )
})

test('JSON that would be much more when it is set out than it is stays as it is', () => {
  const nested = (depth: number, inside = '1') => '['.repeat(depth) + inside + ']'.repeat(depth)
  expect(prettyJson(nested(100))).toContain(`${' '.repeat(200)}1`)
  for (const depth of [101, 10_000]) expect(prettyJson(nested(depth))).toBeNull()
  const ones = (count: number) => Array(count).fill('1').join(',')
  expect(prettyJson(nested(90, ones(1_000)))?.length).toBeGreaterThan(180_000)
  expect(prettyJson(nested(90, ones(100_000)))).toBeNull()
})

test('text is read in the encoding it was written in; a character that is cut at the end is left for later; bytes are no text', () => {
  const utf8 = new TextEncoder().encode('항구')
  expect(decodeText(utf8, true)).toEqual({ text: '항구', encoding: 'utf-8' })
  expect(decodeText(utf8.subarray(0, 4), false)).toEqual({ text: '항', encoding: 'utf-8' })
  expect(decodeText(Uint8Array.of(0xc7, 0xd7, 0xb1, 0xb8), true)).toEqual({ text: '항구', encoding: 'euc-kr' })
  expect(decodeText(Uint8Array.of(0xff, 0xfe, 0x41, 0, 0x6d, 0xd5), true)).toEqual({ text: 'A항', encoding: 'utf-16le' })
  expect(decodeText(Uint8Array.of(0x41, 0, 0x42), true)).toBeNull()
  fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()), (text) => expect(decodeText(new TextEncoder().encode(text), true)?.text).toBe(text.replace(/^\ufeff/, ''))))
})

type FakeHandle = { kind: 'file' | 'directory'; name: string; getFile?(): Promise<File>; values?(): AsyncIterable<FakeHandle> }
const file = (name: string): FakeHandle => ({ kind: 'file', name, getFile: async () => fileOf(name) })
const folder = (name: string, ...children: FakeHandle[]): FakeHandle => ({ kind: 'directory', name, async *values() { yield* children } })
const dropped = (...handles: FakeHandle[]) => collectDropped(handles.map((handle) => ({ handle: Promise.resolve(handle as never), entry: null, file: null })))

test('a dropped folder brings all that is in it with its place, and nothing that systems leave lying about', async () => {
  const collected = await dropped(folder('photos', file('.DS_Store'), file('a.jpg'), folder('2026', file('Thumbs.db'), file('b.jpg')), folder('__MACOSX', file('x'))), file('alone.txt'))
  expect(collected.files.map((each) => [each.folder, each.file.name, each.handle !== undefined, each.root?.name])).toEqual([['photos', 'a.jpg', true, 'photos'], ['photos/2026', 'b.jpg', true, 'photos'], ['', 'alone.txt', true, undefined]])
  expect([collected.folders, collected.tooMany, collected.unreadable]).toEqual([true, false, []])

  const broken = { ...file('gone.txt'), getFile: () => Promise.reject(new Error('moved')) }
  expect(await dropped(folder('f', broken, file('kept.txt')))).toMatchObject({ unreadable: ['gone.txt'], files: [{ folder: 'f' }] })
  // More than anyone means: not some of them, but none.
  expect(await dropped(folder('disk', ...Array.from({ length: MOST_FILES + 1 }, (_, at) => file(`${at}`))))).toMatchObject({ tooMany: true, files: [] })
})

test('without handles the older way of folders is walked, a hundred at a time', async () => {
  const fileEntry = (name: string) => ({ isFile: true, name, file: (found: (each: File) => void) => found(fileOf(name)) })
  const children = Array.from({ length: 150 }, (_, at) => fileEntry(`${at}.txt`))
  const entry = { isFile: false, name: 'old', createReader: () => ({ readEntries: (found: (some: unknown[]) => void) => found(children.splice(0, 100)) }) }
  const collected = await collectDropped([{ entry: entry as never, file: null }])
  expect(collected.files).toHaveLength(150)
  expect(collected.files[149]).toMatchObject({ folder: 'old' })
})

test('a chosen folder keeps the places of its files; a pasted picture gets a name that says when', () => {
  const within = (path: string) => Object.defineProperty(fileOf(path.split('/').at(-1)!), 'webkitRelativePath', { value: path })
  expect(collectChosen(['p/a.txt', 'p/q/b.txt', 'p/.DS_Store', 'p/__MACOSX/c'].map(within)).files.map((each) => [each.folder, each.file.name])).toEqual([['p', 'a.txt'], ['p/q', 'b.txt']])
  const now = new Date(2026, 10, 27, 9, 5, 3).getTime()
  const names = (...files: File[]) => collectPasted(files, 'Pasted picture', now).files.map((each) => each.file.name)
  expect(names(fileOf('image.png', 3, 'image/png'))).toEqual(['Pasted picture 2026-11-27 09.05.03.png'])
  expect(names(fileOf('image.png', 3, 'image/png'), fileOf('', 3, 'image/jpeg'), fileOf('quay.png', 3, 'image/png'))).toEqual(['Pasted picture 2026-11-27 09.05.03 1.png', 'Pasted picture 2026-11-27 09.05.03 2.jpg', 'quay.png'])
})

test('a dropped folder is one entry whose figures are those of all its files', () => {
  const inside = (id: string, rest: Partial<UploadView>) => upload(id, { folder: id === 'c' ? 'photos/2026' : 'photos', ...rest })
  const entries = groupUploads([upload('x'), inside('a', { state: 'done', offset: 100 }), upload('y'), inside('b', { state: 'sending', offset: 40, speed: 20, secondsLeft: 3 }), inside('c', { state: 'failed' })])
  expect(entries.map(({ key }) => key)).toEqual(['x', 'folder:photos', 'y'])
  expect(entries[1]).toMatchObject({ group: { state: 'sending', sent: 140, size: 300, done: 1, failed: 1, speed: 20, secondsLeft: 3 } })
  // Small files are through before one of them alone says how fast it is; of the folder it is known all the same.
  expect(groupUploads([inside('a', { state: 'sending', folderSpeed: 50 }), inside('b', { size: 400 })])[0]).toMatchObject({ group: { speed: 50, secondsLeft: 10 } })
  // What is paused is not counted as if it came.
  expect(groupUploads([inside('a', { state: 'paused', offset: 10 }), inside('b', { state: 'paused' })])[0]).toMatchObject({ group: { state: 'paused', secondsLeft: null } })
  // Leave for them may be given by a click, and only the others have to be chosen again.
  expect(groupUploads([inside('a', { state: 'file-wanted', canAsk: true }), inside('b', { state: 'file-wanted' })])[0]).toMatchObject({ group: { state: 'file-wanted', wanted: 2, askable: 1 } })
  expect([shareOf(upload('e', { size: 0 })), shareOf(upload('e', { size: 0, state: 'done' })), shareOf(upload('e', { offset: 50 }))]).toEqual([0, 1, 0.5])
})

test('an upload is forgotten once its file is in the list, a folder only as a whole, what goes with a prompt never', () => {
  const done = { state: 'done' } as const
  const uploads = [upload('a', done), upload('b', done), upload('p', { ...done, purpose: 'prompt' }), upload('f1', { ...done, folder: 'f' }), upload('f2', { folder: 'f/g', state: 'sending' }), upload('g1', { ...done, folder: 'g' })]
  expect(forgettable(uploads, new Set(['a', 'p', 'f1']))).toEqual(['a', 'g1'])
})

test('of a folder that is paused the bar counts what the list of files has, also where the answer to its last piece came to nobody', () => {
  const uploads = [upload('a', { state: 'done', folder: 'f' }), upload('b', { state: 'paused', offset: 20, folder: 'f' }), upload('c', { state: 'paused', offset: 30, folder: 'f' })]
  const seen = uploads.map((each) => withWhatArrived(each, new Set(['a', 'b'])))
  expect(groupUploads(seen)).toMatchObject([{ group: { state: 'paused', sent: 230, size: 300 } }])
  // What is as it was is the same object; nothing of it is taken for done, or nobody would go on with it.
  expect([seen[0] === uploads[0], seen[1]!.state, seen[2] === uploads[2]]).toEqual([true, 'paused', true])
})

test('what is chosen again goes to the upload that waits for it, by place, name and size; everything else is new', () => {
  const wanted = { state: 'file-wanted', size: 3 } as const
  const uploads = [upload('1', { ...wanted, name: 'a.txt' }), upload('2', { ...wanted, name: 'a.txt', folder: 'f' }), upload('3', { size: 3, name: 'b.txt' })]
  const { again, others } = matchWanted(uploads, [{ file: fileOf('a.txt'), folder: 'f' }, { file: fileOf('a.txt') }, { file: fileOf('a.txt') }, { file: fileOf('a.txt', 4) }, { file: fileOf('b.txt') }])
  expect(again.map(({ id }) => id)).toEqual(['2', '1'])
  expect(others).toHaveLength(3)
  // What lay in a folder is chosen as a folder, or each of its files would have to be found in it.
  expect([wayBack(uploads), wayBack([uploads[0]!, upload('4', { folder: 'f', state: 'sending' })])]).toEqual(['folder', 'files'])
  // One by one they have no folder any more.
  expect(matchWanted([uploads[1]!], [{ file: fileOf('a.txt'), folder: '' }]).again.map(({ id }) => id)).toEqual(['2'])
})

test('one hears that uploads began and that all of them are there, of each that failed, and nothing in between', () => {
  let told: Told | null = null
  const hear = (...now: UploadView[]) => {
    const news = tellUploads(told, now)
    told = news.told
    return [news.started, news.arrived, news.failed].map((some) => some.map(({ id }) => id).join())
  }
  const as = (id: string, state: UploadView['state']) => upload(id, { state })
  // What an earlier page has left is no news.
  expect(hear(as('old', 'sending'))).toEqual(['', '', ''])
  expect(hear(as('old', 'sending'), as('a', 'queued'), as('b', 'queued'))).toEqual(['a,b', '', ''])
  expect(hear(as('old', 'done'), as('a', 'sending'), as('b', 'queued'))).toEqual(['', '', ''])
  expect(hear(as('old', 'done'), as('a', 'done'), as('b', 'failed'))).toEqual(['', 'old,a', 'b'])
  expect(hear(as('old', 'done'), as('a', 'done'), as('b', 'failed'))).toEqual(['', '', ''])
})

test('files of a folder stand together where its newest would, in the order of their names', () => {
  const listed = (file_id: string, filename: string, folder = '') => ({ file_id, filename, folder, content_type: '', size: 10, user_id: 'u' })
  const entries = groupFiles([listed('1', 'z'), listed('2', 'b10', 'f'), listed('3', 'y'), listed('4', 'b9', 'f'), listed('5', 'a', 'f/g')])
  expect(entries.map(({ key }) => key)).toEqual(['1', 'folder:f', '3'])
  expect(entries[1]).toMatchObject({ folder: { size: 30, files: [{ filename: 'b9' }, { filename: 'b10' }, { filename: 'a' }] } })
})

test('files and folders stand in the order that was asked for, and what is sought stands by itself, wherever it lies', () => {
  const listed = (file_id: string, filename: string, size: number, folder = '') => ({ file_id, filename, folder, content_type: '', size, user_id: 'u' })
  const files = [listed('1', 'file 10.txt', 5), listed('2', 'b.png', 30, '사진/2026'), listed('3', 'file 9.txt', 900), listed('4', 'a.png', 40, '사진'), listed('5', 'plan.pdf', 70)]
  const keys = (sought: string, order: (typeof FILE_ORDERS)[number]) => arrangeFiles(files, { sought, order }).map(({ key }) => key).join()
  expect(FILE_ORDERS.map((order) => keys('', order))).toEqual(['1,folder:사진,3,5', '3,1,5,folder:사진', '3,5,folder:사진,1', 'folder:사진,5,3,1'])
  expect(filesIn(arrangeFiles(files, { sought: '', order: 'size' })).map(({ file_id }) => file_id).join()).toBe('3,5,4,2,1')
  // Each word, in name or folder, as it is composed on whatever system.
  expect([keys('PNG', 'newest'), keys('사진 b'.normalize('NFD'), 'name'), keys('  ', 'name'), keys('nothing', 'type')]).toEqual(['2,4', '2', '3,1,5,folder:사진', ''])
})

test('a press chooses, or lets go; with Shift all from the last one on; a folder is all that is in it', () => {
  const order = ['a', 'f1', 'f2', 'b', 'c']
  const ids = (chosen: ReadonlySet<string>) => [...chosen].sort().join('')
  const a = chosenAfter(new Set(), order, null, { ids: ['a'], how: 'toggle' })
  const withFolder = chosenAfter(a, order, 'a', { ids: ['f1', 'f2'], how: 'toggle' })
  expect([ids(a), ids(withFolder), ids(chosenAfter(withFolder, order, 'f1', { ids: ['f1', 'f2'], how: 'toggle' }))]).toEqual(['a', 'af1f2', 'a'])
  expect([ids(chosenAfter(a, order, 'a', { ids: ['b'], how: 'range' })), ids(chosenAfter(new Set(['c']), order, 'c', { ids: ['f1', 'f2'], how: 'range' }))]).toEqual(['abf1f2', 'bcf1f2'])
  // What was pressed before has gone, or nothing was: as without Shift. What is added stays.
  expect([ids(chosenAfter(a, order, 'gone', { ids: ['a'], how: 'range' })), ids(chosenAfter(a, order, null, { ids: ['b'], how: 'range' })), ids(chosenAfter(a, order, 'a', { ids: ['a'], how: 'add' }))]).toEqual(['', 'ab', 'a'])
})

test('the same is done to each, a few at once; one that was too fast again, and one that is refused keeps nobody else', async () => {
  const waits: number[] = []
  const clock = { setTimer: (go: () => void, ms: number) => (waits.push(ms), queueMicrotask(go), { cancel() {} }) }
  let [at, most, tries] = [0, 0, 0]
  const seen: string[] = []
  const progress: number[] = []
  const deed = async (id: string) => {
    most = Math.max(most, ++at)
    await Promise.resolve()
    at -= 1
    if (id === 'fast' && ++tries < 3) return { ok: false, trouble: { code: 'RATE_LIMITED', retryAfterMs: 7 } } as const
    seen.push(id)
    return id === 'not mine' ? ({ ok: false, trouble: { code: 'FORBIDDEN' } } as const) : ({ ok: true } as const)
  }
  expect(await doToEach(['a', 'fast', 'not mine', 'b', 'c'], deed, { clock, perSecond: 30, progress: (through) => progress.push(through) })).toEqual({ refused: 1, trouble: { code: 'FORBIDDEN' } })
  expect([seen.toSorted(), waits, most, progress]).toEqual([['a', 'b', 'c', 'fast', 'not mine'], [7, 7], 3, [1, 2, 3, 4, 5]])
  // More than the relay takes at once: each of the three rests, so that all of them stay below it.
  waits.length = 0
  await doToEach(Array.from({ length: 12 }, (_, no) => `${no}`), deed, { clock, perSecond: 10 })
  expect(waits).toEqual(Array(12).fill(375))
})

test('what is on its way, or waits for its prompt, is not begun again: the same name, folder, size and time; what has arrived is the list’s to tell', () => {
  const file = (name: string, size: number, lastModified = 5) => ({ file: new File([new Uint8Array(size)], name, { lastModified }) })
  const own = (id: string, name: string, more: Partial<UploadView>) => upload(id, { name, size: 3, lastModified: 5, ...more })
  const uploads = [
    own('paused', 'a', { state: 'paused' }),
    own('folder', 'a', { folder: 'x/y' }),
    own('attached', 'b', { state: 'done', purpose: 'prompt' }),
    own('arrived', 'c', { state: 'done' }),
    own('한글', '한글'.normalize('NFD'), {}),
  ]
  const twins = (...picked: Parameters<typeof underWay>[1]) => underWay(uploads, picked).twins.map(({ id }) => id)
  expect(twins(file('a', 3), { ...file('a', 3), folder: 'x/y' }, file('b', 3), file('c', 3), file('한글', 3))).toEqual(['paused', 'folder', 'attached', '한글'])
  expect(twins(file('a', 4), file('a', 3, 6), { ...file('a', 3), folder: 'x' })).toEqual([])
  expect(underWay(uploads, [file('a', 3), file('c', 3)]).others.map(({ file: { name } }) => name)).toEqual(['c'])
})

test('what has the name, folder and size of a file that is here may be that one', () => {
  const listed = (file_id: string, filename: string, size: number, folder?: string) => ({ file_id, session_id: 's', filename, size, content_type: '', user_id: 'u', ...(folder !== undefined && { folder }) })
  const here = [listed('new', 'a', 3), listed('old', 'a', 3), listed('other', 'a', 4), listed('inside', 'a', 3, 'x')]
  const { alike, others } = alikeHere(here, [{ file: fileOf('a') }, { file: fileOf('a'), folder: 'x' }, { file: fileOf('a', 5) }, { file: fileOf('b') }])
  expect(alike.map(({ files }) => files.map(({ file_id }) => file_id))).toEqual([['new', 'old'], ['inside']])
  expect(others.map(({ file: { name, size } }) => [name, size])).toEqual([['a', 5], ['b', 3]])
})

test('of thousands of rows a hundred are drawn, what is wrong or moving first; trying again is offered where it may help', () => {
  const failed = (id: string, reason?: string) => upload(id, { state: 'failed', trouble: { code: 'TOO_LARGE', ...(reason !== undefined && { details: { reason } }) } })
  const many = [...Array.from({ length: 3_000 }, (_, at) => upload(`q${at}`)), failed('late'), upload('moves', { state: 'sending' })]
  const shown = foremost(groupUploads(many))
  expect([shown.length, shown.slice(0, 3).map(({ key }) => key)]).toEqual([100, ['late', 'moves', 'q0']])
  expect(firstToSee(many, ({ state }) => state).slice(0, 2).map(({ id }) => id)).toEqual(['late', 'moves'])
  const few = groupUploads([upload('a', { state: 'done' }), upload('b', { state: 'sending' })])
  expect(foremost(few)).toEqual(few)
  expect([failed('a', 'file'), failed('b', 'folder'), failed('c', 'session'), failed('d'), upload('e')].map(mayRetry)).toEqual([false, false, true, true, false])
})
