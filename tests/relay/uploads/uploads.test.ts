// Uploads over a real disk and database: one writer, offsets that are true, room that people have, and a crash between any two steps of the end.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, rmSync, statSync, truncateSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { diskOf } from '../../../relay/disk-room.ts'
import type { Begin } from '../../../relay/uploads/uploads.ts'
import { eventually } from '../../support/eventually.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

const mib = 1024 * 1024
const limits = { maxBytes: mib, sessionBytes: 2 * mib, userBytes: 3 * mib, open: 4, parallel: 3, expiryMs: 3_600_000 }
let rig: SessionsRig
let owner: Identity
let friend: Identity
let stranger: Identity
let sessionId: string
beforeAll(async () => {
  rig = await sessionsRig({ limits })
  ;[owner, friend, stranger] = (await Promise.all(['owner', 'friend', 'stranger'].map((name) => rig.person(name)))) as [Identity, Identity, Identity]
  sessionId = await rig.begin(owner, { visibility: 'private' })
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, sessionId, friend.userId, 'collaborator'))
})
afterAll(() => rig.end())


const bytes = (text: string) => Buffer.from(text)
const hex = (content: Uint8Array) => new Bun.CryptoHasher('sha256').update(content).digest('hex')
const begin = (who: Identity, about: Partial<Begin> = {}, on = rig) => on.ask(who, (asked) => on.uploads.begin(asked, { filename: 'a.bin', content_type: '', size: 10, ...about }))
const abandon = (who: Identity, id: string) => rig.ask(who, (asked) => rig.uploads.abandon(asked, id))
const content = async (id: string, on = rig) => Buffer.from((await on.files.bytesOf(id))!).toString()
const incoming = (on = rig) => readdirSync(join(on.filesFolder, 'incoming'))
/** The code of a refusal with its reason, or `ok`. */
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (problem: unknown) => {
      if (!(problem instanceof Refused)) throw problem
      const { reason } = (problem.options.details ?? {}) as { reason?: string }
      return reason ? `${problem.code} ${reason}` : problem.code
    },
  )
/** A connection of which nobody knows whether it lives. */
function line() {
  const pieces: Uint8Array[] = []
  let wake = () => {}
  let over: Error | 'end' | null = null
  return {
    send: (text: string) => (pieces.push(bytes(text)), wake()),
    end: () => ((over = 'end'), wake()),
    break: () => ((over = new Refused('VALIDATION', 'the body ended early')), wake()),
    content: (async function* () {
      for (;;) {
        while (pieces.length > 0) yield pieces.shift()!
        if (over === 'end') return
        if (over) throw over as Error
        await new Promise<void>((resolve) => (wake = resolve))
      }
    })(),
  }
}
const offsetIs = (who: Identity, id: string, offset: number) => eventually(`it has come to ${offset}`, async () => (await rig.uploads.state(who, id)).offset === offset)

