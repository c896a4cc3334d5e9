// Joining, inviting, leaving, removing, roles: the rows, what is told to whom, and the owner who never goes missing.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Identity } from '../../../relay/auth/auth.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig } from './sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
let second: Identity
let third: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  owner = await rig.person('owner')
  second = await rig.person('second')
  third = await rig.person('third')
})
afterAll(() => rig.end())

const inSession = (id: string) => `session:${id}`
const roles = async (id: string) => (await rig.sessions.roster(id)).map(({ username, role, hue }) => `${hue} ${username} ${role}`)
const join = (who: Identity, id: string) => rig.ask(who, (asked) => rig.sessions.join(asked, id))
const invite = (who: Identity, id: string, target: Identity, role: 'owner' | 'collaborator' | 'viewer' | null = null) => rig.ask(who, (asked) => rig.sessions.invite(asked, id, target.userId, role))
const setRole = (who: Identity, id: string, target: Identity, role: 'owner' | 'collaborator' | 'viewer') => rig.ask(who, (asked) => rig.sessions.setRole(asked, id, target.userId, role))
const remove = (who: Identity, id: string, target: Identity) => rig.ask(who, (asked) => rig.sessions.removePerson(asked, id, target.userId))
const leave = (who: Identity, id: string) => rig.ask(who, (asked) => rig.sessions.leave(asked, id))

test('C3 who becomes a viewer of the relay, or has another name, is told so in the rosters of their sessions, once, also after a crash', async () => {
  const own = await sessionsRig()
  const [host, guest] = [await own.person('host'), await own.person('guest')]
  const [open, trashed, left] = [await own.begin(host), await own.begin(host), await own.begin(host)]
  for (const id of [open, trashed, left]) await own.ask(guest, (asked) => own.sessions.join(asked, id))
  await own.ask(guest, (asked) => own.sessions.leave(asked, left))
  await own.ask(host, (asked) => own.sessions.remove(asked, trashed, { purge: false }))
  const tops = new Map(await Promise.all([open, trashed, left].map(async (id) => [id, await own.events.top(`session:${id}`)] as const)))
  const told = async (id: string) => (await own.log(`session:${id}`, tops.get(id)!)).map(({ type, data }) => [type, data['username'], data['role']])
  // As a relay that was killed right after the commit leaves it.
  const becomes = (changes: string) => own.storage.commit({ statements: [{ sql: `UPDATE users SET ${changes} WHERE id = ?`, params: [guest.userId] }] })
  await becomes("role = 'viewer'")
  await own.sessions.boot()
  expect(await told(open)).toEqual([['participant_joined', 'guest', 'viewer']])
  await own.sessions.accountsChanged()
  await becomes("role = 'viewer', password_hash = NULL")
  await own.sessions.accountsChanged()
  expect(await told(open)).toHaveLength(1)
  await becomes("role = 'admin', name = 'visitor'")
  await becomes("role = 'user'")
  await Promise.all([own.sessions.accountsChanged(), own.sessions.accountsChanged()])
  expect(await told(open)).toEqual([['participant_joined', 'guest', 'viewer'], ['participant_joined', 'visitor', 'collaborator']])
  expect([await told(left), await told(trashed)]).toEqual([[], []])
  await own.ask(host, (asked) => own.sessions.restore(asked, trashed))
  await own.sessions.accountsChanged()
  expect((await told(trashed)).filter(([type]) => type === 'participant_joined')).toEqual([['participant_joined', 'visitor', 'collaborator']])
  await own.end()
})

