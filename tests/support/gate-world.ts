// A relay with everybody in it who may and who may not, and one way to judge a call by the contract's table of rights, whichever door it comes through.
import { expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { SessionAction } from '#protocol'
import { systemClock } from '../../relay/clock.ts'
import { createGate, type Gate } from '../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createLog } from '../../relay/observability/log.ts'
import { openStorage } from '../../relay/storage/storage.ts'
import { markOf } from '../protocol/rights-table.ts'
import { connectProtocol, type ProtocolClient } from './protocol-client.ts'
import { changesOf, rowsOf } from './rows-of.ts'
import { startRelay } from './start-relay.ts'

/** Standing in a session of this world; null: it does not exist for them. */
const STANDINGS = { stranger: null, removed: null, globalViewer: 'viewer', viewer: 'viewer', collaborator: 'collaborator', owner: 'owner' } as const
export type Name = keyof typeof STANDINGS
const NAMES = Object.keys(STANDINGS) as Name[]
/** Tokens with which nobody is anybody. */
export const BAD_TOKENS = ['garbage', 'expired', 'of another audience', 'revoked', 'of a deleted user'] as const

type Call =
  | { via: 'socket'; type: string; data: object; channel?: string }
  | { via: 'http'; method: string; path: string; body?: object | FormData; headers?: Record<string, string> }
/** What a call is judged by. `of`: whose thing it is about, for rights to one's own. `ends`: once it went through, nothing is asked and nothing stands still in the session any more. */
export type Act = { name: string; right: SessionAction; of?: Name; prepare(world: GateWorld, sessionId: string): Promise<Call> | Call; session?: 'busy' | 'worked' | 'asking'; ends?: true }

export type GateWorld = Awaited<ReturnType<typeof startGateWorld>>

export async function startGateWorld() {
  const api = createScriptedMessagesApi()
  const relay = await startRelay({ apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off', ALLOW_BYPASS: 'true', MESSAGES_PER_SECOND: '100000', PROMPTS_PER_SECOND: '100000', MAX_CONNECTIONS_PER_USER: '100' } })
  const storage = await openStorage({ url: relay.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  const tokens = {} as Record<string, string>
  const clients = {} as Record<Name | 'admin', ProtocolClient>
  for (const name of [...NAMES, 'admin'] as const) {
    tokens[name] = await relay.token(name, name === 'globalViewer' ? 'viewer' : name === 'admin' ? 'admin' : 'user')
    clients[name] = await connectProtocol({ url: relay.url, token: tokens[name], name })
  }
  const idOf = (name: Name | 'admin') => clients[name].frames[0]!.data.user.id as string
  const gates: Gate[] = []

  async function makeBadTokens(): Promise<void> {
    const secret = Buffer.from(readFileSync(join(relay.config.ensembleData, 'jwt-secret'), 'utf8').trim())
    const claims = JSON.parse(Buffer.from(tokens.owner!.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
    const signed = (changes: object) => new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret)
    const seconds = Math.floor(Date.now() / 1000)
    tokens['garbage'] = 'garbage'
    tokens['expired'] = await signed({ iat: seconds - 7200, exp: seconds - 3600 })
    tokens['of another audience'] = await signed({ aud: 'somebody' })
    tokens['revoked'] = await relay.token('revoked')
    await relay.relay.auth.signIn.logout(await relay.relay.auth.identify(tokens['revoked'], { address: null, agent: null }))
    tokens['of a deleted user'] = await relay.token('deleted')
    await relay.relay.auth.accounts.remove('deleted')
  }
  await makeBadTokens()

  /** Private, with all of them in it as they stand. */
  async function session(workspace_id: string | null = null): Promise<string> {
    const { session_id } = await clients.owner.ask('create_session', { title: 'Closed', visibility: 'private', workspace_id })
    sessions.add(session_id)
    const invite = (name: Name, role: string) => clients.owner.ask('invite_user', { session_id, target_user_id: idOf(name), role })
    await invite('collaborator', 'collaborator')
    await invite('viewer', 'viewer')
    await invite('globalViewer', 'collaborator')
    await invite('removed', 'collaborator')
    await clients.owner.ask('remove_user', { session_id, target_user_id: idOf('removed') })
    await storage.commit({ statements: [{ sql: "INSERT INTO tool_texts (session_id, tool_use_id, part, content) VALUES (?, 'use', 'output', 'all of it')", params: [session_id] }] })
    return session_id
  }

  /** One in which every user may work. */
  const openToAll = async (): Promise<string> => (await clients.admin.ask('create_session', { title: 'Open', visibility: 'workspace' })).session_id

  async function ask(name: Name | 'admin', method: string, path: string, body?: object | FormData, headers?: Record<string, string>) {
    return fetchWith(tokens[name]!, method, path, body, headers)
  }
  async function fetchWith(token: string | null, method: string, path: string, body?: object | FormData, more: Record<string, string> = {}) {
    // What the router would not even look at says nothing about who may.
    if (/\/:[a-z]/i.test(path)) throw new Error(`an id is missing in ${path}`)
    const headers: Record<string, string> = { ...(token !== null && { authorization: `Bearer ${token}` }), ...more }
    if (body && !(body instanceof FormData)) headers['content-type'] = 'application/json'
    const response = await fetch(`${relay.url}/api/v1${path}`, { method, headers, body: body instanceof FormData ? body : body && JSON.stringify(body) })
    const text = await response.text()
    return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, any> }
  }

  const executionOf = new Map<string, string>()
  const waitingOf = new Map<string, string>()
  /** Each costs a process of Claude: what an act has left as it found it serves the next one. */
  const left = new Map<Act['session'], string>()
  function takeLeft(kind: Act['session']): string | undefined {
    const session_id = left.get(kind)
    left.delete(kind)
    return session_id
  }

  /** A turn that stands still in the middle, and a waiting prompt each of owner and collaborator. */
  async function busy(workspaceId: string | null = null): Promise<string> {
    const session_id = (workspaceId === null ? takeLeft('busy') : undefined) ?? (await heldTurn(workspaceId))
    const { body } = await ask('owner', 'GET', `/claude/sessions/${session_id}/state`)
    for (const name of ['owner', 'collaborator'] as const) {
      const waiting = body.queue.items.find((each: { user_id: string }) => each.user_id === idOf(name))
      waitingOf.set(session_id, (waiting ?? (await clients[name].ask('claude_message', { session_id, content: `of ${name}` }))).execution_id)
    }
    return session_id
  }
  async function heldTurn(workspaceId: string | null): Promise<string> {
    const session_id = await session(workspaceId)
    const gate = createGate()
    gates.push(gate)
    const words = `hold ${session_id}`
    api.when(words).hold(gate).say('done')
    const { execution_id } = await clients.owner.ask('claude_message', { session_id, content: words })
    executionOf.set(session_id, execution_id)
    await gate.reached
    return session_id
  }
  const come = async (session_id: string, state: string, act: () => Promise<unknown>) => {
    const { seq } = await clients.owner.subscribe(`session:${session_id}`)
    await act()
    await clients.owner.until((frame) => frame.channel === `session:${session_id}` && frame.seq! > seq && frame.type === 'session' && frame.data.state === state, state)
  }
  /** One turn is over. */
  async function worked(): Promise<string> {
    const session_id = await session()
    api.when('work').say('It is done.')
    await come(session_id, 'idle', () => clients.owner.ask('claude_message', { session_id, content: 'work' }))
    return session_id
  }
  /** Claude waits for an answer. */
  async function asking(): Promise<string> {
    const session_id = takeLeft('asking') ?? (await session())
    api.when('make a folder').use('Bash', { command: 'mkdir folder', description: 'Make it' }).say('As you say.')
    await come(session_id, 'waiting', () => clients.owner.ask('claude_message', { session_id, content: 'make a folder' }))
    return session_id
  }

  /** What a reader sees of the session: nothing of it may change by a refusal. */
  async function state(sessionId: string): Promise<object> {
    const { body } = await ask('owner', 'GET', `/claude/sessions/${sessionId}/state`)
    const { trace_id: _, timestamp: _at, ...seen } = body
    return { ...seen, session: { ...seen.session, unread: 0 } }
  }

  let asked = 0
  async function perform(name: Name | 'admin', call: Call): Promise<string> {
    if (call.via === 'http') {
      const { status, body } = await ask(name, call.method, call.path, call.body, call.headers)
      return status < 300 ? 'ok' : (body.code as string)
    }
    const client = clients[name]
    const id = `gate-${name}-${++asked}`
    const answer = await client.request(call.type, call.data, { id, channel: call.channel })
    return answer.ok ? 'ok' : answer.error.code
  }

  function expected(act: Act, name: Name): string {
    const standing = STANDINGS[name]
    if (standing === null) return 'NOT_FOUND'
    const mark = markOf(act.right, standing)
    if (act.right === 'fork' && name === 'globalViewer') return 'FORBIDDEN'
    return mark === 'yes' || (mark === 'own' && act.of === name) ? 'ok' : 'FORBIDDEN'
  }

  const sessions = new Set<string>()
  /** Nobody who is refused has changed a row of any table. What turns of other sessions still write meanwhile is theirs. */
  async function changingNothing<T>(refusals: () => Promise<T>, sessionId?: string): Promise<T> {
    const others = [...sessions].filter((each) => each !== sessionId)
    const isOurs = (row: string) => !row.startsWith('tops ') && !others.some((each) => row.includes(each))
    const before = rowsOf(relay)
    const outcome = await refusals()
    const now = rowsOf(relay)
    const without = (rows: readonly string[], same: ReadonlySet<string>) => rows.filter((row) => !same.has(row) && isOurs(row))
    expect(changesOf(without(before, new Set(now)), without(now, new Set(before)))).toEqual([])
    return outcome
  }

  /** Everybody who may not is refused and changes nothing; then the least of those who may does the very same, and it goes through. */
  async function judge(act: Act): Promise<void> {
    const makers = { busy, worked, asking }
    const sessionId = act.session ? await makers[act.session]() : await session()
    const call = await act.prepare(world, sessionId)
    const before = await state(sessionId)
    const outcomes: Record<string, string> = {}
    const refused = NAMES.filter((name) => expected(act, name) !== 'ok')
    await changingNothing(async () => {
      for (const name of refused) outcomes[name] = await perform(name, call)
    }, sessionId)
    expect(outcomes).toEqual(Object.fromEntries(refused.map((name) => [name, expected(act, name)])))
    expect(await state(sessionId)).toEqual(before)
    const least = NAMES.find((name) => expected(act, name) === 'ok')!
    expect([least, await perform(least, call)]).toEqual([least, 'ok'])
    if ((act.session === 'busy' || act.session === 'asking') && !act.ends) left.set(act.session, sessionId)
    // Its process makes room for the next.
    else if (act.session) await ask('admin', 'DELETE', `/claude/sessions/${sessionId}`)
  }

  const world = {
    relay,
    storage,
    tokens,
    clients,
    idOf,
    session,
    openToAll,
    worked,
    busy,
    ask,
    fetchWith,
    perform,
    judge,
    changingNothing,
    state,
    executionOf: (sessionId: string) => executionOf.get(sessionId)!,
    waitingOf: (sessionId: string) => waitingOf.get(sessionId)!,
    /** The waiting prompt of somebody. */
    async queuedOf(sessionId: string, name: Name): Promise<string> {
      const { body } = await ask('owner', 'GET', `/claude/sessions/${sessionId}/state`)
      return body.queue.items.find((each: { user_id: string }) => each.user_id === idOf(name)).message_id
    },
    async openRequestOf(sessionId: string): Promise<string> {
      const { body } = await ask('owner', 'GET', `/claude/sessions/${sessionId}/state`)
      return body.permissions[0].request_id
    },
    async lastPromptOf(sessionId: string): Promise<string> {
      const { body } = await ask('owner', 'GET', `/claude/sessions/${sessionId}/events`)
      return body.events.findLast((each: { type: string }) => each.type === 'message').data.message_id
    },
    async fileOf(sessionId: string, name: Name): Promise<string> {
      return (await clients[name].ask('file_upload', { session_id: sessionId, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' })).file_id
    },
    async stop(): Promise<void> {
      for (const gate of gates) gate.open()
      for (const client of Object.values(clients)) client.close()
      await storage.close()
      await relay.stop()
      await api.stop()
    },
  }
  return world
}
