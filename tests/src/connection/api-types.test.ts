// What the page believes of the API is what the relay describes: made anew it is the same, and the compiler refuses what is not so.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rest as bodies } from '#protocol'
import type { RestCall } from '../../../src/connection/rest-call.ts'
import type { RestCalls } from '../../../src/connection/rest.ts'
import { apiTypes, apiTypesFile, describedApi } from '../../support/write-api-types.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
beforeAll(async () => {
  relay = await startRelay()
})
afterAll(() => relay.stop())

test('D1 the types of the page are those of openapi.json (else: npm run api)', async () => {
  expect(await Bun.file(apiTypesFile).text()).toBe(apiTypes(await describedApi(relay.url)))
})

test('paths, queries, bodies and answers that are not described do not compile', () => {
  // Never run: `npm run types` looks at it, and complains of an expected error that does not come.
  const wrong = ({ get, change, blob }: RestCalls, id: string) => [
    get('me', bodies.me),
    get(`claude/sessions/${id}/state`, bodies.sessionSnapshot),
    get('claude/sessions', bodies.sessionsPage, { limit: 5, archived: true }),
    change('PATCH', `claude/sessions/${id}`, bodies.ok, { body: { title: 'x' } }),
    blob(`files/${id}`),
    // @ts-expect-error no such path
    get('mee', bodies.me),
    // @ts-expect-error no such method
    change('PUT', `claude/sessions/${id}`, bodies.ok),
    // @ts-expect-error another answer
    get('me', bodies.people),
    // @ts-expect-error no such question
    get('claude/sessions', bodies.sessionsPage, { limits: 5 }),
    // @ts-expect-error of another type
    get('claude/sessions', bodies.sessionsPage, { limit: [5] }),
    // @ts-expect-error no such field
    change('PATCH', `claude/sessions/${id}`, bodies.ok, { body: { titel: 'x' } }),
    // @ts-expect-error no such file
    blob(`file/${id}`),
    // @ts-expect-error fits a pattern and is no route
    blob(`files/${id}/x`),
    // @ts-expect-error the same
    get(`claude/sessions/${id}/stat`, bodies.ok),
  ]
  // Nor where nobody is signed in yet, or a script asks.
  const bare = (call: RestCall) => [
    call('auth/refresh', bodies.renewed, { method: 'POST', bearer: 'x' }),
    call('auth/login', bodies.signedIn, { method: 'POST', body: { username: 'a', password: 'b' } }),
    call('me', bodies.me),
    // @ts-expect-error no such path
    call('auth/log-in', bodies.signedIn, { method: 'POST' }),
    // @ts-expect-error no such method
    call('auth/refresh', bodies.renewed),
    // @ts-expect-error another answer
    call('auth/logout', bodies.renewed, { method: 'POST' }),
    // @ts-expect-error no such field
    call('auth/login', bodies.signedIn, { method: 'POST', body: { user: 'a', password: 'b' } }),
  ]
  expect(bare).toBeFunction()
  expect(wrong).toBeFunction()
})