describe('growing', () => {
  test('piece by piece, under the id that its sender chose, and a file with its last byte', async () => {
    const id = crypto.randomUUID()
    const mark = await rig.events.top(`session:${sessionId}`)
    expect(await begin(friend, { file_id: id, session_id: sessionId, filename: '../보고서.txt', folder: '자료/6월', content_type: 'text/plain' })).toMatchObject({ file_id: id, offset: 0, size: 10, done: false })
    expect(await rig.uploads.append(friend, id, 0, [bytes('0123')])).toMatchObject({ offset: 4, done: false })
    // The same once more: the same upload, where it stands.
    expect(await begin(friend, { file_id: id, session_id: sessionId, filename: '보고서.txt', folder: '자료/6월', content_type: 'text/plain' })).toMatchObject({ offset: 4, done: false })
    expect(await rig.uploads.append(friend, id, 4, [bytes('45'), bytes('6789')], { sha256: hex(bytes('0123456789')) })).toEqual({ file_id: id, offset: 10, size: 10, expires_at: null, done: true, sha256: hex(bytes('0123456789')) })
    expect(await content(id)).toBe('0123456789')
    expect((await rig.files.read(owner, id)).sha256).toBe(hex(bytes('0123456789')))
    const [told] = await rig.log(`session:${sessionId}`, mark)
    expect(told).toMatchObject({ type: 'file_uploaded', data: { file_id: id, filename: '보고서.txt', folder: '자료/6월', size: 10, user_id: friend.userId } })
    // And afterwards: told as what it is, however it is asked.
    expect(await begin(friend, { file_id: id, session_id: sessionId, filename: '보고서.txt', folder: '자료/6월' })).toMatchObject({ offset: 10, done: true })
    expect(await rig.uploads.state(friend, id)).toMatchObject({ offset: 10, done: true })
    expect(await rig.uploads.append(friend, id, 10, [])).toMatchObject({ offset: 10, done: true })
    expect(await outcomeOf(rig.uploads.append(friend, id, 4, [bytes('x')]))).toBe('CONFLICT offset')
    expect(await outcomeOf(rig.uploads.append(friend, id, 10, [bytes('x')]))).toBe('TOO_LARGE')
    expect(await outcomeOf(abandon(friend, id))).toBe('CONFLICT done')
    expect(incoming()).toEqual([])
    await rig.ask(friend, (asked) => rig.files.remove(asked, id))
    expect(await outcomeOf(rig.uploads.state(friend, id))).toBe('GONE')
    expect(await outcomeOf(begin(friend, { file_id: id, session_id: sessionId, filename: '보고서.txt', folder: '자료/6월' }))).toBe('GONE')
  })

  test('one of no bytes is a file at once', async () => {
    const { file_id, done } = await begin(owner, { size: 0 })
    expect([done, await content(file_id)]).toEqual([true, ''])
  })

  test('wrong offsets and bytes beyond the end change nothing', async () => {
    const { file_id: id } = await begin(owner)
    await rig.uploads.append(owner, id, 0, [bytes('0123')])
    for (const offset of [0, 3, 5, 10]) expect(await outcomeOf(rig.uploads.append(owner, id, offset, [bytes('x')]))).toBe('CONFLICT offset')
    expect(await outcomeOf(rig.uploads.append(owner, id, 4, [bytes('456'), bytes('789-')]))).toBe('TOO_LARGE')
    expect(await outcomeOf(rig.uploads.append(owner, id, 4, [], { length: 7 }))).toBe('TOO_LARGE')
    expect(await rig.uploads.state(owner, id)).toMatchObject({ offset: 4 })
    await rig.uploads.append(owner, id, 4, [bytes('456789')])
    expect((await rig.files.read(owner, id)).sha256).toBe(hex(bytes('0123456789')))
  })

  test('a stranger’s looks like none, and its id is taken', async () => {
    const { file_id: id } = await begin(owner, { session_id: sessionId })
    for (const who of [stranger, friend]) {
      expect(await outcomeOf(rig.uploads.state(who, id))).toBe('NOT_FOUND')
      expect(await outcomeOf(rig.uploads.append(who, id, 0, [bytes('x')]))).toBe('NOT_FOUND')
      expect(await outcomeOf(abandon(who, id))).toBe('NOT_FOUND')
      expect(await outcomeOf(begin(who, { file_id: id }))).toBe('ID_REUSED')
    }
    expect(await outcomeOf(begin(owner, { file_id: id, session_id: sessionId, size: 11 }))).toBe('ID_REUSED')
    expect(await outcomeOf(begin(stranger, { session_id: sessionId }))).toBe('NOT_FOUND')
    await abandon(owner, id)
    expect(await outcomeOf(rig.uploads.state(owner, id))).toBe('NOT_FOUND')
    expect(incoming()).toEqual([])
  })

  test.each(['../x', '/etc', 'a//b', 'a/./b', 'x/'.repeat(33) + 'y', `${'가'.repeat(80)}/`.repeat(5) + 'x'])('folder %j leads nowhere', async (folder) => {
    expect(await outcomeOf(begin(owner, { folder }))).toStartWith('VALIDATION')
  })
})

