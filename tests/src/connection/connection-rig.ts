// A whole connection on a small real server, with a token, a page and a clock that a test decides about.
import type { FromRelay } from '#protocol'
import { createConnection, type AfterSnapshot, type ChannelStart, type Connection, type ConnectionDependencies } from '../../../src/connection/connection.ts'
import { createMemoryOutboxStore } from '../../../src/connection/outbox-store.ts'
import type { WebSocketConstructor } from '../../../src/connection/web-socket.ts'
import { createLocalLocks } from '../../../src/connection/tabs.ts'
import type { Token, TokenState } from '../../../src/connection/token.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { createFastClock } from './fake-clock.ts'
import { createSmallRelay, type SmallRelay } from './small-relay.ts'

const stops: (() => void)[] = []
/** For afterEach: ends what a test began. */
export const stopAll = () => stops.splice(0).reverse().forEach((stop) => stop())

export async function until(fact: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A token whose renewals a test decides. */
function createTestToken() {
  let state: TokenState = 'signed-in'
  let current = 'token-1'
  let renewals = 0
  let verdict: 'renewed' | 'refused' | 'unreachable' = 'renewed'
  const listeners = new Set<(state: TokenState) => void>()
  const tell = (next: TokenState) => {
    state = next
    listeners.forEach((each) => each(next))
  }
  const renew = async () => {
    renewals++
    if (verdict === 'renewed') {
      current = `token-${renewals + 1}`
      tell('signed-in')
    }
    if (verdict === 'refused') tell('signed-out')
    return verdict
  }
  const token: Token = {
    state: () => state,
    user: () => ({ id: 'u1', name: 'minji', role: 'user' }),
    current: () => (state === 'signed-in' ? current : null),
    fresh: async () => (state === 'signed-in' ? { token: current } : 'refused'),
    renew,
    replace: async (used) => (used === current ? renew() : 'renewed'),
    signIn: async () => {
      throw new Error('not here')
    },
    signOut: async () => {
      tell('signed-out')
      return { ok: true, data: {} }
    },
    know: () => {},
    forget: () => tell('signed-out'),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: () => {},
  }
  return { token, renewals: () => renewals, setVerdict: (next: typeof verdict) => void (verdict = next), renew, signIn: () => tell('signed-in') }
}

function createTestPage() {
  const listeners = { online: new Set<() => void>(), offline: new Set<() => void>(), visible: new Set<() => void>() }
  let online = true
  const on = (name: keyof typeof listeners) => (listener: () => void) => {
    listeners[name].add(listener)
    return () => void listeners[name].delete(listener)
  }
  return {
    page: { isOnline: () => online, onOnline: on('online'), onOffline: on('offline'), onVisible: on('visible') },
    fire(name: keyof typeof listeners) {
      if (name !== 'visible') online = name === 'online'
      listeners[name].forEach((each) => each())
    },
  }
}

export function connect(relay: SmallRelay, more: Partial<ConnectionDependencies> = {}) {
  const tokens = createTestToken()
  const page = createTestPage()
  const states: string[] = []
  const problems: string[] = []
  let ids = 0
  const connection = createConnection({
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    url: relay.url,
    token: tokens.token,
    isTokenTaken: async () => true,
    store: createMemoryOutboxStore(),
    locks: createLocalLocks(),
    voice: null,
    page: page.page,
    clock: createFastClock(50),
    random: seededRandom(3),
    newId: () => `id${++ids}`,
    userId: () => 'u1',
    report: (problem) => problems.push(problem),
    ...more,
  })
  connection.onState((state) => states.push(state.kind))
  stops.push(() => connection.stop())
  return { connection, tokens, page, states, problems }
}

export function newRelay(): SmallRelay {
  const relay = createSmallRelay()
  stops.push(relay.stop)
  return relay
}

export const note = (text: string) => ({ type: 'log', data: { session_id: 's1', level: 'info', source: 'relay', text } })
export const textOf = (message: FromRelay) => (message.type === 'log' ? message.data.text : `(${message.type})`)

export function listen(connection: Connection, start: ChannelStart = { history: 500 }, afterSnapshot?: () => Promise<AfterSnapshot>) {
  const texts: string[] = []
  const seqs: number[] = []
  const joins: boolean[] = []
  const refusals: string[] = []
  const channel = connection.open('session:s1', start, {
    onMessage(message) {
      texts.push(textOf(message))
      if (typeof message.seq === 'number') seqs.push(message.seq)
    },
    onJoined: (_, continued) => joins.push(continued),
    onSnapshotNeeded: afterSnapshot,
    onRefused: (trouble) => refusals.push(trouble.code),
  })
  return { channel, texts, seqs, joins, refusals }
}
