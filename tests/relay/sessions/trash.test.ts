// Deleting: out of everybody's lists at once, back for 30 days, then gone without a trace but the audit.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import type { Identity } from '../../../relay/auth/auth.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
let friend: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  owner = await rig.person('owner')
  friend = await rig.person('friend')
})
afterAll(() => rig.end())

const remove = (who: Identity, id: string, purge = false) => rig.ask(who, (asked) => rig.sessions.remove(asked, id, { purge }))
const restore = (who: Identity, id: string) => rig.ask(who, (asked) => rig.sessions.restore(asked, id))
const idsOf = async (who: Identity) => (await rig.sessions.list(who, {})).sessions.map(({ session_id }) => session_id)

/** Tables with rows of a session left. */
async function tracesOf(id: string): Promise<string[]> {
  const found: string[] = []
  for (const table of ['participants', 'reads', 'executions', 'queued_prompts', 'permissions', 'permission_rules', 'files']) {
    if ((await rig.storage.query(`SELECT 1 FROM ${table} WHERE session_id = ? LIMIT 1`, [id])).length > 0) found.push(table)
  }
  for (const table of ['events', 'open_blocks']) {
    if ((await rig.storage.query(`SELECT 1 FROM ${table} WHERE channel = ? LIMIT 1`, [`session:${id}`])).length > 0) found.push(table)
  }
  if ((await rig.storage.query('SELECT 1 FROM sessions WHERE id = ?', [id])).length > 0) found.push('sessions')
  return found
}

async function* bytes(text: string) {
  yield Buffer.from(text)
}

/** A session with something in every table. */
async function fullSession(): Promise<string> {
  const id = await rig.begin(owner, { title: 'full' })
  await rig.ask(friend, (asked) => rig.sessions.join(asked, id))
  await turn(rig, id, 1)
  await rig.readUpTo(owner, id, 2)
  await rig.ask(owner, (asked) => rig.uploads.take(asked, { session_id: id, filename: 'a.txt', content_type: 'text/plain', content: bytes('hello') }))
  await rig.run("INSERT INTO executions (id, session_id, origin, status, created_at) VALUES (?, ?, 'prompt', 'completed', 0)", `x-${id}`, id)
  await rig.run("INSERT INTO queued_prompts (message_id, session_id, execution_id, place, user_id, username, role, content, attachments, mode, queued_at) VALUES (?, ?, 'x', 1, 'u', 'u', 'user', '', '[]', 'queue', 0)", `q-${id}`, id)
  await rig.run("INSERT INTO permissions (request_id, session_id, execution_id, tool_use_id, tool, input_hash, request, kind, status, opened_at) VALUES (?, ?, 'x', 't', 'Bash', 'h', '{}', 'tool', 'open', 0)", `p-${id}`, id)
  await rig.run("INSERT INTO permission_rules (id, workspace_id, session_id, tool, created_by, created_at) VALUES (?, 'w', ?, 'Bash', 'u', 0)", `r-${id}`, id)
  await rig.run("INSERT INTO open_blocks (channel, message_id, task, type, head, content, at) VALUES (?, 'b', 'x', 'thinking', '{}', '', 0)", `session:${id}`)
  return id
}