describe('one writer', () => {
  test('a newer one takes over from one that is half dead, and nothing that comes after it is written', async () => {
    const { file_id: id } = await begin(owner)
    const half = line()
    const older = outcomeOf(rig.uploads.append(owner, id, 0, half.content))
    half.send('0123')
    await offsetIs(owner, id, 4)
    const fresh = line()
    const newer = rig.uploads.append(owner, id, 4, fresh.content)
    expect(await older).toBe('CONFLICT taken_over')
    half.send('xxxx')
    half.end()
    fresh.send('456789')
    fresh.end()
    expect([(await newer).done, await content(id)]).toEqual([true, '0123456789'])
  })

  test('a third one waits for the first as well, and only the last one writes', async () => {
    const { file_id: id } = await begin(owner)
    const [a, b, c] = [line(), line(), line()]
    const outcomes = [a, b, c].map((each) => outcomeOf(rig.uploads.append(owner, id, 0, each.content)))
    for (const each of [a, b, c]) each.send('0123456789')
    c.end()
    expect(await Promise.all(outcomes)).toEqual(['CONFLICT taken_over', 'CONFLICT taken_over', 'ok'])
    expect(await content(id)).toBe('0123456789')
  })

  test('what a broken connection brought stays, and so does its hash', async () => {
    const { file_id: id } = await begin(owner)
    const broken = line()
    const ended = outcomeOf(rig.uploads.append(owner, id, 0, broken.content))
    broken.send('01234')
    broken.break()
    expect(await ended).toBe('VALIDATION')
    expect(await rig.uploads.state(owner, id)).toMatchObject({ offset: 5 })
    await rig.uploads.append(owner, id, 5, [bytes('56789')])
    expect((await rig.files.read(owner, id)).sha256).toBe(hex(bytes('0123456789')))
  })

  test('so many at once of one user; whoever takes over needs no place', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await begin(owner)).file_id))
    const { file_id: fourth } = await begin(owner)
    const lines = ids.map(() => line())
    const under = ids.map((id, at) => outcomeOf(rig.uploads.append(owner, id, 0, lines[at]!.content)))
    for (const [at, id] of ids.entries()) {
      lines[at]!.send('0')
      await offsetIs(owner, id, 1)
    }
    expect(await outcomeOf(rig.uploads.append(owner, fourth, 0, [bytes('x')]))).toBe('RATE_LIMITED parallel')
    expect(await outcomeOf(begin(owner))).toBe('RATE_LIMITED open')
    expect(await outcomeOf(rig.uploads.append(owner, ids[0]!, 1, [bytes('1')]))).toBe('ok')
    for (const each of lines) each.end()
    expect(await Promise.all(under)).toEqual(['CONFLICT taken_over', 'ok', 'ok'])
    for (const id of [...ids, fourth]) await abandon(owner, id)
  })

  test('given up while it is written: nothing is left, and nothing is written', async () => {
    const { file_id: id } = await begin(owner)
    const open = line()
    const writing = outcomeOf(rig.uploads.append(owner, id, 0, open.content))
    open.send('0123')
    await offsetIs(owner, id, 4)
    await abandon(owner, id)
    open.send('456789')
    expect([await writing, incoming()]).toEqual(['CONFLICT taken_over', []])
  })
})

