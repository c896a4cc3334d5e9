// What every storage must do, whatever database is under it. Run by a test file per implementation.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { StorageError, type Batch, type CommitResult, type KeptAnswer, type NewEvent, type Storage } from '../../relay/storage/storage.ts'

/** A place for one database, which outlives the storages opened on it. */
type StoragePlace = { open(): Promise<Storage>; remove(): Promise<void> }

const at = 1_700_000_000_000

type KeptRow = { user_id: string; id: string; hash: string; outcome: string; result: string; at: number }

const event = (channel: string, data: unknown = {}, task?: string): NewEvent => ({
  channel,
  type: 'message',
  data: JSON.stringify(data),
  timestamp: at,
  task,
})

const answer = (id: string, userId = 'ann'): KeptAnswer => ({ userId, id, hash: 'h', outcome: 'success', result: '{"ok":true}', at })

const problemOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (problem: unknown) => problem)

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

function positionsOf(result: CommitResult): [number, number | null][] {
  if (result.outcome !== 'committed') throw new Error(`not committed: ${result.outcome}`)
  return result.positions.map(({ seq, taskSeq }) => [seq, taskSeq])
}

const update = (amount: number, id: string) => ({ sql: 'UPDATE things SET amount = ? WHERE id = ?', params: [amount, id], changes: 1 })

