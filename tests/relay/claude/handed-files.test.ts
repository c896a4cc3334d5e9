// What a session's Claude finds of people's files: all that can be there, whatever is wrong with one, and nothing through which the kept bytes could be changed.
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHandedFiles } from '../../../relay/claude/handed-files.ts'
import { freshFolder, prompt, removeFolders, startRoom } from './real-claude.ts'

afterAll(removeFolders)

function kept() {
  const data = freshFolder('handed-data')
  const blob = join(data, 'blob')
  writeFileSync(blob, 'original', { mode: 0o600 })
  return { data, blob, file: (id: string, path: string) => ({ id, path, local: async () => blob }) }
}

test.each([['in a sandbox', 'process'], ['without one', null]])('%s a file that cannot be laid keeps none of the others away, and is named once', async (_, sandboxed) => {
  const { data, file } = kept()
  const handed = await openHandedFiles(data, sandboxed)
  const folder = sandboxed === null ? join(data, 'handed', 's') : join(handed.shown!, 's')
  const long = 'x'.repeat(256)
  const away = { id: '0', path: 'away', local: () => Promise.reject(new Error('the store is away')) }
  const gone = { id: '9', path: 'gone', local: async () => join(data, 'no-such') }
  const others = Array.from({ length: 12 }, (_each, at) => file(`o${at}`, `in/${at}`))
  const bad = [away, file('1', ''), file('2', long), gone]
  // A folder by then.
  const taken = file('3', 'in')
  const first = await handed.share('s', [...bad, ...others, taken])
  expect(first.map(({ path }) => path).sort()).toEqual(['', 'away', 'in', long].sort())
  expect(readdirSync(join(folder, 'in'))).toHaveLength(12)
  // What failed is tried again and not named again, what comes is laid, what goes is taken away.
  expect(await handed.share('s', [...bad, ...others.slice(1), taken, file('n', 'new')])).toEqual([])
  expect([readdirSync(folder).sort(), readdirSync(join(folder, 'in')).length]).toEqual([['in', 'new'], 11])
  expect(await handed.share('s', [file('0', 'away'), file('n', 'new')])).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['away', 'new'])
  // Made into something else meanwhile.
  rmSync(join(folder, 'new'))
  mkdirSync(join(folder, 'new/er'), { recursive: true })
  expect(await handed.share('s', [file('0', 'away'), file('l', 'last')])).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['away', 'last'])
  await handed.remove()
})

test('without a sandbox whoever writes into what Claude finds does not write into what is kept', async () => {
  const { data, blob, file } = kept()
  const handed = await openHandedFiles(data, null)
  await handed.share('s', [file('1', 'a.txt')])
  const found = join(data, 'handed/s/a.txt')
  expect([statSync(found).mode & 0o777, statSync(found).ino === statSync(blob).ino, statSync(blob).mode & 0o777]).toEqual([0o400, false, 0o600])
  chmodSync(found, 0o600)
  writeFileSync(found, 'changed')
  expect(readFileSync(blob, 'utf8')).toBe('original')
  await handed.remove()
  expect([existsSync(found), existsSync(blob)]).toEqual([false, true])
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
  expect(said).toMatchObject({ data: { level: 'warn', source: 'relay', text: 'Could not be handed over to Claude: "bad.txt".', code: 'other' } })
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(readdirSync(room.claude.filesFolder(spec.sessionId))).toEqual(['good.txt'])
  await room.stop()
}, 60_000)