describe('the room that people have', () => {
  const whole = (who: Identity, size: number, session_id: string | null = null) => rig.ask(who, (asked) => rig.uploads.take(asked, { filename: 'w', content_type: '', session_id, content: [new Uint8Array(size)] }))

  test('what is announced counts as if it were there: a file, a session, a person', async () => {
    const rich = await rig.person('rich')
    const id = await rig.begin(rich, { visibility: 'private' })
    expect(await outcomeOf(begin(rich, { size: mib + 1 }))).toBe('TOO_LARGE file')
    const open = [await begin(rich, { size: mib, session_id: id }), await begin(rich, { size: mib / 2, session_id: id })]
    expect(await outcomeOf(begin(rich, { size: mib / 2 + 1, session_id: id }))).toBe('TOO_LARGE session')
    expect(await outcomeOf(whole(rich, mib / 2 + 1, id))).toBe('TOO_LARGE session')
    expect(await outcomeOf(whole(rich, mib, null))).toBe('ok')
    expect(await outcomeOf(begin(rich, { size: mib / 2 + 1 }))).toBe('TOO_LARGE user')
    // Both begin at once for the last room there is: one of them does.
    const last = await Promise.all([1, 2].map(() => outcomeOf(begin(rich, { size: mib / 2 }))))
    expect(last.sort()).toEqual(['TOO_LARGE user', 'ok'])
    await rig.ask(rich, (asked) => rig.uploads.abandon(asked, open[0]!.file_id))
    expect(await outcomeOf(whole(rich, mib / 2 + 1, id))).toBe('ok')
    expect(incoming().length).toBe(2)
    for (const { id: each } of await rig.storage.query<{ id: string }>('SELECT id FROM uploads')) await abandon(rich, each)
  })

  test('U6 nobody fills the lists with files of no bytes: a session and a person have so many, announced ones counted', async () => {
    const own = await sessionsRig({ limits: { sessionFiles: 3, userFiles: 5 } })
    try {
      const one = await own.person('one')
      const [id, other] = [await own.begin(one, { visibility: 'private' }), await own.begin(one, { visibility: 'private' })]
      const empty = (session_id: string | null) => outcomeOf(begin(one, { size: 0, session_id }, own))
      const loose = (await begin(one, { size: 0 }, own)).file_id
      expect([await empty(id), await empty(id), await outcomeOf(begin(one, { size: 1, session_id: id }, own))]).toEqual(['ok', 'ok', 'ok'])
      expect([await empty(id), await outcomeOf(begin(one, { size: 1, session_id: id }, own))]).toEqual(['TOO_LARGE session_files', 'TOO_LARGE session_files'])
      expect(await outcomeOf(own.files.attaching(one, id, [loose]))).toBe('TOO_LARGE session_files')
      expect(await outcomeOf(own.ask(one, (asked) => own.files.share(asked, loose, id)))).toBe('TOO_LARGE session_files')
      // At once for the last place there is: one of them gets it, and what is there can still end.
      expect((await Promise.all([empty(other), empty(null)])).sort()).toEqual(['TOO_LARGE user_files', 'ok'])
      const [open] = await own.storage.query<{ id: string }>('SELECT id FROM uploads')
      expect(await own.uploads.append(one, open!.id, 0, [bytes('x')])).toMatchObject({ done: true })
      expect(await empty(null)).toBe('TOO_LARGE user_files')
      // What is deleted makes room, and the same bytes shared are no more of the person's.
      await own.ask(one, (asked) => own.files.remove(asked, open!.id))
      expect(await outcomeOf(own.ask(one, (asked) => own.files.share(asked, loose, id)))).toBe('ok')
      expect([await empty(id), await empty(null), await empty(null)]).toEqual(['TOO_LARGE session_files', 'ok', 'TOO_LARGE user_files'])
      expect(readdirSync(join(own.filesFolder, 'incoming'))).toEqual([])
    } finally {
      await own.end()
    }
  })

  test('less on the disk than is to stay free: BUSY, to be asked again', async () => {
    const poor = await sessionsRig({ limits: { ...limits, reserveBytes: Number.MAX_SAFE_INTEGER } })
    const who = await poor.person('owner')
    expect(await outcomeOf(begin(who, {}, poor))).toBe('BUSY disk')
    expect(await outcomeOf(poor.ask(who, (asked) => poor.uploads.take(asked, { filename: 'w', content_type: '', content: [bytes('x')] })))).toBe('BUSY disk')
    expect(incoming(poor)).toEqual([])
    await poor.end()
  })

  test('who announces more than the disk has keeps nobody else out of it: words of others take half of the room at most', async () => {
    const plenty = Number.MAX_SAFE_INTEGER
    const own = await sessionsRig({ limits: { maxBytes: plenty, userBytes: plenty, sessionBytes: plenty } })
    const [greedy, other] = [await own.person('owner'), await own.person('other')]
    const share = (of: number) => Math.floor(diskOf(own.filesFolder).freeBytes * of)
    // At the same moment each finds the room that there is.
    const announced = await Promise.all([0.6, 0.6, 0.6].map((of) => outcomeOf(begin(greedy, { size: share(of) }, own))))
    expect(announced).toEqual(['ok', 'ok', 'ok'])
    expect(await outcomeOf(begin(other, { size: 10 }, own))).toBe('ok')
    expect([await outcomeOf(begin(other, { size: share(0.6) }, own)), await outcomeOf(begin(greedy, { size: 10 }, own))]).toEqual(['BUSY disk', 'BUSY disk'])
    await own.end()
  })
})

