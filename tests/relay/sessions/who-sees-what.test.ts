// Owner, collaborator, viewer and a stranger: what each sees of a private session, and what each may do to it.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Identity } from '../../../relay/auth/auth.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let sessionId: string
const people: Record<string, Identity> = {}

beforeAll(async () => {
  rig = await sessionsRig()
  for (const name of ['owner', 'collaborator', 'viewer', 'stranger', 'target']) people[name] = await rig.person(name)
  people['admin'] = await rig.person('admin', 'admin')
  people['guest'] = await rig.person('guest', 'viewer')
  sessionId = await rig.begin(people['owner']!, { title: '비공개 작업', visibility: 'private' })
  for (const role of ['collaborator', 'viewer'] as const) await rig.ask(people['owner']!, (asked) => rig.sessions.invite(asked, sessionId, people[role]!.userId, role))
  await rig.ask(people['owner']!, (asked) => rig.sessions.invite(asked, sessionId, people['guest']!.userId, 'collaborator'))
  await turn(rig, sessionId, 1)
  await rig.channels.publish({ events: [{ channel: `session:${sessionId}`, type: 'log', data: { session_id: sessionId, level: 'info', source: 'relay', text: 'said' } }] })
})
afterAll(() => rig.end())

const who = (name: string) => people[name]!

describe('reading', () => {
  const reads: Record<string, (name: string) => Promise<unknown>> = {
    row: (name) => rig.sessions.row(who(name), sessionId),
    snapshot: (name) => rig.sessions.snapshot(who(name), sessionId),
    events: (name) => rig.sessions.events(who(name), sessionId, {}),
    logs: (name) => rig.sessions.logs(who(name), sessionId, null),
    export: (name) => rig.sessions.export(who(name), sessionId, 'md'),
    markRead: (name) => rig.readUpTo(who(name), sessionId, 1),
  }
  for (const [what, read] of Object.entries(reads)) {
    test(`${what}: everybody in it, nobody else, and an admin`, async () => {
      const outcomes: Record<string, string> = {}
      for (const name of ['owner', 'collaborator', 'viewer', 'guest', 'stranger', 'admin']) outcomes[name] = await outcomeOf(read(name))
      expect(outcomes).toEqual({ owner: 'allowed', collaborator: 'allowed', viewer: 'allowed', guest: 'allowed', stranger: 'NOT_FOUND', admin: 'allowed' })
    })
  }

  test('lists: the same row with the role of whoever asks, and nothing for a stranger', async () => {
    const roles: Record<string, string | undefined> = {}
    for (const name of ['owner', 'collaborator', 'viewer', 'guest', 'stranger', 'admin']) {
      const { sessions } = await rig.sessions.list(who(name), {})
      roles[name] = sessions.find((each) => each.session_id === sessionId)?.role
    }
    // A global viewer stays one, whatever they were invited as; an admin is an owner everywhere.
    expect(roles).toEqual({ owner: 'owner', collaborator: 'collaborator', viewer: 'viewer', guest: 'viewer', stranger: undefined, admin: 'owner' })
  })

  test('the snapshot has the session, its people and how far one has read', async () => {
    await rig.readUpTo(who('viewer'), sessionId, 2)
    const snapshot = await rig.sessions.snapshot(who('viewer'), sessionId)
    expect(snapshot.seq).toBe(await rig.events.top(`session:${sessionId}`))
    expect(snapshot.epoch).toBe(rig.storage.epoch)
    expect(snapshot.session).toMatchObject({ title: '비공개 작업', role: 'viewer', owner_name: 'owner', visibility: 'private' })
    expect(snapshot.participants.map(({ username, role, hue }) => [username, role, hue])).toEqual([
      ['owner', 'owner', 0],
      ['collaborator', 'collaborator', 1],
      ['viewer', 'viewer', 2],
      ['guest', 'viewer', 3],
    ])
    expect(snapshot.read_seq).toBe(2)
    expect(snapshot.queue).toEqual({ session_id: sessionId, items: [] })
  })

  test('pages of events go on from both ends', async () => {
    const all = (await rig.sessions.events(who('viewer'), sessionId, {})).events
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
    const top = all.length
    const last = await rig.sessions.events(who('viewer'), sessionId, { limit: 2 })
    expect([last.events.map(({ seq }) => seq), last.top]).toEqual([[top - 1, top], top])
    const before = await rig.sessions.events(who('viewer'), sessionId, { before: top - 1, limit: 2 })
    expect(before.events.map(({ seq }) => seq)).toEqual([top - 3, top - 2])
    const after = await rig.sessions.events(who('viewer'), sessionId, { after: 1, limit: 2 })
    expect(after.events.map(({ seq }) => seq)).toEqual([2, 3])
    expect((await rig.sessions.events(who('viewer'), sessionId, { after: top })).events).toEqual([])
  })

  test('logs are the last lines, oldest first', async () => {
    const { logs, count } = await rig.sessions.logs(who('viewer'), sessionId, 5)
    expect(logs).toMatchObject([{ text: 'said', source: 'relay' }])
    expect(count).toBe(1)
  })
})