describe('joining', () => {
  test('the first join writes the membership and tells the session and the joiner\'s list; the second does nothing', async () => {
    const id = await rig.begin(owner)
    const mark = await rig.events.top(`user:${second.userId}`)
    const before = await rig.events.top(inSession(id))
    expect(await join(second, id)).toEqual({ role: 'collaborator' })
    expect(await rig.log(inSession(id), before)).toMatchObject([
      { type: 'participant_joined', data: { user_id: second.userId, username: 'second', role: 'collaborator', hue: 1 } },
    ])
    expect(await rig.log(`user:${second.userId}`, mark)).toMatchObject([
      { type: 'session_created', data: { session_id: id, owner: { id: owner.userId, name: 'owner' } } },
      { type: 'session', data: { session_id: id, state: 'idle' } },
    ])
    const top = await rig.events.top(inSession(id))
    expect(await join(second, id)).toEqual({ role: 'collaborator' })
    expect(await rig.events.top(inSession(id))).toBe(top)
    expect(await roles(id)).toEqual(['0 owner owner', '1 second collaborator'])
  })

  test('many at once get colours of their own', async () => {
    const id = await rig.begin(owner)
    const crowd = await Promise.all(Array.from({ length: 12 }, (_, n) => rig.person(`crowd ${n}`)))
    await Promise.all(crowd.map((who) => join(who, id)))
    const hues = (await rig.sessions.roster(id)).map(({ hue }) => hue)
    expect(hues).toEqual(Array.from({ length: 13 }, (_, n) => n))
  })

  test('a global viewer becomes a viewer, an admin a member like all others; a private session takes nobody', async () => {
    const guest = await rig.person('guest', 'viewer')
    const admin = await rig.person('admin', 'admin')
    const id = await rig.begin(owner)
    expect(await join(guest, id)).toEqual({ role: 'viewer' })
    expect(await join(admin, id)).toEqual({ role: 'owner' })
    expect(await roles(id)).toEqual(['0 owner owner', '1 guest viewer', '2 admin collaborator'])
    const hidden = await rig.begin(owner, { visibility: 'private' })
    expect(await outcomeOf(join(second, hidden))).toBe('NOT_FOUND')
    expect(await join(admin, hidden)).toEqual({ role: 'owner' })
    const audited = await rig.storage.query<{ action: string; user_id: string }>("SELECT action, user_id FROM audit WHERE session_id = ? AND action = 'session.join_as_admin'", [hidden])
    expect(audited).toEqual([{ action: 'session.join_as_admin', user_id: admin.userId }])
  })

  test('a prompt carries the membership in its own commit', async () => {
    const id = await rig.begin(owner)
    await rig.sessions.lane(id, async () => {
      const part = await rig.sessions.joining(second, id)
      await rig.channels.publish({ ...part, events: [...part.events, { channel: inSession(id), type: 'message', data: { session_id: id } }] })
    })
    expect((await rig.typesIn(inSession(id))).slice(-2)).toEqual(['participant_joined', 'message'])
    expect(await rig.sessions.joining(second, id)).toEqual({ statements: [], events: [] })
  })

  test('who waited behind "make private" does not come in', async () => {
    const id = await rig.begin(owner)
    expect((await rig.sessions.joining(second, id)).statements).not.toEqual([])
    await rig.ask(owner, (asked) => rig.sessions.setVisibility(asked, id, 'private'))
    expect(await outcomeOf(rig.sessions.lane(id, () => rig.sessions.joining(second, id)))).toBe('NOT_FOUND')
  })
})

