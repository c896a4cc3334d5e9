// The writer stands still because somebody else holds the database: nobody sees, and nobody is told done, what is not in the file (H10).
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createGate } from '../../relay/demo/script.ts'
import { until } from '../src/stores/test-browser.ts'
import { eventually } from '../support/eventually.ts'
import { connectProtocol } from '../support/protocol-client.ts'
import { everySeq, notesOf, openPerson, textOf, type Person } from './reconnect-browser.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

type Kept = { seq: number; type: string; data: unknown }

test('H10 two people in browsers and a script while the database is held, and after it is let go: what they have is what is in the file', async () => {
  const disk = createRelayOnDisk({ settings: { PROMPTS_PER_SECOND: '1000' } })
  const people: Person[] = []
  let holder: Database | null = null
  try {
    const relay = await disk.start()
    const gate = createGate()
    disk.api.when('tell me').say('It begins. ').hold(gate).say('It ends.')
    const come = async (code: string) => {
      const person = await openPerson({ origin: relay.url, hash: `#code=${code}` })
      people.push(person)
      return person
    }
    const [ada, grace] = [await come(relay.code), await come(await relay.codeFor('Grace'))]
    const made = await ada.sessions.create({ title: 'Held' })
    if (!made.ok) throw new Error(made.trouble.message)
    const id = made.data.session_id
    const channel = `session:${id}`
    const looks = [ada.session(id), grace.session(id)]
    for (const session of looks) await session.open()
    await until(() => looks.every((session) => session.isCurrent), 'both look')
    const script = await connectProtocol({ url: relay.url, token: await relay.token('Min'), simple: true, name: 'script' })
    await script.ask('join_collaboration', { session_id: id })
    expect((await looks[0]!.prompt({ content: 'tell me' }).answer).ok).toBe(true)
    await until(() => looks.every((session) => textOf(session) === 'It begins. '), 'the beginning', 30_000)
    expect((await looks[1]!.note('before').answer).ok).toBe(true)

    const kept = () => disk.rows<{ seq: number; type: string; data: string }>('SELECT seq, type, data FROM events WHERE channel = ? ORDER BY seq', channel).map((row): Kept => ({ ...row, data: JSON.parse(row.data) }))
    const shown = () => [ada.events(id), grace.events(id), script.events(channel)].map((events) => events.map(({ seq, type, data }) => ({ seq: seq!, type: type as string, data: data as unknown })))
    /** Everything that anybody has is in the file, as they have it. */
    function expectKept(): void {
      const received = shown()
      const file = new Map(kept().map((each) => [each.seq, each]))
      for (const events of received) for (const event of events) expect({ ...event, kept: file.get(event.seq) }).toEqual({ ...event, kept: event })
    }
    const last = kept().at(-1)!.seq
    await eventually('all have what there is', () => shown().every((events) => events.at(-1)?.seq === last))
    expectKept()

    holder = new Database(join(disk.home.data, 'ensemble.sqlite'))
    holder.run('BEGIN IMMEDIATE')
    let told = 0
    const said = Array.from({ length: 12 }, (_, index) => looks[index % 2]!.note(`while it is held ${index}`))
    // Settled in any case: what fails here must not be hidden by answers that then never come.
    const answers = Promise.allSettled([...said.map((each) => each.answer), script.request('command', { session_id: id, command: 'note', args: { content: 'by the script' } })].map((answer) => answer.finally(() => (told += 1))))
    await Promise.all(said.map((each) => each.stored))
    gate.open()
    // The relay lives meanwhile and answers what needs no writer.
    for (let round = 0; round < 100; round++) {
      expect((await script.request('ping')).ok).toBe(true)
      expectKept()
      expect([told, kept().length, ...shown().map((events) => events.at(-1)!.seq)]).toEqual([0, last, last, last, last])
    }

    holder.run('ROLLBACK')
    for (const outcome of await answers) expect(outcome).toMatchObject({ status: 'fulfilled', value: { ok: true } })
    await until(() => looks.every((session) => session.timeline.runningId === null && notesOf(session).length === 14), 'all of it', 30_000)
    const top = kept().at(-1)!.seq
    await eventually('all have all', () => shown().every((events) => events.at(-1)?.seq === top))
    expectKept()
    for (const events of shown()) expect(events.map(({ seq }) => seq)).toEqual(everySeq(events[0]!.seq, top))
    for (const session of looks) {
      expect(textOf(session)).toBe('It begins. It ends.')
      expect(new Set(notesOf(session)).size).toBe(14)
    }
    expect(people.flatMap((each) => each.browser.problems)).toEqual([])
    script.close()
  } finally {
    holder?.close()
    for (const each of people) each.browser.close()
    await disk.stop()
  }
}, 60_000)
