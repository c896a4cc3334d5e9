// Random input that knows the contract: almost right messages and requests, made out of the schemas themselves. Never a bug, a hang, a stack, or a row of somebody else.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FROM_BROWSER, WITH_CHANNEL, type FromBrowserType } from '#protocol'
import { RELAY_RIGHTS } from '../protocol/rights-table.ts'
import { startBystanders, type Bystanders } from '../support/bystander.ts'
import { eventually } from '../support/eventually.ts'
import { connectProtocol, type ProtocolClient } from '../support/protocol-client.ts'
import { contentTypes, createFuzz, garbled, nasty, schemaOf } from '../support/fuzz-values.ts'
import { changesOf } from '../support/rows-of.ts'
import { startRelay, type StartedRelay } from '../support/start-relay.ts'

/** `FUZZ_RUNS=5000 bun test tests/relay/fuzz.test.ts` for a night; `FUZZ_SEED` repeats a run. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 150)
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const patienceMs = 2_000

let relay: StartedRelay
let token: string
/** Of a browser that has signed in: it may all that an admin may. */
let adminToken: string
let client: ProtocolClient
let others: Bystanders
let rows: string[]
let own: { session: string; file: string; foreign: string; foreignFile: string; victim: string; workspace: string }
/** What the admin may break: nothing that the rest of this file stands on. */
let spare: Record<string, string>

