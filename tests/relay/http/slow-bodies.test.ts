// A body comes as slowly as its sender likes: whoever was ended or demoted before its last byte has changed nothing, on any route.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { RELAY_ACTIONS, Refused } from '#protocol'
import type { Route } from '../../../relay/http/http.ts'
import { jsonWithinMs, readJson } from '../../../relay/http/read-body.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { accountsRig, type AccountsRig } from './accounts-rig.ts'

const form = ['--x', 'content-disposition: form-data; name="file"; filename="a.txt"', 'content-type: text/plain', '', 'hi', '--x--', ''].join('\r\n')

let rig: AccountsRig
let sessionId: string
let workspaceId: string
let owner: { id: string; token: string }
/** Called when the next request was let in. */
let letIn: () => void = () => undefined

beforeAll(async () => {
  rig = await accountsRig()
  owner = await rig.browser('owner', 'admin')
  sessionId = (await rig.ask(owner.token, 'POST', 'claude/sessions', { title: 'Mine' })).body['session_id']
  workspaceId = (await rig.ask(owner.token, 'GET', 'me')).body['relay'].default_workspace_id
  const { auth } = rig.relay
  const { identify } = auth
  auth.identify = async (token, from) => {
    const who = await identify(token, from)
    letIn()
    return who
  }
})
afterAll(() => rig.stop())

/** Sends all but the end of the body, does `between` once the relay has let the request in, then sends the end. */
async function slowly({ method, path, rawBody }: Route, token: string, between: () => Promise<unknown>): Promise<{ status: number; answer: string }> {
  const [type, body] = rawBody ? ['multipart/form-data; boundary=x', form] : ['application/json', '{}']
  const end = rawBody ? -4 : -1
  const at = path.replace(/^(.*sessions)\/:id/, `$1/${sessionId}`).replace('workspaces/:id', `workspaces/${workspaceId}`).replace(/:\w+/g, 'none')
  const socket = connect(rig.port, '127.0.0.1')
  const isIn = new Promise<void>((resolve) => (letIn = resolve))
  const head = [`${method} ${at} HTTP/1.1`, `host: 127.0.0.1:${rig.port}`, `authorization: Bearer ${token}`, `content-type: ${type}`, `content-length: ${body.length}`, 'connection: close', '', '']
  socket.write(head.join('\r\n') + body.slice(0, end))
  await isIn
  letIn = () => undefined
  await between()
  socket.write(body.slice(end))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return { status: Number(answer.split(' ')[1]), answer }
}

test('nobody is asked only once: an ended sign-in changes nothing on any route with a body', async () => {
  const routes = rig.relay.routes.filter(({ access, body, rawBody }) => access !== 'open' && (body ?? rawBody))
  expect(routes.length).toBeGreaterThan(15)
  for (const route of routes) {
    const { token } = await rig.browser('owner')
    const { status, answer } = await slowly(route, token, () => rig.ask(token, 'POST', 'auth/logout'))
    expect([route.method, route.path, status]).toEqual([route.method, route.path, 401])
    expect(answer).toContain('"revoked"')
  }
}, 60_000)

test('who is no admin any more by the last byte does nothing that needs one', async () => {
  const isForAdmins = ({ access, body }: Route) => body !== undefined && typeof access === 'object' && 'relay' in access && RELAY_ACTIONS[access.relay] === 'admin'
  const routes = rig.relay.routes.filter(isForAdmins)
  expect(routes.length).toBeGreaterThan(4)
  for (const route of routes) {
    const { id, token } = await rig.browser('mal', 'admin')
    const { status } = await slowly(route, token, () => rig.ask(owner.token, 'PATCH', `users/${id}`, { role: 'viewer' }))
    expect([route.method, route.path, status]).toEqual([route.method, route.path, 403])
    await rig.ask(owner.token, 'PATCH', `users/${id}`, { role: 'admin' })
  }
}, 60_000)

describe('while a password is hashed', () => {
  /** Ends the sign-in, or the role, after the request was allowed: right before its own commit. */
  async function beforeItsCommit(end: { sql: string; params: string[] }, request: () => Promise<{ status: number }>): Promise<number> {
    const { storage } = rig.relay
    const { commit } = storage
    storage.commit = async (batch) => {
      storage.commit = commit
      await commit({ statements: [end] })
      return commit(batch)
    }
    try {
      return (await request()).status
    } finally {
      storage.commit = commit
    }
  }

  test.each([
    ['tokens', { name: 'x', scopes: ['read'], expires_in_days: 1 }],
    ['me/password', { new: 'right horse battery' }],
    ['users', { name: 'back door', role: 'admin', password: 'right horse battery' }],
  ])('POST %s of an ended sign-in makes nothing', async (path, body) => {
    const { id, token } = await rig.browser('eve', 'admin')
    const end = { sql: 'UPDATE sign_ins SET revoked_at = 1 WHERE user_id = ?', params: [id] }
    expect(await beforeItsCommit(end, () => rig.ask(token, 'POST', path, body))).toBe(401)
    expect(await rig.relay.auth.accounts.find('back door')).toBeNull()
    expect((await rig.relay.auth.accounts.find('eve'))!.hasPassword).toBeFalse()
  })

  test('POST users of somebody who is no admin any more makes nobody', async () => {
    const { id, token } = await rig.browser('eva', 'admin')
    const end = { sql: "UPDATE users SET role = 'user' WHERE id = ?", params: [id] }
    expect(await beforeItsCommit(end, () => rig.ask(token, 'POST', 'users', { name: 'back door', role: 'admin', password: 'right horse battery' }))).toBe(403)
    expect(await rig.relay.auth.accounts.find('back door')).toBeNull()
  })
})

test('a JSON body that drips is refused in the end', async () => {
  const clock = manualClock()
  const pieces = ['{', ' ', ' ', ' ', '}'].map((text) => new TextEncoder().encode(text))
  const dripping = (everyMs: number) => {
    const left = [...pieces]
    const pull = (sink: ReadableStreamDefaultController<Uint8Array>) => {
      const next = left.shift()
      if (!next) return sink.close()
      clock.advance(everyMs)
      sink.enqueue(next)
    }
    const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })
    return readJson(new Request('http://relay/', { method: 'POST', headers: { 'content-type': 'application/json' }, body }), 100, clock)
  }
  expect(await dripping(jsonWithinMs / 10)).toEqual({})
  const refusal = await dripping(jsonWithinMs / 4).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(Refused)
  // Then the rest of it is not waited for: `connection: close`.
  expect([(refusal as Refused).code, (refusal as Refused).options.details]).toEqual(['VALIDATION', { reason: 'slow' }])
})