describe('the end', () => {
  test('another digest, said with the last bytes or before a crash: nothing is published', async () => {
    const { file_id: id } = await begin(owner)
    await rig.uploads.append(owner, id, 0, [bytes('0123')], { sha256: hex(bytes('other')) })
    expect(await outcomeOf(rig.uploads.append(owner, id, 4, [bytes('456789')]))).toBe('CONFLICT digest')
    expect(await outcomeOf(rig.uploads.state(owner, id))).toBe('NOT_FOUND')
    expect([await rig.files.pathOf(id), incoming()]).toEqual([null, []])
  })

  test('whoever may not upload there any more publishes nothing', async () => {
    const { file_id: id } = await begin(friend, { session_id: sessionId })
    const open = line()
    const writing = outcomeOf(rig.uploads.append(friend, id, 0, open.content))
    open.send('01234567')
    await offsetIs(friend, id, 8)
    await rig.ask(owner, (asked) => rig.sessions.removePerson(asked, sessionId, friend.userId))
    open.send('89')
    open.end()
    expect([await writing, incoming()]).toEqual(['NOT_FOUND', []])
    await rig.ask(owner, (asked) => rig.sessions.invite(asked, sessionId, friend.userId, 'collaborator'))
  })

  /** What a crash leaves: every byte on the disk, the row still there, and nobody in memory who knows. */
  async function crashed(size = 10): Promise<{ own: SessionsRig; who: Identity; id: string; staged: string }> {
    const own = await sessionsRig({ limits })
    const who = await own.person('owner')
    const { file_id: id } = await begin(who, { size }, own)
    const [name] = incoming(own)
    const staged = join(own.filesFolder, 'incoming', name!)
    await Bun.write(staged, '0123456789')
    return { own, who, id, staged }
  }
  const ways = {
    state: (own: SessionsRig, who: Identity, id: string) => own.uploads.state(who, id),
    append: (own: SessionsRig, who: Identity, id: string) => own.uploads.append(who, id, 10, []),
    begin: (own: SessionsRig, who: Identity, id: string) => begin(who, { file_id: id }, own),
  }
  test.each(Object.keys(ways) as (keyof typeof ways)[])('after a crash before and after the store took it, %s makes it a file', async (way) => {
    for (const taken of [false, true]) {
      const { own, who, id, staged } = await crashed()
      const blob = staged.split('/').at(-1)!
      if (taken) await Bun.write(join(own.filesFolder, blob), Bun.file(staged)).then(() => rmSync(staged))
      await Promise.all([own.uploads.sweep(), own.files.sweep()])
      expect(await ways[way](own, who, id)).toMatchObject({ offset: 10, done: true })
      expect([await content(id, own), incoming(own), existsSync(join(own.filesFolder, blob))]).toEqual(['0123456789', [], true])
      expect((await own.files.read(who, id)).sha256).toBe(hex(bytes('0123456789')))
      await own.end()
    }
  })

  test('after a restart it becomes a file though nobody asks, and not of who is signed out by then', async () => {
    const { own, who, id } = await crashed()
    const gone = await own.person('gone')
    const { file_id: theirs } = await begin(gone, {}, own)
    for (const name of incoming(own)) await Bun.write(join(own.filesFolder, 'incoming', name), '0123456789')
    await own.run('UPDATE sign_ins SET revoked_at = 1 WHERE sid = ?', gone.sid)
    // Theirs is the first in line.
    await own.run('UPDATE uploads SET created_at = 1 WHERE id = ?', theirs)
    await own.uploads.boot()
    await eventually('it is a file', async () => (await own.files.known(id)) !== null)
    expect((await own.log(`user:${who.userId}`)).map(({ type, data }) => [type, data['file_id']])).toEqual([['file_uploaded', id]])
    expect([await own.files.known(theirs), incoming(own).length]).toEqual([null, 1])
    await own.end()
  })

  test('many who ask at once for what is whole make one file of it', async () => {
    const { own, who, id } = await crashed()
    const states = await Promise.all(Array.from({ length: 8 }, (_, at) => Object.values(ways)[at % 3]!(own, who, id)))
    expect(states.every(({ done }) => done)).toBe(true)
    expect((await own.log(`user:${who.userId}`)).filter(({ type }) => type === 'file_uploaded').length).toBe(1)
    await own.end()
  })

  test('bytes that a crash has lost are asked for again, and hashed as they are', async () => {
    const { own, who, id, staged } = await crashed()
    truncateSync(staged, 3)
    expect(await own.uploads.state(who, id)).toMatchObject({ offset: 3, done: false })
    await own.uploads.append(who, id, 3, [bytes('3456789')], { sha256: hex(bytes('0123456789')) })
    expect(await content(id, own)).toBe('0123456789')
    rmSync(join(own.filesFolder, 'incoming'), { recursive: true })
    await own.uploads.boot()
    const { file_id: lost } = await begin(who, {}, own)
    rmSync(join(own.filesFolder, 'incoming', incoming(own)[0]!))
    expect(await own.uploads.state(who, lost)).toMatchObject({ offset: 0, done: false })
    expect(await outcomeOf(own.uploads.append(who, lost, 0, [bytes('0123456789')]))).toBe('ok')
    await own.end()
  })

  test('what nobody went on with is forgotten, what somebody did is not; bytes without a row go', async () => {
    const own = await sessionsRig({ limits })
    const who = await own.person('owner')
    const [old, fresh] = [await begin(who, {}, own), await begin(who, {}, own)]
    await own.uploads.append(who, old.file_id, 0, [bytes('01')])
    await own.uploads.append(who, fresh.file_id, 0, [bytes('0123')])
    await Bun.write(join(own.filesFolder, 'incoming', 'no-row'), 'x')
    const staged = (size: number) => join(own.filesFolder, 'incoming', incoming(own).find((name) => statSync(join(own.filesFolder, 'incoming', name)).size === size)!)
    const at = (own.clock.now() + limits.expiryMs + 60_000) / 1_000
    own.clock.advance(limits.expiryMs + 60_000)
    utimesSync(staged(2), 0, 0)
    utimesSync(staged(4), at, at)
    expect(await outcomeOf(own.uploads.state(who, old.file_id))).toBe('NOT_FOUND')
    expect(await outcomeOf(own.uploads.append(who, old.file_id, 2, [bytes('2')]))).toBe('NOT_FOUND')
    await own.uploads.sweep()
    await eventually('one is left', () => incoming(own).length === 1)
    expect(await own.uploads.state(who, fresh.file_id)).toMatchObject({ offset: 4, expires_at: Math.round(at * 1_000) + limits.expiryMs })
    // The same id once more begins anew.
    expect(await begin(await own.person('owner'), { file_id: old.file_id }, own)).toMatchObject({ offset: 0 })
    await own.end()
  })
})