beforeAll(async () => {
  console.log(`fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`)
  // No CLI: what begins a turn is told that Claude cannot be started, which is quick and the same every time.
  relay = await startRelay({ settings: { CLAUDE_BIN: '/nowhere/claude', MESSAGES_PER_SECOND: '100000', PROMPTS_PER_SECOND: '100000', SIGNS_PER_SECOND: '100000' } })
  token = await relay.token('fuzzer')
  client = await connectProtocol({ url: relay.url, token, name: 'fuzzer' })
  const victim = await connectProtocol({ url: relay.url, token: await relay.token('victim'), name: 'victim' })
  const upload = async (of: ProtocolClient, session_id: string) => (await of.ask('file_upload', { session_id, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' })).file_id as string
  const session = (await client.ask('create_session', { title: 'Mine', visibility: 'private' })).session_id as string
  const foreign = (await victim.ask('create_session', { title: 'Theirs', visibility: 'private' })).session_id as string
  const me = (await (await fetch(`${relay.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).json()) as { relay: { default_workspace_id: string } }
  own = { session, foreign, file: await upload(client, session), foreignFile: await upload(victim, foreign), victim: victim.frames[0]!.data.user.id, workspace: me.relay.default_workspace_id }
  victim.close()
  adminToken = await signIn('fuzzing admin')
  spare = await makeSpare(upload)
  others = await startBystanders(relay)
  rows = theirs()
})
afterAll(async () => {
  const { worstMs, told } = await others.stop()
  client.close()
  await relay.stop()
  expect(told).toBeGreaterThan(10)
  expect(worstMs).toBeLessThan(patienceMs)
})

/** The access token of an admin's browser. */
async function signIn(name: string): Promise<string> {
  const { accounts, signIn: ways } = relay.relay.auth
  const { id } = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'admin' }))
  const body = JSON.stringify({ code: await ways.createCode(id, { loopbackOnly: false }) })
  const answer = await fetch(`${relay.url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** Several of each, for an admin's requests go through and remove them. */
async function makeSpare(upload: (of: ProtocolClient, session_id: string) => Promise<string>): Promise<Record<string, string>> {
  const admin = await connectProtocol({ url: relay.url, token: adminToken, name: 'admin' })
  const made: Record<string, string> = {}
  for (const no of [1, 2, 3]) {
    const body = JSON.stringify({ path: `${relay.home.workspace}/spare-${no}`, create: true })
    const answer = await fetch(`${relay.url}/api/v1/workspaces`, { method: 'POST', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, body })
    made[`workspace ${no}`] = ((await answer.json()) as { id: string }).id
    made[`session ${no}`] = (await admin.ask('create_session', { title: 'Spare', visibility: 'private' })).session_id as string
    made[`file ${no}`] = await upload(admin, made[`session ${no}`]!)
    made[`user ${no}`] = (await relay.relay.auth.accounts.add({ name: `spare ${no}`, role: 'user' })).id
  }
  admin.close()
  return made
}

/** Rows of the victim: by the id of their session, their file or themselves. Who uploads chooses the id of the file: one that is like theirs is not theirs. */
function theirs(): string[] {
  const inTheirs = new RegExp(`session(_id\\\\*":\\\\*"|:)${own.foreign}|${own.victim}`)
  const named = others.rows().filter((row) => [own.foreign, own.foreignFile].some((id) => row.includes(id)))
  return named.filter((row) => !/^(uploads|files|events|answers) /.test(row) || inTheirs.test(row))
}

const { someId, fitting } = createFuzz(() => Object.values(own))
/** Who asks over REST: the token, and values made of what they may get hold of. */
const CALLERS = { user: { token: () => token, another: () => relay.token('fuzzer'), fuzz: { someId, fitting } }, admin: { token: () => adminToken, another: () => signIn('fuzzing admin'), fuzz: createFuzz(() => Object.values(spare)) } }
type Caller = keyof typeof CALLERS
const callers = Object.keys(CALLERS) as Caller[]

/** Nothing that is said gives away how the relay is built or where it lies. */
function quiet(text: string): void {
  expect(text).not.toMatch(/\bat .+:\d+:\d+|node_modules|SQLITE|\/relay\/|\/tmp\//)
}

const messages = (Object.keys(FROM_BROWSER) as FromBrowserType[]).filter((type) => type !== 'auth')
test('messages', async () => {
  const channel = fc.oneof(someId.chain((id) => fc.constantFrom(`session:${id}`, `task:${id}`, `user:${id}`, `workspace:${id}`)), fc.constantFrom('broadcast', 'system', ...nasty))
  const message = fc.constantFrom(...messages).chain((type) =>
    fc.record({ type: fc.constant(type as string), data: fitting(schemaOf(FROM_BROWSER[type])), channel: WITH_CHANNEL.includes(type) ? channel : fc.constant(undefined) }),
  )
  const outcomes: Record<string, number> = {}
  let asked = 0
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), async (list) => {
      const from = client.frames.length
      const sent = list.map((each) => ({ ...each, id: `fuzz-${++asked}` }))
      // Bad messages end a connection when they are many: then another is taken.
      const open = await connectProtocol({ url: relay.url, token, name: `fuzz-${asked}` })
      open.raw(JSON.stringify(sent))
      const last = crypto.randomUUID()
      open.raw(JSON.stringify({ type: 'subscribe', id: last, channel: 'broadcast', data: {} }))
      await open.until((frame) => frame.id === last, `an answer to ${JSON.stringify(sent).slice(0, 500)}`, patienceMs)
      for (const { id, type } of sent) {
        const answers = open.frames.filter((frame) => frame.id === id && ['success', 'error', 'pong'].includes(frame.type))
        const silent = (type === 'typing' || type === 'cursor_update') && answers.length === 0
        if (!silent) expect([id, answers.length]).toEqual([id, 1])
        const code = silent ? 'silent' : answers[0]!.type === 'error' ? (answers[0]!.data.code as string) : 'ok'
        outcomes[code] = (outcomes[code] ?? 0) + 1
      }
      quiet(JSON.stringify(open.frames.filter((frame) => frame.type === 'error')))
      open.close()
      expect(client.frames.slice(from).filter((frame) => frame.type === 'error')).toEqual([])
    }),
    { numRuns: runs, seed },
  )
  expect(outcomes['INTERNAL_ERROR']).toBeUndefined()
  // The fuzz gets behind the parser, and is let through and refused there.
  for (const code of ['ok', 'VALIDATION', 'NOT_FOUND']) expect(outcomes[code] ?? 0, code).toBeGreaterThan(5)
}, 120_000)

/** All rows but those that a refusal is meant to leave: that a sign-in failed (A7), or the change of a password. */
const kept = () => others.rows().filter((row) => !/^audit .*"action":"(sign_in|password_change)_failed"/.test(row)).join('\n')

/** Once what a change has begun has come to its end. */
async function atRest(): Promise<void> {
  let before = ''
  let sameLooks = 0
  await eventually('the end of what was begun', () => {
    const now = kept()
    sameLooks = now === before && !/^executions .*"status":"running"/m.test(now) ? sameLooks + 1 : 0
    before = now
    return sameLooks >= 4
  })
}

test('requests; one that is refused changes no row of any table', async () => {
  const named = new Map(relay.relay.routes.map((route) => [`${route.method} ${route.path}`, route]))
  const call = (name: string, caller: Caller) => {
    const route = named.get(name)!
    const { someId, fitting } = CALLERS[caller].fuzz
    const bytes = fc.constantFrom('0', '2', '17', '-1', '1.5', '1e3', '9'.repeat(30), 'NaN', '9007199254740993')
    const about = fc.tuple(someId, someId, fc.constantFrom('', 'a/b', '../x', '/etc')).map(([id, session, folder]) => Object.entries({ filename: 'a', file_id: id, session_id: session, folder }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join())
    const param = (part: string) => (part === 'part' ? fc.constantFrom('input', 'output', ...nasty) : someId)
    return fc.record({
      name: fc.constant(name),
      caller: fc.constant(caller),
      params: fc.record(Object.fromEntries([...route.path.matchAll(/:(\w+)/g)].map(([, part]) => [part!, param(part!)]))),
      query: route.query ? fitting(schemaOf(route.query)) : fc.constant({}),
      body: route.body ? fitting(schemaOf(route.body)) : fc.constant(undefined),
      key: fc.option(fc.oneof(fc.uuid(), fc.constantFrom('x', 'y')), { nil: undefined, freq: 4 }),
      no: fc.option(fc.constantFrom(...garbled), { nil: undefined, freq: 10 }),
      type: fc.option(fc.constantFrom(...contentTypes), { nil: undefined, freq: 10 }),
      formSession: someId,
      tus: fc.record({ 'tus-resumable': fc.constantFrom('1.0.0', '1.0.0', '1.0.0', '0.2.2'), 'upload-length': bytes, 'upload-offset': bytes, 'upload-metadata': fc.oneof(about, fc.constantFrom('', 'filename', ',', 'filename !', 'filename YQ==,filename YQ==')), 'repr-digest': fc.constantFrom('', 'sha-256=:YQ==:', `sha-256=:${'A'.repeat(43)}=:`), 'content-type': fc.constantFrom('application/offset+octet-stream', 'application/json') }),
    })
  }
  type Asked = ReturnType<typeof call> extends fc.Arbitrary<infer Each> ? Each : never
  const statuses: Record<number, number> = {}
  const answered: Record<Caller, Map<string, Set<number>>> = { user: new Map(), admin: new Map() }
  const asking = (calls: fc.Arbitrary<Asked>) =>
    fc.asyncProperty(calls, async ({ name, caller, params, query, body, key, no, type, formSession, tus }) => {
      const route = named.get(name)!
      const path = route.path.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(params[part]!.toWellFormed()))
      const search = new URLSearchParams(Object.entries((query ?? {}) as object).map(([field, value]) => [field, String(value)]))
      const form = new FormData()
      form.set('session_id', formSession)
      form.set('file', new File(['hi'], params['id'] ?? 'a'))
      // Who signs out needs another token for what follows.
      const bearer = path.endsWith('/logout') ? await CALLERS[caller].another() : CALLERS[caller].token()
      const headers = { authorization: `Bearer ${bearer}`, ...(key ? { 'idempotency-key': key } : {}), ...(type ?? !route.rawBody ? { 'content-type': type ?? 'application/json' } : {}), ...(path.includes('/files/tus') && tus) }
      const init: RequestInit = { method: route.method, headers }
      // Anew in each run: what a run that failed has left is not the fault of the shorter one after it.
      const before = kept()
      if (route.method !== 'GET' && route.method !== 'HEAD') init.body = route.rawBody ? form : (no ?? JSON.stringify(body ?? {}))
      const response = await fetch(`${relay.url}${path}?${search}`, { ...init, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) })
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
      const text = isStream ? '' : await response.text()
      if (isStream) await response.body?.cancel()
      statuses[response.status] = (statuses[response.status] ?? 0) + 1
      answered[caller].set(name, (answered[caller].get(name) ?? new Set()).add(response.status))
      // Without Claude it is not ready, which is no failure.
      if (path !== '/readyz') expect(response.status, `${path} ${text.slice(0, 300)}`).toBeLessThan(500)
      if (response.status >= 400) {
        quiet(text)
        const now = kept()
        if (now !== before) expect([name, response.status, changesOf(before.split('\n'), now.split('\n'))]).toEqual([name, response.status, []])
      } else if (route.method !== 'GET') await atRest()
    })

  await atRest()
  // Each route by everybody, so that no seed leaves one out; then whatever follows whatever.
  for (const caller of callers) for (const name of named.keys()) await fc.assert(asking(call(name, caller)), { numRuns: 2, seed })
  await fc.assert(asking(fc.tuple(fc.constantFrom(...named.keys()), fc.constantFrom(...callers)).chain(([name, caller]) => call(name, caller))), { numRuns: runs, seed })
  for (const status of [200, 400, 404, 415]) expect(statuses[status] ?? 0, String(status)).toBeGreaterThan(5)
  for (const [name, { access }] of named) {
    expect([name, answered.user.has(name), answered.admin.has(name)]).toEqual([name, true, true])
    // What only admins get through was read of them.
    const isForAdmins = typeof access === 'object' && 'relay' in access && RELAY_RIGHTS[access.relay] === 'admin'
    if (isForAdmins) expect([name, [...answered.user.get(name)!].filter((status) => status < 400), answered.admin.get(name)!.has(403)]).toEqual([name, [], false])
  }
}, 120_000)

test('what belongs to somebody else is as it was, and nothing was a bug', () => {
  expect(theirs()).toEqual(rows)
  expect(relay.logged.filter((line) => line['level'] === 'error')).toEqual([])
})
