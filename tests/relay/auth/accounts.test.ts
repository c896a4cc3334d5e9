// Users as the console manages them, and how a running relay comes to know.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { HUES_COUNT, hueOrderOf } from '#protocol'
import { authRig, here, outcomeOf, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
beforeEach(async () => {
  rig = await authRig()
})
afterEach(() => rig.remove())

test('names differ by more than case or composition, and carry nothing invisible', async () => {
  await rig.auth.accounts.add({ name: 'Åsa', role: 'user' })
  for (const name of ['åsa', 'A\u030Asa', ' Åsa ', 'Åsa']) expect(await outcomeOf(rig.auth.accounts.add({ name, role: 'user' }))).toBe('CONFLICT')
  for (const name of ['', ' ', '-x', 'a\u202Eb', 'a\u0000', 'a\nb', 'a\u3164', 'a\u034fb', 'x'.repeat(65), '<b>']) expect(await outcomeOf(rig.auth.accounts.add({ name, role: 'user' }))).toBe('VALIDATION')
  expect((await rig.auth.accounts.add({ name: '김 하나', role: 'viewer' })).name).toBe('김 하나')
})

test('the first people of a relay have hues of their own, and the next begins again', async () => {
  const orders: number[] = []
  for (let n = 0; n <= HUES_COUNT; n++) orders.push(hueOrderOf((await rig.auth.accounts.add({ name: `person ${n}`, role: 'user' })).id))
  expect(orders).toEqual([...Array(HUES_COUNT).keys(), 0])
})

test('a removed user is out at once, and the name is free again for somebody else', async () => {
  const { who, token, refreshToken, pageKey } = await rig.person('mia')
  await rig.auth.accounts.remove('MIA')
  expect(await outcomeOf(rig.auth.identify(token, here))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(rig.auth.recheck(who))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(rig.auth.signIn.refresh(refreshToken, pageKey, here))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(rig.auth.accounts.createToken(who.userId, { ttlMs: 1000 }))).toBe('NOT_FOUND')
  const next = await rig.person('mia')
  expect(next.who.userId).not.toBe(who.userId)
  expect(await outcomeOf(rig.auth.identify(token, here))).toBe('UNAUTHORIZED')
})

test('the last admin stays', async () => {
  await rig.person('root', 'admin')
  await rig.person('user')
  expect(await outcomeOf(rig.auth.accounts.remove('root'))).toBe('CONFLICT')
  await rig.person('other', 'admin')
  const both = await Promise.all([outcomeOf(rig.auth.accounts.remove('root')), outcomeOf(rig.auth.accounts.remove('other'))])
  expect(both.sort()).toEqual(['CONFLICT', 'allowed'])
})

test('another password ends every sign-in', async () => {
  const { token } = await rig.person('mia')
  await rig.auth.accounts.setPassword('mia', 'a new password')
  expect(await outcomeOf(rig.auth.identify(token, here))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(rig.auth.signIn.byPassword({ username: 'mia', password: 'a new password' }, here))).toBe('allowed')
})

test('whoever starts the relay is admin', async () => {
  const made = await rig.auth.accounts.ensureOwner('dev')
  expect([made.name, made.role]).toEqual(['dev', 'admin'])
  expect((await rig.auth.accounts.ensureOwner('dev')).id).toBe(made.id)
  await rig.storage.commit({ statements: [{ sql: "UPDATE users SET role = 'viewer', name = 'Jane', name_key = 'jane' WHERE id = ?", params: [made.id] }] })
  // Known by id: another name of theirs, or of somebody else, makes no difference.
  await rig.auth.accounts.add({ name: 'dev', role: 'viewer' })
  expect(await rig.auth.accounts.ensureOwner('dev')).toMatchObject({ id: made.id, name: 'Jane', role: 'admin' })
  expect((await rig.auth.accounts.find('dev'))!.role).toBe('viewer')
  // Of an owner who was removed nobody takes the place by being called like them.
  await rig.auth.accounts.add({ name: 'another', role: 'admin' })
  await rig.auth.accounts.remove('Jane')
  const next = await rig.auth.accounts.ensureOwner('dev')
  expect(next.name).toMatch(/^dev .{6}$/)
  expect((await rig.auth.accounts.find('dev'))!.role).toBe('viewer')
  expect((await rig.auth.accounts.ensureOwner('dev')).id).toBe(next.id)
})

test('a relay that has known its owner by name takes a local user of that name, once, and never one of an identity provider', async () => {
  const sam = await rig.auth.accounts.add({ name: 'sam', role: 'viewer' })
  expect(await rig.auth.accounts.ensureOwner('sam')).toMatchObject({ id: sam.id, role: 'admin' })

  await rig.storage.commit({ statements: [{ sql: "DELETE FROM meta WHERE name = 'owner'" }, { sql: "INSERT INTO users (id, name, name_key, role, created_at) VALUES ('x-eve', 'root', 'root', 'viewer', 0)" }] })
  expect((await rig.auth.accounts.ensureOwner('root')).name).toMatch(/^root .{6}$/)
  expect((await rig.auth.accounts.find('root'))!.role).toBe('viewer')
})

test('a name that nobody may have is replaced', async () => {
  expect((await rig.auth.accounts.ensureOwner('$odd')).name).toBe('owner')
})

test('people are found by a part of the name, beginnings first, and only by what was typed', async () => {
  for (const name of ['Anna', 'Hanna', 'per_cent', 'percent', '한나']) await rig.auth.accounts.add({ name, role: 'user' })
  const found = async (q: string) => (await rig.auth.people(q)).map((card) => card.name)
  expect(await found('ANNA')).toEqual(['Anna', 'Hanna'])
  expect(await found('한')).toEqual(['한나'])
  expect(await found('_')).toEqual(['per_cent'])
  expect(await found('%')).toEqual([])
  expect(await found("' OR 1=1 --")).toEqual([])
  expect(await found('')).toHaveLength(5)
})

test('changes are felt: those of this process at once, those of another within half a second', async () => {
  const told: (readonly string[] | null)[] = []
  const stop = rig.auth.watch((userIds) => told.push(userIds))
  const { who } = await rig.person('mia')
  rig.auth.changed([who.userId])
  expect(told).toContainEqual([who.userId])
  rig.clock.advance(500)
  await rig.storage.commit({})
  told.length = 0

  await rig.storage.commit({ statements: [{ sql: 'UPDATE account_changes SET version = version + 1' }] })
  expect(told).toEqual([])
  rig.clock.advance(500)
  await rig.storage.commit({})
  expect(told).toEqual([null])

  await rig.auth.signIn.logout(who)
  expect(told).toContainEqual([who.userId])
  stop()
  told.length = 0
  rig.auth.changed([who.userId])
  rig.clock.advance(5_000)
  await rig.storage.commit({})
  expect(told).toEqual([])
})

test('what people did is in the audit, with where from', async () => {
  const { who } = await rig.person('mia')
  await rig.storage.commit({ statements: [rig.auth.audit(who, 'session.fork', { a: 1 }, 's-1')] })
  const rows = await rig.storage.query<Record<string, unknown>>("SELECT * FROM audit WHERE action = 'session.fork'")
  expect(rows).toEqual([
    { id: expect.any(Number), at: rig.clock.now(), user_id: who.userId, username: 'mia', action: 'session.fork', session_id: 's-1', detail: '{"a":1}', address: '127.0.0.1', agent: 'a test', hop: null, as_admin: 0 },
  ])
})