describe('the trash', () => {
  test('ends the process, tells everybody, hides the session from all but the audit', async () => {
    const id = await fullSession()
    const marks = await Promise.all([`user:${owner.userId}`, `user:${friend.userId}`, `workspace:${rig.workspace.id}`].map(async (channel) => [channel, await rig.events.top(channel)] as const))
    rig.lost.length = 0
    rig.asksOfRunner.length = 0
    await remove(owner, id)
    for (const who of [owner, friend]) {
      expect(await idsOf(who)).not.toContain(id)
      expect(await outcomeOf(rig.sessions.row(who, id))).toBe('NOT_FOUND')
      expect(await outcomeOf(rig.sessions.events(who, id, {}))).toBe('NOT_FOUND')
    }
    expect(await rig.sessions.get(id)).toBeNull()
    expect(rig.asksOfRunner).toEqual([['discard', id]])
    expect(rig.lost).toEqual([{ sessionId: id, userIds: null }])
    expect((await rig.log(`session:${id}`)).at(-1)).toMatchObject({ type: 'log', data: { text: 'owner deleted this session' } })
    const [mine, theirs, workspace] = await Promise.all(marks.map(([channel, mark]) => rig.log(channel, mark)))
    expect(mine).toMatchObject([{ type: 'participant_left', data: { session_id: id, user_id: owner.userId } }])
    expect(theirs).toMatchObject([{ type: 'participant_left', data: { session_id: id, user_id: friend.userId, removed_by: owner.userId } }])
    expect(workspace).toMatchObject([{ type: 'session', data: { session_id: id, visibility: 'private' } }])
    expect(await outcomeOf(remove(owner, id))).toBe('NOT_FOUND')

    expect(await outcomeOf(restore(friend, id))).toBe('FORBIDDEN')
    await restore(owner, id)
    expect((await rig.log(`session:${id}`)).filter(({ type }) => type === 'log').slice(-2)).toMatchObject([{ data: { args: { deleted_by: 'owner' } } }, { data: { text: 'owner brought this session back', args: { restored_by: 'owner' } } }])
    expect((await Array.fromAsync((await rig.sessions.export(owner, id, 'md')).stream)).join('')).toContain('> owner deleted this session\n\n> owner brought this session back')
    expect(await idsOf(friend)).toContain(id)
    expect((await rig.sessions.events(friend, id, {})).events.length).toBeGreaterThan(4)
    expect(await rig.sessions.get(id)).toMatchObject({ visibility: 'workspace' })
  })

  test('is listed to whoever may bring back what lies in it, the last deleted first, in pages', async () => {
    const admin = await rig.person('operator', 'admin')
    const viewer = await rig.person('looker', 'viewer')
    const trashOf = (who: Identity, more = {}) => rig.sessions.list(who, { deleted: true, ...more })
    const before = (await trashOf(owner)).total
    const ids: string[] = []
    for (const title of ['first', 'second', 'third']) {
      const id = await rig.begin(owner, { title })
      if (ids.length === 0) await rig.ask(friend, (asked) => rig.sessions.join(asked, id))
      await rig.ask(owner, (asked) => rig.sessions.patch(asked, id, { archived: title === 'second' }))
      rig.clock.advance(1_000)
      await remove(owner, id)
      ids.unshift(id)
    }
    const first = await trashOf(owner, { limit: 2 })
    expect([first.total, first.sessions.map(({ session_id }) => session_id)]).toEqual([before + 3, ids.slice(0, 2)])
    expect(first.sessions[0]).toMatchObject({ title: 'third', owner_name: 'owner', deleted_at: rig.clock.now() })
    expect((await trashOf(owner, { limit: 2, cursor: first.next })).sessions[0]!.session_id).toBe(ids[2]!)
    expect((await trashOf(owner, { q: 'SECOND' })).sessions.map(({ session_id }) => session_id)).toEqual([ids[1]!])
    expect((await trashOf(admin)).sessions.slice(0, 3).map(({ session_id }) => session_id)).toEqual(ids)
    for (const who of [friend, viewer]) expect(await trashOf(who)).toEqual({ sessions: [], total: 0, next: null })
    await restore(owner, ids[1]!)
    expect((await trashOf(owner)).sessions.map(({ session_id }) => session_id)).toEqual(expect.not.arrayContaining([ids[1]!]))
    expect((await rig.sessions.list(owner, { archived: true })).sessions.map(({ session_id }) => session_id)).toContain(ids[1]!)
  })

  test('what a dying turn still has to say is kept, and comes to nobody\'s list', async () => {
    const id = await rig.begin(owner)
    await rig.channels.publish(await rig.sessions.changing(id, { state: 'running' }))
    await remove(owner, id)
    const mark = await rig.events.top(`user:${owner.userId}`)
    await rig.channels.publish(await rig.sessions.changing(id, { state: 'idle' }))
    expect(await rig.events.top(`user:${owner.userId}`)).toBe(mark)
    await restore(owner, id)
    expect(await rig.sessions.row(owner, id)).toMatchObject({ state: 'idle' })
  })

  test('gives a session back only when its turn has ended', async () => {
    const id = await rig.begin(owner)
    const { promise, resolve } = Promise.withResolvers<void>()
    const { discard } = rig.runner
    const order: string[] = []
    rig.runner.discard = () => promise.then(() => void order.push('ended'))
    const removed = remove(owner, id)
    // As soon as anybody can see it in the trash, which may be before the remover knows.
    while (await rig.sessions.get(id)) await new Promise((next) => setImmediate(next))
    const restored = restore(owner, id).then(() => order.push('back'))
    for (let n = 0; n < 50; n++) await new Promise((next) => setImmediate(next))
    resolve()
    await Promise.all([removed, restored])
    rig.runner.discard = discard
    expect(order).toEqual(['ended', 'back'])
    expect(await rig.sessions.get(id)).toMatchObject({ id })
  })

  test('is emptied after 30 days, not before', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const id = await own.begin(user)
    const kept = await own.begin(user)
    await own.ask(user, (asked) => own.sessions.remove(asked, id, { purge: false }))
    const rows = async () => (await own.storage.query<{ id: string }>('SELECT id FROM sessions ORDER BY created_at, id')).map((row) => row.id)
    const day = 24 * 3600 * 1000
    const thrownAway = (days: number) => own.run('UPDATE sessions SET deleted_at = ? WHERE id = ?', own.clock.now() - days * day, id)
    await thrownAway(29.9)
    await own.sessions.boot()
    expect((await rows()).sort()).toEqual([id, kept].sort())
    await thrownAway(30.1)
    // A relay that runs for long looks every hour.
    const erased = new Promise<void>((done) => own.sessions.onErased(done))
    own.clock.advance(3600 * 1000)
    await erased
    expect(await rows()).toEqual([kept])
    await own.end()
  })
})