export function storageContract(name: string, makePlace: () => Promise<StoragePlace>): void {
  describe(`storage on ${name}`, () => {
    let place: StoragePlace
    let storage: Storage

    beforeEach(async () => {
      place = await makePlace()
      storage = await place.open()
      await storage.commit({
        statements: [
          { sql: 'CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL)' },
          { sql: "INSERT INTO things (id, amount) VALUES ('a', 1), ('b', 2), ('c', 3)" },
        ],
      })
    })
    afterEach(async () => {
      await storage.close()
      await place.remove()
    })

    async function seqs(channel: string): Promise<number[]> {
      const rows = await storage.query<{ seq: number }>('SELECT seq FROM events WHERE channel = ? ORDER BY seq', [channel])
      return rows.map((row) => Number(row.seq))
    }

    const amounts = async () =>
      (await storage.query<{ amount: number }>('SELECT amount FROM things ORDER BY id')).map((row) => Number(row.amount))

    test('numbers events in their channel and in their task, each from 1', async () => {
      const first = await storage.commit({ events: [event('session:1', {}, 't1'), event('session:1'), event('session:2', {}, 't2')] })
      const second = await storage.commit({ events: [event('session:1', {}, 't1'), event('session:1', {}, 't2')] })
      expect(positionsOf(first)).toEqual([[1, 1], [2, null], [1, 1]])
      expect(positionsOf(second)).toEqual([[3, 2], [4, 2]])
    })

    test('keeps an event as it was given', async () => {
      const data = '{"text":"한글 🧵 \\u0000 \\"q\\"","n":1.5}'
      await storage.commit({ events: [{ channel: 'user:ann', type: 'mention', data, timestamp: at + 123, task: null }] })
      const [row] = await storage.query<Record<string, unknown>>('SELECT * FROM events')
      expect(row).toMatchObject({ channel: 'user:ann', type: 'mention', data, task: null, task_seq: null })
      expect(Number(row!.timestamp)).toBe(at + 123)
      expect(Number(row!.bytes)).toBe(Buffer.byteLength(data))
    })

    test('answers in the order of the calls', async () => {
      const order: number[] = []
      const batchOf = (index: number): Batch => (index % 7 === 0 ? { statements: [update(0, 'none')] } : { events: [event('session:1')] })
      await Promise.all(range(300).map((index) => storage.commit(batchOf(index)).then(() => order.push(index))))
      expect(order).toEqual(range(300))
    })

    test('what was committed can be read at once', async () => {
      await storage.commit({ statements: [update(11, 'a')] })
      expect(await amounts()).toEqual([11, 2, 3])
    })

    test('refuses a batch whose statement changes too few rows, and undoes all of it', async () => {
      const result = await storage.commit({
        answer: answer('x1'),
        statements: [{ sql: 'UPDATE things SET amount = 99', changes: 3 }, update(98, 'none')],
        events: [event('session:1')],
      })
      expect(result).toEqual({ outcome: 'refused', statement: 1 })
      expect(await amounts()).toEqual([1, 2, 3])
      expect(await seqs('session:1')).toEqual([])
      expect(await storage.query('SELECT id FROM answers')).toEqual([])
    })

    test('a statement that changes too much is refused as well', async () => {
      const result = await storage.commit({ statements: [{ sql: 'UPDATE things SET amount = 99', changes: 1 }] })
      expect(result).toEqual({ outcome: 'refused', statement: 0 })
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('a broken constraint is a refusal', async () => {
      const remove = { sql: 'DELETE FROM things WHERE id = ?', params: ['b'] }
      const insert = { sql: 'INSERT INTO things (id, amount) VALUES (?, ?)', params: ['a', 5] }
      expect(await storage.commit({ statements: [remove, insert] })).toEqual({ outcome: 'refused', statement: 1 })
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('neither a refusal nor a mistake disturbs the others of its group', async () => {
      const results = await Promise.allSettled([
        storage.commit({ events: [event('session:1')] }),
        storage.commit({ statements: [{ sql: 'DELETE FROM things', changes: 1 }], events: [event('session:1')] }),
        storage.commit({ events: [event('session:1')] }),
        storage.commit({ statements: [{ sql: 'NOT A STATEMENT' }], events: [event('session:1')] }),
        storage.commit({ events: [event('session:1', {}, 't')] }),
      ])
      const words = results.map((result) => (result.status === 'fulfilled' ? result.value.outcome : (result.reason as StorageError).code))
      expect(words).toEqual(['committed', 'refused', 'committed', 'failed', 'committed'])
      expect(await seqs('session:1')).toEqual([1, 2, 3])
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('a mistake in the middle of a batch takes back its numbers', async () => {
      const wrong = { ...event('session:1'), type: null as unknown as string }
      expect(await problemOf(storage.commit({ events: [event('session:1', {}, 't'), wrong] }))).toBeInstanceOf(StorageError)
      expect(positionsOf(await storage.commit({ events: [event('session:1', {}, 't')] }))).toEqual([[1, 1]])
    })

    test('keeps an answer once', async () => {
      const attempts = range(50).map(() => storage.commit({ answer: answer('same'), events: [event('session:1')] }))
      const words = (await Promise.all(attempts)).map((result): string => result.outcome)
      expect(words).toEqual(['committed', ...range(49).map(() => 'repeated')])
      expect(await seqs('session:1')).toEqual([1])
      expect((await storage.commit({ answer: answer('same', 'bob') })).outcome).toBe('committed')
      const rows = await storage.query<KeptRow>('SELECT * FROM answers ORDER BY user_id')
      const row = { id: 'same', hash: 'h', outcome: 'success', result: '{"ok":true}', at }
      expect(rows.map((each) => ({ ...each, at: Number(each.at) }))).toEqual([{ user_id: 'ann', ...row }, { user_id: 'bob', ...row }])
    })

    test('a refused command may be tried again under its id', async () => {
      expect((await storage.commit({ answer: answer('x1'), statements: [update(7, 'none')] })).outcome).toBe('refused')
      expect((await storage.commit({ answer: answer('x1'), statements: [update(7, 'a')] })).outcome).toBe('committed')
    })

    test('what is no parameter is refused before it can disturb anybody', async () => {
      for (const param of [undefined, true, () => 1, Symbol('x'), { a: 1 }]) {
        const statement = { sql: 'UPDATE things SET amount = 5 WHERE id = ?', params: [param as unknown as string] }
        const [wrong, right] = await Promise.allSettled([storage.commit({ statements: [statement] }), storage.commit({ events: [event('session:1')] })])
        expect([wrong.status, right.status]).toEqual(['rejected', 'fulfilled'])
      }
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('an empty batch is committed', async () => {
      expect(await storage.commit({})).toEqual({ outcome: 'committed', positions: [] })
    })

    test('a wrong query rejects and the next one works', async () => {
      expect(await problemOf(storage.query('SELECT nothing FROM nowhere'))).toBeInstanceOf(StorageError)
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('reading cannot write', async () => {
      expect(await problemOf(storage.query("DELETE FROM things WHERE id = 'a'"))).toBeInstanceOf(StorageError)
      expect(await amounts()).toEqual([1, 2, 3])
    })

    test('H3: goes on where it stood after it was opened again', async () => {
      const { epoch } = storage
      await storage.commit({ answer: answer('x1'), events: [event('session:1', {}, 't'), event('session:1', {}, 't')] })
      await storage.close()
      storage = await place.open()
      expect(storage.epoch).toBe(epoch)
      expect(positionsOf(await storage.commit({ events: [event('session:1', {}, 't')] }))).toEqual([[3, 3]])
      expect((await storage.commit({ answer: answer('x1') })).outcome).toBe('repeated')
    })

    test('numbers are never given twice, also when the events are gone', async () => {
      await storage.commit({ events: [event('user:ann'), event('user:ann')] })
      await storage.commit({ statements: [{ sql: 'DELETE FROM events' }] })
      await storage.close()
      storage = await place.open()
      expect(positionsOf(await storage.commit({ events: [event('user:ann')] }))).toEqual([[3, null]])
    })

    test('close finishes what was submitted and refuses what comes after', async () => {
      const before = range(200).map(() => storage.commit({ events: [event('session:1')] }))
      const closing = storage.close()
      const after = problemOf(storage.commit({ events: [event('session:1')] }))
      expect((await Promise.all(before)).every((result) => result.outcome === 'committed')).toBe(true)
      await closing
      expect(await after).toMatchObject({ code: 'closed' })
      expect(await problemOf(storage.query('SELECT 1'))).toMatchObject({ code: 'closed' })
      storage = await place.open()
      expect(await seqs('session:1')).toEqual(range(200).map((index) => index + 1))
    })

    test('random histories equal a plain model', async () => {
      const channels = ['session:1', 'session:2', 'user:ann']
      const step = fc.record({
        events: fc.array(fc.record({ channel: fc.constantFrom(...channels), task: fc.option(fc.constantFrom('t1', 't2')) }), { maxLength: 4 }),
        answer: fc.option(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8')),
        refused: fc.boolean(),
        together: fc.boolean(),
      })
      let run = 0
      const check = async (history: ReturnType<typeof step.generate>['value'][]) => {
        const suffix = `/${run++}`
        const tops = new Map<string, number>()
        const answers = new Set<string>()
        const next = (key: string) => tops.set(key, (tops.get(key) ?? 0) + 1).get(key)!
        const expected: CommitResult[] = []
        const actual: Promise<CommitResult>[] = []
        for (const { events, answer: id, refused, together } of history) {
          if (id !== null && answers.has(id)) {
            expected.push({ outcome: 'repeated' })
          } else if (refused) {
            expected.push({ outcome: 'refused', statement: 0 })
          } else {
            if (id !== null) answers.add(id)
            const positions = events.map(({ channel, task }) => ({ seq: next(channel), taskSeq: task === null ? null : next(task) }))
            expected.push({ outcome: 'committed', positions })
          }
          const commit = storage.commit({
            statements: refused ? [update(0, 'none')] : [],
            events: events.map(({ channel, task }) => event(channel + suffix, {}, task === null ? undefined : task + suffix)),
            answer: id === null ? undefined : answer(id, `ann${suffix}`),
          })
          actual.push(commit)
          if (!together) await commit
        }
        expect(await Promise.all(actual)).toEqual(expected)
        for (const channel of channels) expect(await seqs(channel + suffix)).toEqual(range(tops.get(channel) ?? 0).map((index) => index + 1))
      }
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), check), { numRuns: 60 })
    })
  })
}
