// SQLite's own side of storage: durability settings, modes, damage, a full disk, other programs at the same file.
import { Glob } from 'bun'
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { closeSync, openSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { listOf, StorageError, type NewEvent } from '../../../relay/storage/storage.ts'
import { tempStorage, type TempStorage } from './temp-storage.ts'

let temp: TempStorage
beforeEach(() => void (temp = tempStorage()))
afterEach(() => temp.remove())

const event = (channel = 'session:1', data = '{}'): NewEvent => ({ channel, type: 'message', data, timestamp: 1 })
const failure = (promise: Promise<unknown>) => promise.then(() => null, (problem: unknown) => problem as StorageError)
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('the writer is durable: WAL, FULL, foreign keys, a busy timeout', async () => {
  const storage = await temp.open({ busyMs: 1234 })
  await storage.commit({
    statements: [
      { sql: 'CREATE TABLE seen (name TEXT, value TEXT)' },
      // Read by the writing connection itself: these settings belong to a connection, not to the file.
      { sql: "INSERT INTO seen SELECT 'journal_mode', journal_mode FROM pragma_journal_mode" },
      { sql: "INSERT INTO seen SELECT 'synchronous', synchronous FROM pragma_synchronous" },
      { sql: "INSERT INTO seen SELECT 'foreign_keys', foreign_keys FROM pragma_foreign_keys" },
      { sql: "INSERT INTO seen SELECT 'busy_timeout', timeout FROM pragma_busy_timeout" },
    ],
  })
  const rows = await storage.query<{ name: string; value: string }>('SELECT name, value FROM seen')
  expect(Object.fromEntries(rows.map((row) => [row.name, row.value]))).toEqual({
    journal_mode: 'wal',
    synchronous: '2',
    foreign_keys: '1',
    busy_timeout: '1234',
  })
})

test('only the owner may read the data', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  expect(modeOf(dirname(temp.path))).toBe('700')
  for (const suffix of ['', '-wal', '-shm']) expect(modeOf(temp.path + suffix)).toBe('600')
})

test('a closed database is one file', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  await storage.close()
  expect(readdirSync(dirname(temp.path))).toEqual(['ensemble.db'])
})

test('understands the ways to write a path, and refuses what it cannot open', async () => {
  for (const url of [`file://${temp.path}`, `file:${temp.path}`, `sqlite://${temp.path}`, temp.path]) {
    const storage = await temp.open({ url })
    await storage.commit({ events: [event('user:ann')] })
    await storage.close()
  }
  const storage = await temp.open()
  expect(await storage.query<{ seq: number }>("SELECT seq FROM tops WHERE channel = 'user:ann'")).toEqual([{ seq: 4 }])
  expect((await failure(temp.open({ url: 'mysql://x' })))!.message).toContain('DATABASE_URL')
})

test('a full disk rejects with `full`, and commits work again when there is room', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  // SQLite's own limit of the file: the same error, from the same place, as a disk without room.
  const [pages] = await storage.query<{ page_count: number }>('PRAGMA page_count')
  await storage.commit({ statements: [{ sql: `PRAGMA max_page_count = ${pages!.page_count + 2}` }] })
  const big = JSON.stringify({ text: 'x'.repeat(40_000) })
  const results = await Promise.all([failure(storage.commit({ events: [event('session:1', big)] })), failure(storage.commit({ events: [event('session:1', big)] }))])
  for (const problem of results) {
    expect(problem).toBeInstanceOf(StorageError)
    expect(problem!.code).toBe('full')
  }
  await storage.commit({ statements: [{ sql: 'PRAGMA max_page_count = 1000000' }] })
  expect(await storage.commit({ events: [event('session:1', big)] })).toEqual({ outcome: 'committed', positions: [{ seq: 2, taskSeq: null }] })
})