describe('removing', () => {
  test('outranks visibility until invited again, is told to both, and takes access away at once', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    const mark = await rig.events.top(`user:${second.userId}`)
    const before = await rig.events.top(inSession(id))
    rig.lost.length = 0
    await remove(owner, id, second)
    expect(rig.lost).toEqual([{ sessionId: id, userIds: [second.userId] }])
    const gone = { type: 'participant_left', data: { session_id: id, user_id: second.userId, removed_by: owner.userId } }
    expect(await rig.log(inSession(id), before)).toMatchObject([gone])
    expect(await rig.log(`user:${second.userId}`, mark)).toMatchObject([gone])
    expect(await rig.auth.standing(second, id)).toBeNull()
    expect(await outcomeOf(join(second, id))).toBe('NOT_FOUND')
    expect((await rig.sessions.list(second, {})).sessions.map(({ session_id }) => session_id)).not.toContain(id)
    expect(await outcomeOf(remove(owner, id, second))).toBe('NOT_FOUND')

    await invite(owner, id, second, 'viewer')
    expect(await rig.auth.standing(second, id)).toBe('viewer')
    // The colour is theirs for the session's life.
    expect(await roles(id)).toEqual(['0 owner owner', '1 second viewer'])
  })

  test('keeps out somebody who never joined', async () => {
    const id = await rig.begin(owner)
    expect(await rig.auth.standing(third, id)).toBe('collaborator')
    await remove(owner, id, third)
    expect(await rig.auth.standing(third, id)).toBeNull()
    expect(await roles(id)).toEqual(['0 owner owner'])
  })

  test('their later events do not reach them: nothing of the session comes to their channel', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    await remove(owner, id, second)
    const mark = await rig.events.top(`user:${second.userId}`)
    await rig.ask(owner, (asked) => rig.sessions.rename(asked, id, 'without you'))
    expect(await rig.log(`user:${second.userId}`, mark)).toEqual([])
  })

  test('of an unknown user is NOT_FOUND', async () => {
    const id = await rig.begin(owner)
    expect(await outcomeOf(rig.ask(owner, (asked) => rig.sessions.removePerson(asked, id, 'nobody')))).toBe('NOT_FOUND')
    expect(await outcomeOf(rig.ask(owner, (asked) => rig.sessions.invite(asked, id, 'nobody', null)))).toBe('NOT_FOUND')
  })
})

describe('leaving', () => {
  test('a session that is visible can be joined again, a private one cannot', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    await leave(second, id)
    expect(await rig.auth.standing(second, id)).toBe('collaborator')
    expect(await roles(id)).toEqual(['0 owner owner'])
    await join(second, id)
    // A colour is never given twice.
    expect(await roles(id)).toEqual(['0 owner owner', '2 second collaborator'])

    const hidden = await rig.begin(owner, { visibility: 'private' })
    await invite(owner, hidden, second)
    await rig.ask(second, (asked) => rig.sessions.removePerson(asked, hidden, second.userId))
    expect(await rig.auth.standing(second, hidden)).toBeNull()
  })
})

describe('the last owner', () => {
  test('can neither leave, nor be demoted, nor be removed', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    const admin = await rig.person('admin', 'admin')
    expect(await outcomeOf(leave(owner, id))).toBe('CONFLICT')
    expect(await outcomeOf(setRole(owner, id, owner, 'viewer'))).toBe('CONFLICT')
    expect(await outcomeOf(invite(admin, id, owner, 'collaborator'))).toBe('CONFLICT')
    expect(await outcomeOf(remove(admin, id, owner))).toBe('CONFLICT')
    expect(await roles(id)).toEqual(['0 owner owner', '1 second collaborator'])
  })

  test('a global viewer does not count as one', async () => {
    const guest = await rig.person('guest', 'viewer')
    const id = await rig.begin(owner)
    await invite(owner, id, guest, 'owner')
    expect(await outcomeOf(leave(owner, id))).toBe('CONFLICT')
  })

  test('with another owner beside them they may go, and lists name the one who stays', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    await setRole(owner, id, second, 'owner')
    expect(await rig.sessions.get(id)).toMatchObject({ ownerId: owner.userId })
    const mark = await rig.events.top(`user:${second.userId}`)
    await leave(owner, id)
    expect(await rig.sessions.get(id)).toMatchObject({ ownerId: second.userId, ownerName: 'second' })
    expect((await rig.log(`user:${second.userId}`, mark)).at(-1)).toMatchObject({ type: 'session', data: { owner_id: second.userId, owner_name: 'second' } })
    expect(await roles(id)).toEqual(['1 second owner'])
  })

  test('of two who demote each other at the same time one stays', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await rig.begin(owner)
      await invite(owner, id, second, 'owner')
      const outcomes = await Promise.all([outcomeOf(setRole(owner, id, second, 'viewer')), outcomeOf(setRole(second, id, owner, 'viewer'))])
      expect(outcomes.filter((each) => each === 'allowed').length).toBe(1)
      expect((await rig.sessions.roster(id)).filter(({ role }) => role === 'owner').length).toBe(1)
    }
  })
})

