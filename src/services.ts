// The only place that picks what the browser's half runs on: the real relay, or mocks that stand in front of it.
import { config } from 'zod/mini'
import { systemClock, type Clock } from './clock.ts'
import { createConnection } from './connection/connection.ts'
import { createIndexedOutboxStore, createMemoryOutboxStore, createOutboxStore } from './connection/outbox-store.ts'
import { createRest } from './connection/rest.ts'
import { createRestCall } from './connection/rest-call.ts'
import type { WebSocketConstructor } from './connection/web-socket.ts'
import type { Page } from './connection/supervisor.ts'
import { createLocalLocks, type Locks, type Voice } from './connection/tabs.ts'
import { createToken, takeCode, type PageKey, type Token, type TokenDependencies } from './connection/token.ts'
import type { Uploads } from './uploads/uploads.ts'
import type { KeyValue, Services } from './stores/use-services.ts'

const LAST_USER = 'ensemble.user'
const PAGE_KEY = 'ensemble.page-key'

/** The part of a window that is used. */
export type Browser = Pick<
  Window & typeof globalThis,
  'fetch' | 'WebSocket' | 'BroadcastChannel' | 'crypto' | 'location' | 'history' | 'localStorage' | 'addEventListener' | 'removeEventListener' | 'requestAnimationFrame' | 'cancelAnimationFrame' | 'setTimeout' | 'clearTimeout'
> & { navigator: Pick<Navigator, 'onLine' | 'locks' | 'storage'>; document: EventTarget & Pick<Document, 'visibilityState'> }

export type ServicesOptions = {
  relay?: string
  startMocks?: () => Promise<void>
  clock?: Clock
  random?: () => number
  /** Of the database and the voice that the tabs of this browser share. */
  outboxName?: string
  /** Of the database in which uploads outlive the page. */
  uploadsName?: string
  /** Of whoever is here without being signed in. */
  makeToken?: (parts: TokenDependencies) => Token
  /** Where what should not happen is told. */
  report?: (problem: string) => void
}

/**
 * `relay`: the origin of the relay, by default the one that served the page. `startMocks`, given in mock mode only, must
 * resolve before anything is asked: it answers fetch and WebSocket in their place, everything here stays as it is.
 */
export async function createServices(browser: Browser, options: ServicesOptions = {}): Promise<Services> {
  // The page's policy forbids code made from strings, which the schema library would try.
  config({ jitless: true })
  await options.startMocks?.()

  const relay = options.relay ?? browser.location.origin
  const { clock = systemClock, random = Math.random, outboxName = 'ensemble-outbox', uploadsName = 'ensemble-uploads', report = console.warn } = options
  const locks = locksOf(browser)
  const storage = createKeyValue(() => browser.localStorage)
  const newId = () => createId(browser.crypto)
  const { call, callBlob } = createRestCall({ fetch: (url, init) => browser.fetch(url, init), base: relay, clock })
  // Mocks take anybody: whoever opens that page is signed in.
  const pageKey: PageKey = { get: () => storage.get(PAGE_KEY) ?? (options.startMocks ? 'mock' : null), set: (key) => storage.set(PAGE_KEY, key) }
  const token = (options.makeToken ?? createToken)({ call, clock, random, locks, pageKey })
  const rest = createRest({ call, callBlob, token, newId })

  token.onChange((state) => {
    const user = token.user()
    if (state === 'signed-in' && user) storage.set(LAST_USER, user.id)
  })

  const shared = {
    token,
    locks,
    voice: createVoice(browser, outboxName),
    page: createPage(browser),
    clock,
    random,
    newId,
    userId: () => token.user()?.id ?? storage.get(LAST_USER),
    report,
  }

  const connection = createConnection({
    ...shared,
    WebSocket: browser.WebSocket as unknown as WebSocketConstructor,
    url: `${relay.replace(/^http/, 'ws')}/ws`,
    async isTokenTaken(bearer) {
      const answer = await rest.probe(bearer)
      return answer.ok || answer.trouble.code !== 'UNAUTHORIZED'
    },
    store: createOutboxStore(createIndexedOutboxStore(outboxName), createMemoryOutboxStore(), report),
  })

  let uploads: Promise<Uploads> | null = null
  const openUploads = async () => (await import('./uploads/open-uploads.ts')).openUploads({ ...shared, browser, relay, uploadsName, connection, rest })

  return {
    relay,
    connection,
    rest,
    token,
    clock,
    storage,
    newId,
    uploads: () => (uploads ??= openUploads().catch((error) => ((uploads = null), Promise.reject(error)))),
    requestFrame: (draw) => requestFrame(browser, draw),
    takeCode: () => takeCode(browser),
    onHidden(listener) {
      const hidden = () => browser.document.visibilityState === 'hidden' && listener()
      const stops = [on(browser.document, 'visibilitychange', hidden), on(browser, 'pagehide', listener)]
      return () => stops.forEach((stop) => stop())
    },
  }
}

/** A random UUID (RFC 9562, version 4). `randomUUID` is missing where the page came over plain http. */
function createId(crypto: Pick<Crypto, 'getRandomValues'>): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function locksOf({ navigator }: Browser): Locks {
  // Missing over plain http as well: the order is then kept inside this tab.
  const shared = navigator.locks as LockManager | undefined
  return shared ? { request: async (name, work) => await shared.request(name, work) } : createLocalLocks()
}

function createVoice({ BroadcastChannel }: Browser, name: string): Voice {
  const channel = new BroadcastChannel(name)
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
  }
}

function on(target: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>, type: string, listener: () => void): () => void {
  target.addEventListener(type, listener)
  return () => target.removeEventListener(type, listener)
}

function createPage(browser: Browser): Page {
  return {
    isOnline: () => browser.navigator.onLine,
    onOnline: (listener) => on(browser, 'online', listener),
    onOffline: (listener) => on(browser, 'offline', listener),
    onVisible(listener) {
      const seen = () => browser.document.visibilityState === 'visible' && listener()
      const stops = [on(browser.document, 'visibilitychange', seen), on(browser.document, 'resume', seen), on(browser, 'pageshow', seen)]
      return () => stops.forEach((stop) => stop())
    },
  }
}

/** Reading `localStorage` itself may throw, and so may writing when it is full: what could not be kept lasts as long as the page. */
function createKeyValue(storage: () => Storage): KeyValue {
  const unkept = new Map<string, string>()
  return {
    get(key) {
      try {
        return unkept.get(key) ?? storage().getItem(key)
      } catch {
        return null
      }
    },
    set(key, value) {
      unkept.delete(key)
      try {
        if (value === null) storage().removeItem(key)
        else storage().setItem(key, value)
      } catch {
        if (value !== null) unkept.set(key, value)
      }
    },
  }
}

/** A hidden page draws nothing: text still has to be taken in, so a slow timer stands in. */
function requestFrame(browser: Browser, draw: () => void): () => void {
  const frame = browser.requestAnimationFrame(run)
  const timer = browser.setTimeout(run, 250)
  function run(): void {
    stop()
    draw()
  }
  function stop(): void {
    browser.cancelAnimationFrame(frame)
    browser.clearTimeout(timer)
  }
  return stop
}