test('a database that another program has locked rejects with `locked`, then works again', async () => {
  const storage = await temp.open({ busyMs: 50 })
  const other = new Database(temp.path)
  other.run('BEGIN IMMEDIATE')
  const problem = await failure(storage.commit({ events: [event()] }))
  expect(problem!.code).toBe('locked')
  expect(await storage.query('SELECT * FROM events')).toEqual([])
  other.run('ROLLBACK')
  other.close()
  expect(await storage.commit({ events: [event()] })).toEqual({ outcome: 'committed', positions: [{ seq: 1, taskSeq: null }] })
})

test('memory is bounded while the writer cannot work', async () => {
  const storage = await temp.open({ busyMs: 500 })
  const other = new Database(temp.path)
  other.run('BEGIN IMMEDIATE')
  const data = JSON.stringify('x'.repeat(1024 * 1024))
  const commits = Array.from({ length: 80 }, () => failure(storage.commit({ events: [event('session:1', data)] })))
  // The last ones are refused at once, long before the lock times out.
  expect((await commits.at(-1)!)!.message).toContain('too far behind')
  other.run('ROLLBACK')
  other.close()
  const refused = (await Promise.all(commits)).filter((problem) => problem !== null)
  expect(refused.length).toBeGreaterThan(10)
  expect(refused.every((problem) => problem.code === 'locked')).toBe(true)
  const [row] = await storage.query<{ count: number }>('SELECT COUNT(*) AS count FROM events')
  expect(row!.count).toBe(80 - refused.length)
  expect((await storage.commit({ events: [event()] })).outcome).toBe('committed')
})

test('several programs may open a new database in the same moment', async () => {
  const storages = await Promise.all(Array.from({ length: 12 }, () => temp.open()))
  expect(new Set(storages.map((storage) => storage.epoch)).size).toBe(1)
  await Promise.all(storages.map((storage) => storage.commit({ events: [event()] })))
  expect(await storages[0]!.query('SELECT seq FROM events ORDER BY seq')).toEqual(storages.map((_, index) => ({ seq: index + 1 })))
})

test('notices numbers that another program has given', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  const second = await temp.open()
  expect(await second.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 2 }] })
  expect(await storage.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 3 }] })
})

/** Fills a database so that it has many pages, and closes it. */
async function filled(): Promise<string> {
  const storage = await temp.open()
  await Promise.all(Array.from({ length: 500 }, (_, index) => storage.commit({ events: [event(`session:${index % 9}`, JSON.stringify({ index, text: 'y'.repeat(400) }))] })))
  await storage.close()
  return storage.epoch
}

const damages: Record<string, (path: string) => void> = {
  'its first bytes overwritten': (path) => {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 0)
    closeSync(file)
  },
  'pages in the middle overwritten': (path) => {
    const file = openSync(path, 'r+')
    for (let page = 20; page < 40; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
    closeSync(file)
  },
  'its end cut off': (path) => truncateSync(path, 4096 * 10),
  'something else in its place': (path) => writeFileSync(path, 'this was a shopping list '.repeat(1000)),
}

for (const [damage, inflict] of Object.entries(damages)) {
  test(`a database with ${damage} is set aside and a new one started under a new epoch`, async () => {
    const epoch = await filled()
    inflict(temp.path)
    const { size } = statSync(temp.path)
    const storage = await temp.open()
    expect(storage.epoch).not.toBe(epoch)
    expect(await storage.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 1 }] })
    const loud = temp.logged.find((line) => String(line.event).startsWith('the database was damaged'))
    expect(loud).toMatchObject({ level: 'error', path: temp.path, epoch: storage.epoch })
    expect(statSync(loud!.set_aside as string).size).toBe(size)
  })
}

test('a healthy database is left alone', async () => {
  const epoch = await filled()
  const storage = await temp.open()
  expect(storage.epoch).toBe(epoch)
  expect(readdirSync(dirname(temp.path)).filter((name) => name.includes('damaged'))).toEqual([])
  expect(temp.logged).toEqual([])
})

const keptIn = (path: string) => new Database(path, { readonly: true }).query('SELECT COUNT(*) AS count FROM events').get()

