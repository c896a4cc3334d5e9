// A database that is wrecked, or parted from its WAL, under a running relay: noticed, ended, and nothing acknowledged thrown away.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { closeSync, copyFileSync, openSync, readdirSync, statSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { NewEvent, Storage, StorageError } from '../../../relay/storage/storage.ts'
import { tempStorage, type TempStorage } from './temp-storage.ts'

let temp: TempStorage
let reasons: string[]
beforeEach(() => {
  temp = tempStorage()
  reasons = []
})
afterEach(() => temp.remove())

const event = (data = '{}'): NewEvent => ({ channel: 'session:1', type: 'message', data, timestamp: 1 })
const code = (promise: Promise<unknown>) => promise.then(() => null, (problem: unknown) => (problem as StorageError).code)
const keptIn = (path: string) => (new Database(path, { readonly: true }).query('SELECT COUNT(*) AS count FROM events').get() as { count: number }).count
const overwrite = (path: string) => writeFileSync(path, 'x'.repeat(8192))

/** Some events in the file, some only in the WAL. */
async function filled(count = 50): Promise<Storage> {
  const before = await temp.open()
  for (let n = 0; n < count; n++) await before.commit({ events: [event()] })
  await before.close()
  const storage = await temp.open({ lost: (reason) => void reasons.push(reason) })
  for (let n = 0; n < count; n++) await storage.commit({ events: [event()] })
  return storage
}

test('H13 P2 a file that is overwritten takes no more commits, and all it held is kept beside', async () => {
  const storage = await filled()
  overwrite(temp.path)
  expect(await code(storage.commit({ events: [event()] }))).toBe('corrupt')
  expect(reasons).toEqual([`the database file was damaged while it was open; what it held is in ${temp.path}.kept-1`])
  await storage.close()
  expect(keptIn(`${temp.path}.kept-1`)).toBe(100)
  const again = await temp.open()
  expect(again.epoch).not.toBe(storage.epoch)
})

test('H13 P2 one that is cut to nothing is put back, and the next start goes on from there', async () => {
  const storage = await filled()
  truncateSync(temp.path, 0)
  expect(await code(storage.commit({ events: [event()] }))).toBe('corrupt')
  await storage.close()
  const again = await temp.open()
  expect(again.epoch).toBe(storage.epoch)
  expect(await again.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 101 }] })
})

test('H13 a wrecked file that only a read has met ends it too', async () => {
  const lost = Promise.withResolvers<string>()
  await (await filled()).close()
  const storage = await temp.open({ lost: lost.resolve })
  const file = openSync(temp.path, 'r+')
  // All but the first page: the writer's own look at the head of the file sees nothing.
  for (let page = 1; page < 60; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
  expect(await code(storage.query('SELECT data FROM events'))).toBe('corrupt')
  expect(await lost.promise).toStartWith('the database file was damaged while it was open')
  expect(await code(storage.commit({ events: [event()] }))).toBe('corrupt')
})

test('H13 one bad page does not end it: what can still be read is read', async () => {
  const storage = await filled(500)
  await storage.close()
  const again = await temp.open({ lost: (reason) => void reasons.push(reason) })
  const file = openSync(temp.path, 'r+')
  const pages = statSync(temp.path).size / 4096
  for (let page = pages - 5; page < pages; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
  expect(await code(again.query('SELECT data FROM events'))).toBe('corrupt')
  expect(await again.query("SELECT name FROM meta WHERE name = 'epoch'")).toHaveLength(1)
  await again.close()
  expect(reasons).toEqual([])
})

test('H13 what was written last is kept where the rest cannot be saved', async () => {
  // More than the writer's cache holds.
  const before = await temp.open()
  const big = JSON.stringify('y'.repeat(1_000_000))
  for (let n = 0; n < 24; n++) await before.commit({ events: [event(big)] })
  await before.close()
  const storage = await temp.open({ lost: (reason) => void reasons.push(reason) })
  await storage.commit({ events: [event()] })
  const file = openSync(temp.path, 'r+')
  for (let page = 0; page < 6000; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
  expect(await code(storage.commit({ events: [event()] }))).toBe('corrupt')
  expect(reasons[0]).toEndWith(`; what was written last is in ${temp.path}.kept-1-wal`)
  await storage.close()
  expect((statSync(`${temp.path}.kept-1-wal`).mode & 0o777).toString(8)).toBe('600')
})

test('H13 P2 a database whose WAL was deleted takes no more commits, and the file has all that was acknowledged', async () => {
  const storage = await filled()
  unlinkSync(`${temp.path}-wal`)
  expect(await code(storage.commit({ events: [event()] }))).toBe('corrupt')
  expect(reasons).toEqual([`the database file was parted from its WAL while it was open; what it held is in ${temp.path}`])
  // As after a kill: nothing was closed.
  copyFileSync(temp.path, `${temp.path}.copy`)
  expect(new Database(`${temp.path}.copy`).query('SELECT COUNT(*) AS count FROM events').get()).toEqual({ count: 100 })
  await storage.close()
  const again = await temp.open()
  expect(again.epoch).toBe(storage.epoch)
  expect(await again.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 101 }] })
})

test('H13 a file too large to be looked through at every start is looked through after it was lost', async () => {
  await (await filled(500)).close()
  const file = openSync(temp.path, 'r+')
  const pages = statSync(temp.path).size / 4096
  for (let page = pages - 5; page < pages; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
  // A hole behind the last page: large without a byte more on the disk.
  truncateSync(temp.path, 513 * 1024 * 1024)
  const storage = await temp.open({ lost: (reason) => void reasons.push(reason) })
  expect(temp.logged).toEqual([])
  expect(await code(storage.commit({ statements: [{ sql: 'UPDATE events SET timestamp = 2' }] }))).toBe('corrupt')
  expect(reasons).toHaveLength(1)
  await storage.close()
  truncateSync(temp.path, 513 * 1024 * 1024)
  const again = await temp.open()
  expect(again.epoch).not.toBe(storage.epoch)
  expect(readdirSync(dirname(temp.path)).filter((name) => name.endsWith('.suspect'))).toEqual([])
})
