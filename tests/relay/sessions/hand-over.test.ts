// Handing a session over: one owner for another in one commit, and nothing special left for whoever began it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Identity } from '../../../relay/auth/auth.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig } from './sessions-rig.ts'

let rig: SessionsRig
let [first, second, third, admin]: Identity[] = []
beforeAll(async () => {
  rig = await sessionsRig()
  ;[first, second, third] = await Promise.all(['first', 'second', 'third'].map((name) => rig.person(name)))
  admin = await rig.person('admin', 'admin')
})
afterAll(() => rig.end())

async function shared(): Promise<string> {
  const id = await rig.begin(first!)
  await rig.ask(second!, (asked) => rig.sessions.join(asked, id))
  await rig.ask(third!, (asked) => rig.sessions.join(asked, id))
  return id
}
const handOver = (who: Identity, id: string, to: Identity) => rig.ask(who, (asked) => rig.sessions.handOver(asked, id, to.userId))
const roles = async (id: string) => (await rig.sessions.roster(id)).map(({ username, role }) => `${username} ${role}`)
const leave = (who: Identity, id: string) => rig.ask(who, (asked) => rig.sessions.leave(asked, id))

test('K6: the new owner owns it, the old one stays as a collaborator, everybody is told, and it is audited', async () => {
  const id = await shared()
  const [session, list] = [`session:${id}`, `user:${second!.userId}`]
  const [inSession, inList] = [await rig.events.top(session), await rig.events.top(list)]
  expect(await handOver(first!, id, second!)).toEqual({})
  expect(await roles(id)).toEqual(['first collaborator', 'second owner', 'third collaborator'])
  expect(await rig.log(session, inSession)).toMatchObject([
    { type: 'participant_joined', data: { user_id: second!.userId, role: 'owner' } },
    { type: 'participant_joined', data: { user_id: first!.userId, role: 'collaborator' } },
    { type: 'session', data: { owner_id: second!.userId, owner_name: 'second' } },
  ])
  expect(await rig.log(list, inList)).toMatchObject([{ type: 'session', data: { session_id: id, owner_id: second!.userId } }])
  const audit = await rig.storage.query<{ user_id: string; detail: string }>("SELECT user_id, detail FROM audit WHERE session_id = ? AND action = 'session.hand_over'", [id])
  expect(audit.map(({ user_id, detail }) => [user_id, JSON.parse(detail)])).toEqual([[first!.userId, { from: first!.userId, to: second!.userId }]])
})

test('an admin who owns a session gives it away as its owner; who takes it, or makes themself its owner, does it as admin', async () => {
  const id = await rig.begin(admin!)
  await rig.ask(second!, (asked) => rig.sessions.join(asked, id))
  await handOver(admin!, id, second!)
  await handOver(admin!, id, admin!)
  const setRole = (role: 'owner' | 'collaborator') => rig.ask(admin!, (asked) => rig.sessions.setRole(asked, id, admin!.userId, role))
  await rig.ask(admin!, (asked) => rig.sessions.setRole(asked, id, second!.userId, 'owner'))
  await setRole('collaborator')
  await setRole('owner')
  const audit = await rig.storage.query<{ action: string; as_admin: number }>('SELECT action, as_admin FROM audit WHERE session_id = ? ORDER BY id', [id])
  expect(audit.map(({ action, as_admin }) => `${action} ${as_admin}`)).toEqual([
    'session.hand_over 0',
    'session.hand_over 1',
    'session.set_role 0',
    'session.set_role 0',
    'session.set_role 1',
  ])
})

test('K6: whoever began it is a collaborator like any other then, and may be removed', async () => {
  const id = await shared()
  await handOver(first!, id, second!)
  for (const action of ['set_role', 'invite', 'delete', 'links', 'set_visibility', 'clear'] as const) expect([action, await outcomeOf(rig.auth.may(first!, action, id))]).toEqual([action, 'FORBIDDEN'])
  expect(await outcomeOf(handOver(first!, id, third!))).toBe('FORBIDDEN')
  expect(await outcomeOf(leave(second!, id))).toBe('CONFLICT')
  await rig.ask(second!, (asked) => rig.sessions.removePerson(asked, id, first!.userId))
  expect(await outcomeOf(rig.auth.may(first!, 'read', id))).toBe('NOT_FOUND')
  expect(await roles(id)).toEqual(['second owner', 'third collaborator'])
})

test('K6: only to somebody who is in it and may own it, and never to oneself', async () => {
  const id = await shared()
  const [guest, stranger] = [await rig.person('guest', 'viewer'), await rig.person('stranger')]
  await rig.ask(guest, (asked) => rig.sessions.join(asked, id))
  expect(await handOver(first!, id, guest).catch((error: unknown) => error)).toMatchObject({ code: 'CONFLICT', options: { details: { reason: 'viewer' } } })
  expect(await outcomeOf(handOver(first!, id, stranger))).toBe('NOT_FOUND')
  expect(await handOver(first!, id, first!).catch((error: unknown) => error)).toMatchObject({ code: 'CONFLICT', options: { details: { reason: 'owns' } } })
  expect(await outcomeOf(handOver(second!, id, third!))).toBe('FORBIDDEN')
  await rig.ask(first!, (asked) => rig.sessions.removePerson(asked, id, third!.userId))
  expect(await outcomeOf(handOver(first!, id, third!))).toBe('NOT_FOUND')
  expect(await roles(id)).toEqual(['first owner', 'second collaborator', 'guest viewer'])
})

test('K6: of two owners each gives only what is theirs; an admin gives what is the named owner’s', async () => {
  const id = await shared()
  await rig.ask(first!, (asked) => rig.sessions.setRole(asked, id, second!.userId, 'owner'))
  await handOver(second!, id, third!)
  expect(await roles(id)).toEqual(['first owner', 'second collaborator', 'third owner'])
  expect((await rig.sessions.get(id))!.ownerId).toBe(first!.userId)
  await handOver(admin!, id, second!)
  expect(await roles(id)).toEqual(['first collaborator', 'second owner', 'third owner'])
  expect((await rig.sessions.get(id))!.ownerId).toBe(second!.userId)
})

test('K6: an admin who is in it without owning it takes it, also after giving it away', async () => {
  const id = await rig.begin(admin!)
  await rig.ask(second!, (asked) => rig.sessions.join(asked, id))
  await handOver(admin!, id, second!)
  expect(await roles(id)).toEqual(['admin collaborator', 'second owner'])
  await handOver(admin!, id, admin!)
  expect(await roles(id)).toEqual(['admin owner', 'second collaborator'])
})

test('K6: two who are asked at once: one gets it, and there is one owner', async () => {
  const id = await shared()
  const outcomes = await Promise.all([outcomeOf(handOver(first!, id, second!)), outcomeOf(handOver(first!, id, third!))])
  expect(outcomes.map(String).sort()).toEqual(['FORBIDDEN', 'allowed'].sort())
  expect((await roles(id)).filter((each) => each.endsWith('owner'))).toHaveLength(1)
})
