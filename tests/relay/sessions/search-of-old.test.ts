// What was said before there was an index of it: read through until it is filled in, a bounded piece at a time.
import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { createTranscriptFill } from '../../../relay/events/events.ts'
import { eventually } from '../../support/eventually.ts'
import { sayIn, sessionsRig } from './sessions-rig.ts'

test('however long a text or a word is, a look at it is short, and finds all that is searched', async () => {
  const own = await sessionsRig()
  const who = await own.person('old')
  const id = await own.begin(who)
  const channel = `session:${id}`
  await sayIn(own, id, 'a'.repeat(1_048_576), { role: 'claude' })
  // Control characters are written with six signs each.
  await sayIn(own, id, `${'\u0001'.repeat(32_700)} ${'한글'.repeat(20)} ж`, { role: 'claude' })
  await own.run('UPDATE transcripts SET since = 1000')
  const find = async (word: string) => (await own.transcripts.find(channel, [word], { before: null, limit: 10 })).found.length
  expect([await find('ж'), await find('한글'.repeat(20)), await find('한글'.repeat(20).normalize('NFD')), await find(`${'한글'.repeat(19)}한한`)]).toEqual([1, 1, 1, 0])
  const seq = Number((await own.storage.query<{ seq: number }>("SELECT MIN(seq) AS seq FROM events WHERE channel = ? AND type = 'claude_response'", [channel]))[0]!.seq)
  const fastestMs = async (word: string) => {
    const took: number[] = []
    for (let i = 0; i < 3; i++) {
      const from = performance.now()
      await own.transcripts.find(channel, [word], { before: seq + 1, limit: 10 })
      took.push(performance.now() - from)
    }
    return Math.min(...took)
  }
  expect(await fastestMs(`${'a'.repeat(199)}b`)).toBeLessThan(40 * (1 + (await fastestMs('zq'))))
  await own.end()
})

test('is found at once by reading, and filled in step by step, once', async () => {
  const own = await sessionsRig()
  const who = await own.person('old')
  const id = await own.begin(who)
  for (let n = 0; n < 130; n++) await sayIn(own, id, n === 64 ? 'a single zircon' : `filler ${n}`, { role: n % 2 ? 'claude' : 'user' })
  const [{ seq: top }] = (await own.storage.query<{ seq: number }>('SELECT seq FROM tops WHERE channel = ?', [`session:${id}`])) as [{ seq: number }]
  // As the migration finds an old database: nothing is in the index.
  await own.run("INSERT INTO transcript_texts (transcript_texts) VALUES ('delete-all')")
  await own.run('UPDATE transcripts SET since = ?', top + 1)
  const zircon = async () => (await own.sessions.search(who, { q: 'zircon' })).hits.map(({ snippet }) => snippet)
  expect(await zircon()).toEqual(['a single zircon'])
  const indexed = async () => (await own.storage.query('SELECT rowid FROM transcript_texts WHERE transcript_texts MATCH ?', ['filler OR zircon'])).length
  expect(await indexed()).toBe(0)

  const first = createTranscriptFill({ storage: own.storage, clock: own.clock, log: own.temp.log })
  first.start()
  await eventually('a first step is filled', async () => (await indexed()) > 0)
  // A restart in the middle; a text that comes meanwhile is indexed by its own commit.
  first.stop()
  await sayIn(own, id, 'filler while it fills')
  expect(await zircon()).toEqual(['a single zircon'])
  const second = createTranscriptFill({ storage: own.storage, clock: own.clock, log: own.temp.log })
  second.start()
  await eventually('all of it is filled', async () => {
    own.clock.advance(20)
    return (await indexed()) === 131
  })
  second.stop()
  expect(await zircon()).toEqual(['a single zircon'])
  expect(await own.storage.query('SELECT since FROM transcripts WHERE channel = ?', [`session:${id}`])).toEqual([{ since: 1 }])
  await own.ask(who, (asked) => own.sessions.remove(asked, id, { purge: true }))
  expect(await indexed()).toBe(0)
  const path = own.temp.path
  await own.storage.close()
  const database = new Database(path)
  expect(() => database.run("INSERT INTO transcript_texts (transcript_texts) VALUES ('integrity-check')")).not.toThrow()
  database.close()
  await own.end()
}, 20_000)

test('a session that is erased before it is filled leaves nothing behind', async () => {
  const own = await sessionsRig()
  const who = await own.person('old')
  const id = await own.begin(who)
  for (let n = 0; n < 5; n++) await sayIn(own, id, `amphibole ${n}`)
  await own.run("INSERT INTO transcript_texts (transcript_texts) VALUES ('delete-all')")
  await own.run('UPDATE transcripts SET since = 1000')
  await own.ask(who, (asked) => own.sessions.remove(asked, id, { purge: true }))
  expect(await own.storage.query('SELECT rowid FROM transcript_texts WHERE transcript_texts MATCH ?', ['amphibole'])).toEqual([])
  await own.end()
})