test('others see it grow, at most twice a second, with what is left', async () => {
  const seen: Record<string, unknown>[] = []
  const { file_id: id } = await begin(owner, { session_id: sessionId, size: 100 })
  const member = rig.channels.listen(`session:${sessionId}`, { after: await rig.events.top(`session:${sessionId}`), deltas: true }, { take: (text) => void seen.push(...([JSON.parse(text)].flat() as Record<string, unknown>[])), bufferedBytes: () => 0, closed: () => undefined })
  const open = line()
  const writing = rig.uploads.append(owner, id, 0, open.content)
  for (let at = 1; at <= 4; at++) {
    for (let n = 0; n < 5; n++) open.send('12345')
    await offsetIs(owner, id, Math.min(99, at * 25)).catch(() => undefined)
    rig.clock.advance(600)
    if (at === 3) break
  }
  await eventually('it is seen', () => seen.filter(({ type }) => type === 'upload_progress').length >= 2)
  open.send('1'.repeat(25))
  open.end()
  await writing
  const told = seen.filter(({ type }) => type === 'upload_progress').map(({ data }) => data as Record<string, number>)
  expect(told.length).toBeLessThanOrEqual(4)
  expect(told[0]).toMatchObject({ file_id: id, session_id: sessionId, filename: 'a.bin', user_id: owner.userId })
  for (const { progress, remaining } of told) expect(progress! + remaining!).toBe(100)
  expect(told.at(-1)!.speed).toBeGreaterThan(0)
  member.stop()
})
