// A script's link to the relay: the browser's own connection, with a token that was given and an outbox in memory.
import { countValues, LIMITS, requestId, rest, type Connected, type DataFromBrowser, type FromBrowserType } from '#protocol'
import type { Clock } from '../clock.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import { createConnection, type AnswerOf, type DeliverableType } from '../connection/connection.ts'
import { createListeners } from '../connection/listeners.ts'
import { createMemoryOutboxStore } from '../connection/outbox-store.ts'
import { trouble, type Outcome, type Trouble } from '../connection/outcome.ts'
import type { RestCall } from '../connection/rest-call.ts'
import type { Page } from '../connection/supervisor.ts'
import { createLocalLocks } from '../connection/tabs.ts'
import type { WebSocketConstructor } from '../connection/web-socket.ts'
import { CallRefused } from './call-refused.ts'
import { createFeed, type Feed, type FeedStart } from './feed.ts'
import { createGivenToken } from './given-token.ts'

/** `waiting`: for the next try. `refused`: the relay does not take the token, nothing is tried any more. */
export type LiveState = 'connecting' | 'ready' | 'waiting' | 'refused' | 'closed'

export type Live = {
  state(): LiveState
  /** Resolves with what the relay says of itself. */
  ready(): Promise<Connected>
  /** What a channel tells, each event once and in order; one feed of a channel at a time. By itself from now on. */
  subscribe(channel: string, from?: FeedStart): Feed
  /** Sends it until it is answered, over lost links and restarts. Under one `key` it is done once in 7 days, by whatever run. */
  send<T extends DeliverableType>(type: T, data: DataFromBrowser[T], options?: { key?: string }): Promise<AnswerOf<T>>
  /** Asks now, or is refused as UNREACHABLE. */
  ask<T extends Exclude<FromBrowserType, 'auth' | 'ping' | 'subscribe' | 'unsubscribe'>>(type: T, data: DataFromBrowser[T]): Promise<AnswerOf<T>>
  /** What is not answered is refused as ABORTED, feeds end; nothing is left that keeps a script from ending. */
  close(): void
}

export type LiveOptions = {
  onState?: (state: LiveState) => void
  /** Where what should not happen is told; by itself on stderr. */
  report?: (problem: string) => void
}

type LiveDependencies = Required<Pick<LiveOptions, 'report'>> & {
  onState(state: LiveState): void
  WebSocket: WebSocketConstructor
  /** Of the relay, without a slash at its end. */
  base: string
  token: string
  call: RestCall
  clock: Clock
  random: () => number
  newId: () => string
}

const STATES = { connecting: 'connecting', live: 'ready', slow: 'ready', 'catching-up': 'ready', reconnecting: 'waiting', offline: 'waiting' } as const satisfies Partial<Record<ConnectionState['kind'], LiveState>>

/** A script is shown to nobody, and no network at all is for the next try to find out. */
const noPage: Page = { isOnline: () => true, onOnline: () => () => {}, onOffline: () => () => {}, onVisible: () => () => {} }

/** What the relay could not answer under its id: it would be sent for ever. */
function unanswerable(type: string, data: object, id: string): Trouble | null {
  if (!requestId.safeParse(id).success) return trouble('VALIDATION', 'key: 1 to 128 characters')
  const values = countValues(JSON.stringify({ type, id, channel: null, data, timestamp: 0 }))
  return values > LIMITS.valuesPerFrame ? trouble('TOO_LARGE', 'more values than a message may hold') : null
}

const isInterrupt = (data: object): boolean => 'command' in data && data.command === 'interrupt'

export function createLive(dependencies: LiveDependencies): Live {
  const { base, token: bearer, call, onState, ...rim } = dependencies
  const { clock, newId, report } = rim
  const calls = new AbortController()
  const options = { bearer, signal: calls.signal }
  const token = createGivenToken({ token: bearer, ask: () => call('me', rest.me, options) })
  const connection = createConnection({
    ...rim,
    url: `${base.replace(/^http/, 'ws')}/ws`,
    token,
    isTokenTaken: token.isTaken,
    store: createMemoryOutboxStore(),
    locks: createLocalLocks(),
    voice: null,
    page: noPage,
    // All it ever sends is this token's.
    userId: () => 'script',
  })
  const feeds = new Map<string, ReturnType<typeof createFeed>>()
  const keys = createLocalLocks()
  const ready = createListeners<[Connected]>()
  const ends = createListeners<[CallRefused]>()
  let state: LiveState = 'connecting'
  let end: CallRefused | null = null

  connection.onState(({ kind }) => {
    if (kind === 'signed-out') finish('refused', token.refusal() ?? trouble('UNAUTHORIZED', 'the token is not taken'))
    else if (!end) become(STATES[kind])
  })

  function become(next: LiveState): void {
    if (next === state) return
    state = next
    onState(state)
    if (state === 'ready') ready.tell(connection.connected()!)
  }

  function finish(how: 'refused' | 'closed', why: Trouble): void {
    if (end) return
    end = new CallRefused(why)
    connection.stop()
    calls.abort()
    for (const feed of [...feeds.values()]) feed.end(how === 'refused' ? end : null)
    become(how)
    ends.tell(end)
  }

  /** Unless the end comes first. */
  function orEnd<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = ends.on(reject)
      if (end) reject(end)
      work.then(resolve, reject).finally(stop)
    })
  }

  async function given<T>(work: Promise<Outcome<T>>): Promise<T> {
    const outcome = await orEnd(work)
    if (!outcome.ok) throw new CallRefused(outcome.trouble)
    return outcome.data
  }

  async function deliver<T extends DeliverableType>(type: T, data: DataFromBrowser[T], key: string): Promise<AnswerOf<T>> {
    if (end) throw end
    const { answer } = connection.deliver(type, data, key)
    try {
      return await given(answer)
    } catch (problem) {
      // What people wrote is kept for them to try again; a script has it.
      await connection.outbox.discard(key)
      throw problem
    }
  }

  async function untilReady(): Promise<Connected> {
    if (state === 'ready') return connection.connected()!
    return orEnd(
      new Promise((resolve) => {
        const stop = ready.on((connected) => (stop(), resolve(connected)))
      }),
    )
  }

  connection.start()
  return {
    state: () => state,
    ready: untilReady,
    subscribe(channel, start = 'now') {
      if (feeds.has(channel)) throw new Error(`${channel} is subscribed to already`)
      const feed = createFeed({
        connection,
        channel,
        start,
        ready: untilReady,
        readAfter: (sessionId, after) => call(`claude/sessions/${sessionId}/events`, rest.eventsPage, { ...options, query: { after } }),
        now: clock.now,
        onEnd: () => void feeds.delete(channel),
        report,
      })
      feeds.set(channel, feed)
      if (end) feed.end(end)
      return feed
    },
    async send(type, data, { key = newId() } = {}) {
      const problem = unanswerable(type, data, key)
      if (problem) throw new CallRefused(problem)
      if (isInterrupt(data)) return given(connection.request(type, data))
      // Twice at a time under one key: the relay judges the second, when the first has its answer.
      return keys.request(key, () => deliver(type, data, key))
    },
    ask: (type, data) => given(connection.request(type, data)),
    close: () => finish('closed', trouble('ABORTED', 'closed')),
  }
}