describe('roles', () => {
  test('a new role is told with the same colour, once, and audited', async () => {
    const id = await rig.begin(owner)
    await join(second, id)
    const before = await rig.events.top(inSession(id))
    await setRole(owner, id, second, 'viewer')
    await setRole(owner, id, second, 'viewer')
    expect(await rig.log(inSession(id), before)).toMatchObject([{ type: 'participant_joined', data: { user_id: second.userId, role: 'viewer', hue: 1 } }])
    expect(await rig.auth.standing(second, id)).toBe('viewer')
    const audited = await rig.storage.query<{ detail: string }>("SELECT detail FROM audit WHERE session_id = ? AND action = 'session.set_role'", [id])
    expect(JSON.parse(audited[0]!.detail)).toEqual({ user_id: second.userId, role: 'viewer' })
    expect(await outcomeOf(setRole(owner, id, third, 'viewer'))).toBe('NOT_FOUND')
  })

  test('inviting somebody who is there already leaves their role alone unless one is named', async () => {
    const id = await rig.begin(owner)
    await invite(owner, id, second, 'viewer')
    await invite(owner, id, second, null)
    expect(await rig.auth.standing(second, id)).toBe('viewer')
    await invite(owner, id, second, 'collaborator')
    expect(await rig.auth.standing(second, id)).toBe('collaborator')
  })

  test('the answer says what they can do here, which for an account that is a viewer is to view', async () => {
    const id = await rig.begin(owner)
    const onlooker = await rig.person('onlooker', 'viewer')
    expect(await invite(owner, id, second, 'collaborator')).toEqual({ role: 'collaborator' })
    expect(await invite(owner, id, onlooker, 'collaborator')).toEqual({ role: 'viewer' })
    expect(await setRole(owner, id, onlooker, 'owner')).toEqual({ role: 'viewer' })
    expect(await invite(owner, id, onlooker)).toEqual({ role: 'viewer' })
  })
})

describe('a deleted user', () => {
  test('leaves their sessions to another owner, or to the oldest admin', async () => {
    const own = await sessionsRig()
    const admin = await own.person('root', 'admin')
    own.clock.advance(1)
    await own.person('other admin', 'admin')
    const leaver = await own.person('leaver')
    const friend = await own.person('friend')
    const alone = await own.begin(leaver, { visibility: 'private' })
    const shared = await own.begin(leaver, { visibility: 'private' })
    await own.ask(leaver, (asked) => own.sessions.invite(asked, shared, friend.userId, 'owner'))
    const joined = await own.begin(friend)
    await own.ask(leaver, (asked) => own.sessions.join(asked, joined))
    await own.auth.accounts.remove('leaver')
    const before = await own.events.top(`session:${alone}`)
    await own.sessions.accountsChanged()

    expect(await own.sessions.get(alone)).toMatchObject({ ownerId: admin.userId, ownerName: 'root' })
    expect(await own.sessions.get(shared)).toMatchObject({ ownerId: friend.userId })
    const rosterOf = async (id: string) => (await own.sessions.roster(id)).map(({ username, role }) => `${username} ${role}`)
    expect(await rosterOf(alone)).toEqual(['root owner'])
    expect(await rosterOf(shared)).toEqual(['friend owner'])
    expect(await rosterOf(joined)).toEqual(['friend owner'])
    expect(await own.typesIn(`session:${alone}`, before)).toEqual(['participant_left', 'participant_joined', 'session'])

    const after = await own.events.top(`session:${alone}`)
    await own.sessions.accountsChanged()
    expect(await own.events.top(`session:${alone}`)).toBe(after)
    await own.end()
  })
})
