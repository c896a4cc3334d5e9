// What a session's Claude finds of people's files: all that can be there, whatever is wrong with one, and nothing through which the kept bytes could be changed.
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHandedFiles, type HandedFile } from '../../../relay/claude/handed-files.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { freshFolder, prompt, removeFolders, startRoom } from './real-claude.ts'

afterAll(removeFolders)

function kept() {
  const data = freshFolder('handed-data')
  const blob = join(data, 'blob')
  writeFileSync(blob, 'original', { mode: 0o600 })
  return { data, blob, file: (id: string, path: string) => ({ id, path, local: async () => blob }) }
}

/** `sandboxed` as in a sandbox's name; null without one. */
const open = (dataFolder: string, sandboxed: string | null, { reserveBytes = 0, clock = manualClock() } = {}) => openHandedFiles({ dataFolder, sandboxed, reserveBytes, clock })

test.each([['in a sandbox', 'process'], ['without one', null]])('%s a file that cannot be laid keeps none of the others away, and is named once', async (_, sandboxed) => {
  const { data, file } = kept()
  const handed = await open(data, sandboxed)
  const share = async (files: HandedFile[]) => (await handed.share('s', files, [])).failed
  const folder = sandboxed === null ? join(data, 'handed', 's') : join(handed.shown!, 's')
  const long = 'x'.repeat(256)
  const away = { id: '0', path: 'away', local: () => Promise.reject(new Error('the store is away')) }
  const gone = { id: '9', path: 'gone', local: async () => join(data, 'no-such') }
  const others = Array.from({ length: 12 }, (_each, at) => file(`o${at}`, `in/${at}`))
  const bad = [away, file('1', ''), file('2', long), gone]
  // A folder by then.
  const taken = file('3', 'in')
  const first = await share([...bad, ...others, taken])
  expect(first.map(({ path }) => path).sort()).toEqual(['', 'away', 'in', long].sort())
  expect(readdirSync(join(folder, 'in'))).toHaveLength(12)
  // What failed is tried again and not named again, what comes is laid, what goes is taken away.
  expect(await share([...bad, ...others.slice(1), taken, file('n', 'new')])).toEqual([])
  expect([readdirSync(folder).sort(), readdirSync(join(folder, 'in')).length]).toEqual([['in', 'new'], 11])
  expect(await share([file('0', 'away'), file('n', 'new')])).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['away', 'new'])
  // Made into something else meanwhile.
  rmSync(join(folder, 'new'))
  mkdirSync(join(folder, 'new/er'), { recursive: true })
  expect(await share([file('0', 'away'), file('l', 'last')])).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['away', 'last'])
  await handed.remove()
})

test('without a sandbox whoever writes into what Claude finds does not write into what is kept', async () => {
  const { data, blob, file } = kept()
  const handed = await open(data, null)
  await handed.share('s', [file('1', 'a.txt')], [])
  const found = join(data, 'handed/s/a.txt')
  expect([statSync(found).mode & 0o777, statSync(found).ino === statSync(blob).ino, statSync(blob).mode & 0o777]).toEqual([0o400, false, 0o600])
  chmodSync(found, 0o600)
  writeFileSync(found, 'changed')
  expect(readFileSync(blob, 'utf8')).toBe('original')
  await handed.remove()
  expect([existsSync(found), existsSync(blob)]).toEqual([false, true])
})

test('a prompt waits for the files that it names, and for others from far away no longer than a moment', async () => {
  const { data, blob, file } = kept()
  const clock = manualClock()
  const handed = await open(data, null, { clock })
  const folder = join(data, 'handed', 's')
  const far = Promise.withResolvers<string>()
  const asked: string[] = []
  const slow = Array.from({ length: 30 }, (_, at): HandedFile => ({ id: `far${at}`, path: `far/${at}`, local: () => (asked.push(`far${at}`), at === 29 ? Promise.reject(new Error('the store is away')) : far.promise) }))
  let shared = false
  const sharing = handed.share('s', [...slow, file('named', 'named.txt')], ['named']).then((each) => ((shared = true), each))
  await eventually('the named one is there, and others are asked for', () => existsSync(join(folder, 'named.txt')) && asked.length > 0)
  expect([shared, asked.length]).toEqual([false, 8])
  clock.advance(1_000)
  const { failed, later } = await sharing
  expect(failed).toEqual([])
  // The next prompt names one of those, and does not ask for it twice; one is deleted by then.
  const next = handed.share('s', [...slow.slice(1), file('named', 'named.txt')], ['far3'])
  await handed.withdraw('far2')
  far.resolve(blob)
  clock.advance(1_000)
  const second = await next
  expect([...(await later), ...second.failed, ...(await second.later)].map(({ path }) => path)).toEqual(['far/29'])
  await eventually('all others lie there', () => readdirSync(join(folder, 'far')).length === 27)
  expect([existsSync(join(folder, 'far/0')), existsSync(join(folder, 'far/2')), asked.filter((id) => id === 'far3').length]).toEqual([false, false, 1])
  // Deleted in the middle of a turn.
  await handed.withdraw('named')
  expect(existsSync(join(folder, 'named.txt'))).toBe(false)
  await handed.remove()
  expect(existsSync(folder)).toBe(false)
})

test('what is still on its way when the process ends is laid nowhere', async () => {
  const { data, blob } = kept()
  const clock = manualClock()
  const handed = await open(data, 'process', { clock })
  const far = Promise.withResolvers<string>()
  const asked = Promise.withResolvers<void>()
  const sharing = handed.share('s', [{ id: '1', path: 'in/a', local: () => (asked.resolve(), far.promise) }], [])
  await asked.promise
  clock.advance(1_000)
  const { later } = await sharing
  await handed.remove()
  far.resolve(blob)
  expect(await later).toEqual([])
  expect(existsSync(handed.shown!)).toBe(false)
})

test('copies leave free on the disk what is to stay free', async () => {
  const { data, file } = kept()
  const handed = await open(data, null, { reserveBytes: Number.MAX_SAFE_INTEGER })
  const { failed } = await handed.share('s', [file('1', 'a.txt')], ['1'])
  expect(failed.map(({ path, error }) => [path, (error as { code: string }).code])).toEqual([['a.txt', 'ENOSPC']])
  await handed.remove()
})

test('people are told which files Claude does not find, and the prompt runs', async () => {
  const uploads = freshFolder('uploads')
  const [good, bad] = [join(uploads, 'good.txt'), join(uploads, 'bad.txt')]
  writeFileSync(good, 'GOOD-CONTENT')
  // No file at all.
  mkdirSync(bad)
  const room = startRoom({ uploadsOf: async () => [bad, good] })
  const { session, witness, spec } = room.open()
  await session.send(prompt('hello'))
  const said = await witness.next('fact', (fact) => fact.type === 'log')
  expect(said).toMatchObject({ data: { level: 'warn', source: 'relay', text: 'Could not be handed over to Claude: "bad.txt".', code: 'files_not_handed', args: { names: '"bad.txt"', more: 0 } } })
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(readdirSync(room.claude.filesFolder(spec.sessionId))).toEqual(['good.txt'])
  await room.stop()
}, 60_000)
