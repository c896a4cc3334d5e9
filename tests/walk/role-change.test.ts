// Somebody's role on the relay changes while their page is open: the page shows and offers what goes with it, without a reload.
import { afterEach, expect, test } from 'bun:test'
import { startRelay } from '../support/start-relay.ts'
import { until } from '../src/stores/test-browser.ts'
import { useWorkspacesStore } from '../../src/stores/use-workspaces-store.ts'
import { openPerson, type Person } from './reconnect-browser.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

test('C3: a role that falls or rises reaches the page within a second: what it offers, its sessions and its lists; and the roster that others have of them', async () => {
  const relay = await startRelay()
  stops.push(relay.stop)
  const { accounts, signIn } = relay.relay.auth
  const admin = await relay.token('ada', 'admin')
  const ask = (path: string, method: string, body: object) =>
    fetch(`${relay.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  async function come(name: string): Promise<Person> {
    const user = await accounts.add({ name, role: 'user' })
    const person = await openPerson({ origin: relay.url, hash: `#code=${await signIn.createCode(user.id, { loopbackOnly: false })}`, times: 1 })
    stops.push(person.browser.close)
    return person
  }
  const minji = await come('minji')
  const [own, hidden] = await Promise.all([minji.sessions.create({ title: 'own' }), ask('claude/sessions', 'POST', { title: 'hidden', visibility: 'private' }).then((answer) => answer.json())])
  if (!own.ok) throw new Error(own.trouble.message)
  const session = minji.session(own.data.session_id)
  await session.open()
  await until(() => session.isCurrent, 'current')
  const jun = await come('jun')
  const beside = jun.session(own.data.session_id)
  await beside.open()
  await until(() => beside.isCurrent, 'current beside')
  const workspaces = minji.browser.run(() => useWorkspacesStore())
  const seen = () => [minji.account.user?.role, minji.account.isAdmin, session.role, session.may('prompt'), minji.sessions.row(own.data.session_id)?.role, minji.sessions.row(hidden.session_id)?.role ?? null, workspaces.list[0]?.owner, beside.participants.find(({ username }) => username === 'minji')?.role]
  async function becomes(role: string): Promise<{ page: unknown[]; ms: number }> {
    const user = minji.account.user!
    const wanted = JSON.stringify(expected[role])
    expect((await ask(`users/${user.id}`, 'PATCH', { role })).status).toBe(200)
    const began = performance.now()
    await until(() => JSON.stringify(seen()) === wanted, `${role}: ${wanted}, not ${JSON.stringify(seen())}`).catch(() => undefined)
    return { page: seen(), ms: performance.now() - began }
  }
  const link = minji.link.connected()?.connection_id
  const expected: Record<string, unknown[]> = {
    user: ['user', false, 'owner', true, 'owner', null, false, 'owner'],
    admin: ['admin', true, 'owner', true, 'owner', 'owner', true, 'owner'],
    viewer: ['viewer', false, 'viewer', false, 'viewer', null, false, 'viewer'],
  }
  await until(() => JSON.stringify(seen()) === JSON.stringify(expected['user']), 'a user')
  for (const role of ['admin', 'viewer', 'user', 'viewer', 'admin', 'user']) {
    const { page, ms } = await becomes(role)
    expect({ role, page }).toEqual({ role, page: expected[role]! })
    expect(ms).toBeLessThan(1_000)
  }
  // One link all along: nothing came with a reconnect.
  expect([session.isCurrent, minji.link.connected()?.connection_id]).toEqual([true, link])
})