describe('changing', () => {
  const changes: Record<string, { by: (name: string) => Promise<unknown>; may: string[] }> = {
    rename: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.rename(asked, sessionId, `of ${name}`)), may: ['owner', 'collaborator', 'admin'] },
    set_visibility: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.setVisibility(asked, sessionId, 'private')), may: ['owner', 'admin'] },
    archive: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.patch(asked, sessionId, { archived: false })), may: ['owner', 'admin'] },
    invite: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.invite(asked, sessionId, who('target').userId, 'viewer')), may: ['owner', 'admin'] },
    set_role: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.setRole(asked, sessionId, who('target').userId, 'collaborator')), may: ['owner', 'admin'] },
    remove_person: {
      by: async (name) => {
        await rig.ask(who(name), (asked) => rig.sessions.removePerson(asked, sessionId, who('target').userId))
        await rig.ask(who('owner'), (asked) => rig.sessions.invite(asked, sessionId, who('target').userId, 'viewer'))
      },
      may: ['owner', 'admin'],
    },
    fork: { by: (name) => rig.ask(who(name), (asked) => rig.sessions.fork(asked, sessionId, {})), may: ['owner', 'collaborator', 'viewer', 'admin'] },
    remove: {
      by: async (name) => {
        await rig.ask(who(name), (asked) => rig.sessions.remove(asked, sessionId, { purge: false }))
        await rig.ask(who('owner'), (asked) => rig.sessions.restore(asked, sessionId))
      },
      may: ['owner', 'admin'],
    },
    purge: {
      by: async (name) => {
        const other = await rig.begin(who('owner'), { visibility: 'private' })
        for (const role of ['collaborator', 'viewer'] as const) await rig.ask(who('owner'), (asked) => rig.sessions.invite(asked, other, who(role).userId, role))
        await rig.ask(who('owner'), (asked) => rig.sessions.invite(asked, other, who('guest').userId, null))
        await rig.ask(who(name), (asked) => rig.sessions.remove(asked, other, { purge: true }))
        expect(await rig.storage.query('SELECT id FROM sessions WHERE id = ?', [other])).toEqual([])
      },
      may: ['owner', 'admin'],
    },
  }
  for (const [what, { by, may }] of Object.entries(changes)) {
    test(`${what}: ${may.join(', ')}`, async () => {
      await rig.ask(who('owner'), (asked) => rig.sessions.invite(asked, sessionId, who('target').userId, 'viewer'))
      const outcomes: Record<string, string> = {}
      for (const name of ['stranger', 'viewer', 'guest', 'collaborator', 'owner', 'admin']) outcomes[name] = await outcomeOf(by(name))
      const expected = Object.fromEntries(
        ['stranger', 'viewer', 'guest', 'collaborator', 'owner', 'admin'].map((name) => [name, may.includes(name) ? 'allowed' : name === 'stranger' ? 'NOT_FOUND' : 'FORBIDDEN']),
      )
      expect(outcomes).toEqual(expected)
    })
  }

  test('a refused change leaves no event and no row behind', async () => {
    const channel = `session:${sessionId}`
    const before = await rig.events.top(channel)
    const row = await rig.sessions.get(sessionId)
    expect(await outcomeOf(rig.ask(who('viewer'), (asked) => rig.sessions.rename(asked, sessionId, 'mine')))).toBe('FORBIDDEN')
    expect(await outcomeOf(rig.ask(who('collaborator'), (asked) => rig.sessions.patch(asked, sessionId, { title: 'mine', archived: true })))).toBe('FORBIDDEN')
    expect(await rig.events.top(channel)).toBe(before)
    expect(await rig.sessions.get(sessionId)).toEqual(row)
  })
})