describe('purging', () => {
  test('erases everything but the audit, of a live session and of one in the trash', async () => {
    for (const trashedFirst of [false, true]) {
      const id = await fullSession()
      expect((await tracesOf(id)).length).toBe(10)
      if (trashedFirst) await remove(owner, id)
      await remove(owner, id, true)
      expect(await tracesOf(id)).toEqual([])
      const audited = await rig.storage.query<{ action: string }>('SELECT action FROM audit WHERE session_id = ? ORDER BY id', [id])
      expect(audited.map(({ action }) => action).slice(-2)).toEqual(['session.delete', 'session.purge'])
      expect(await outcomeOf(restore(owner, id))).toBe('NOT_FOUND')
    }
  })

  test('takes thousands of events, gives no number twice, and the bytes of its files go', async () => {
    const id = await rig.begin(owner)
    const channel = `session:${id}`
    await rig.channels.publish({ events: Array.from({ length: 3_500 }, () => ({ channel, type: 'message', data: { session_id: id } })) })
    await rig.ask(owner, (asked) => rig.uploads.take(asked, { session_id: id, filename: 'b', content_type: '', content: bytes('to be erased') }))
    let erased = 0
    rig.sessions.onErased(() => void erased++)
    await remove(owner, id, true)
    expect(erased).toBe(1)
    const top = await rig.events.top(channel)
    expect(top).toBeGreaterThan(3_500)
    expect(await rig.events.trimmed(channel)).toBe(top)
    await rig.files.sweep()
    const live = (await rig.storage.query<{ blob: string }>('SELECT blob FROM files WHERE deleted_at IS NULL')).map(({ blob }) => blob)
    expect(readdirSync(rig.filesFolder).filter((name) => name !== 'incoming').sort()).toEqual(live.sort())
  })

  test('a session that is brought back just before keeps its whole past; one that is being erased does not come back, and a crash only delays its end', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const drop = (id: string, purge: boolean) => own.ask(user, (asked) => own.sessions.remove(asked, id, { purge }))
    const bringBack = (id: string) => own.ask(user, (asked) => own.sessions.restore(asked, id))
    const said = async (id: string) => (await own.storage.query('SELECT 1 FROM events WHERE channel = ?', [`session:${id}`])).length
    const ids = await Promise.all([own.begin(user), own.begin(user), own.begin(user)])
    for (const id of ids) {
      const channel = `session:${id}`
      await own.channels.publish({ events: Array.from({ length: 2_500 }, () => ({ channel, type: 'message', data: { session_id: id } })) })
      await drop(id, false)
    }

    const [asked, ...old] = ids
    // Both wait in the same lane, the one that restores in front.
    const back = bringBack(asked)
    const purged = outcomeOf(drop(asked, true))
    await back
    expect(await purged).toBe('CONFLICT')
    expect(await said(asked)).toBeGreaterThan(2_500)

    // The sweep has the list of what is old, and one of it comes back meanwhile.
    await own.run('UPDATE sessions SET deleted_at = 1 WHERE id IN (?, ?)', ...old)
    const [first, second] = old.sort() as [string, string]
    const swept = own.sessions.boot()
    const restored = bringBack(second)
    await Promise.all([swept, restored])
    expect([await said(first), (await said(second)) > 2_500]).toEqual([0, true])
    expect(await own.sessions.get(second)).toMatchObject({ id: second })

    // Cut off between two steps: whoever erased it could not be answered, and the next start goes on.
    await drop(asked, false)
    await own.run('UPDATE sessions SET erasing_at = 1 WHERE id = ?', asked)
    expect((await own.sessions.list(user, { deleted: true })).sessions).toEqual([])
    expect(await outcomeOf(bringBack(asked))).toBe('NOT_FOUND')
    await own.sessions.boot()
    expect([await said(asked), await own.storage.query('SELECT 1 FROM sessions WHERE id = ?', [asked])]).toEqual([0, []])
    await own.end()
  })

  test('a person who may not even see it learns nothing', async () => {
    const stranger = await rig.person('stranger')
    const id = await rig.begin(owner, { visibility: 'private' })
    expect(await outcomeOf(remove(stranger, id, true))).toBe('NOT_FOUND')
    expect(await outcomeOf(remove(stranger, 'no-such-session', true))).toBe('NOT_FOUND')
  })
})