test('H13 a database that is deleted while it is open takes no more commits, says so once, and all it held is put back', async () => {
  const reasons: string[] = []
  const storage = await temp.open({ lost: (reason) => void reasons.push(reason) })
  await storage.commit({ events: [event()] })
  unlinkSync(temp.path)
  expect((await failure(storage.commit({ events: [event()] })))!.code).toBe('corrupt')
  expect((await failure(storage.commit({ events: [event()] })))!.code).toBe('corrupt')
  expect(reasons).toEqual([`the database file was deleted or replaced while it was open; what it held is in ${temp.path}`])
  expect(modeOf(temp.path)).toBe('600')
  await storage.close()
  const again = await temp.open()
  expect(again.epoch).toBe(storage.epoch)
  expect(await again.commit({ events: [event()] })).toMatchObject({ positions: [{ seq: 2 }] })
})

test('H13 one that is replaced is kept beside what came in its place', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  renameSync(temp.path, `${temp.path}.away`)
  writeFileSync(temp.path, 'another')
  expect((await failure(storage.commit({ events: [event()] })))!.message).toEndWith(`${temp.path}.kept-1`)
  expect(readFileSync(temp.path, 'utf8')).toBe('another')
  expect(keptIn(`${temp.path}.kept-1`)).toEqual({ count: 1 })
})

test('H13 one that was deleted while nobody wrote is put back at the end', async () => {
  const storage = await temp.open()
  await storage.commit({ events: [event()] })
  unlinkSync(temp.path)
  await storage.close()
  expect(keptIn(temp.path)).toEqual({ count: 1 })
})

test('damage that a read meets is said', async () => {
  await filled()
  const storage = await temp.open()
  const file = openSync(temp.path, 'r+')
  for (let page = 1; page < 40; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
  expect((await failure(storage.query('SELECT data FROM events')))!.code).toBe('corrupt')
  expect(temp.logged.map((line) => line.event)).toEqual(['the database is damaged'])
})

test('a database of a newer version is not touched', async () => {
  await (await temp.open()).close()
  const newer = new Database(temp.path)
  newer.run("INSERT INTO migrations (number, name, at) VALUES (9999, 'future', 0)")
  newer.close()
  const problem = await failure(temp.open())
  expect(problem).toBeInstanceOf(StorageError)
  expect(problem!.message).toContain('newer version')
  expect(readdirSync(dirname(temp.path)).filter((name) => name.includes('damaged'))).toEqual([])
})

test('a folder that cannot be written to is an error and not damage', async () => {
  writeFileSync(`${temp.folder}/file`, '')
  expect(await failure(temp.open({ url: `sqlite:${temp.folder}/file/ensemble.db` }))).toBeInstanceOf(StorageError)
})

test('a list in one column has its order, and no aggregate of the relay orders by itself, which the SQLite of macOS up to 15 does not know', async () => {
  const storage = await temp.open()
  const values = listOf("SELECT column1 AS id FROM (VALUES ('b', 2), ('c', 1), ('a', 3)) WHERE column2 < 9 ORDER BY column2")
  expect(await storage.query(`SELECT ${values} AS list, ${listOf("SELECT 'x' AS id WHERE 1 = 0")} AS none`)).toEqual([{ list: '["c","b","a"]', none: '[]' }])
  const ordered = /\b(?:json_group_array|json_group_object|group_concat|string_agg|count|sum|total|avg|min|max)\s*\((?:[^()]|\([^()]*\))*?\sorder\s+by\b/i
  expect([ordered.test('json_group_array(c.id ORDER BY c.at)'), ordered.test(values)]).toEqual([true, false])
  const relay = `${import.meta.dir}/../../../relay`
  const found = [...new Glob('**/*.{ts,sql}').scanSync(relay)].filter((file) => ordered.test(readFileSync(`${relay}/${file}`, 'utf8')))
  expect(found).toEqual([])
})
