// A line of uploads as a page has it, on what a test decides about: signed in or not, network, tabs of one browser, and what outlives them.
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import type { Clock } from '../../../src/clock.ts'
import type { ConnectionState } from '../../../src/connection/connection.ts'
import { createListeners } from '../../../src/connection/listeners.ts'
import { createRest } from '../../../src/connection/rest.ts'
import { createRestCall } from '../../../src/connection/rest-call.ts'
import { createLocalLocks, type Locks } from '../../../src/connection/tabs.ts'
import type { Token, TokenState } from '../../../src/connection/token.ts'
import type { DigestAnswer, DigestWorker } from '../../../src/uploads/digests.ts'
import { openUploads } from '../../../src/uploads/open-uploads.ts'
import type { Upload } from '../../../src/uploads/upload.ts'
import type { UploadView } from '../../../src/uploads/uploads.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSmallTus, type SmallTus } from './small-tus.ts'

/** What all tabs of one browser share. */
export function createTestBrowser({ hasLocks = true }: { hasLocks?: boolean } = {}) {
  const locks: Locks | null = hasLocks ? createLocalLocks() : null
  return { name: `uploads-${crypto.randomUUID()}`, locks }
}

/** A worker that hashes when it is released, and not before. */
export function createSlowWorker() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const listeners: ((event: { data: DigestAnswer }) => void)[] = []
  const worker: DigestWorker = {
    postMessage(wish) {
      if ('file' in wish) void promise.then(async () => listeners.forEach((listener) => void answer(listener, wish)))
    },
    addEventListener: (type: string, listener: unknown) => void (type === 'message' && listeners.push(listener as (typeof listeners)[number])),
    terminate: () => undefined,
  }
  const answer = async (listener: (typeof listeners)[number], { id, file }: { id: string; file: Blob }) => listener({ data: { id, digest: sha256Of(await file.bytes()) } })
  return { start: () => worker, release: resolve }
}

/** As Base64. */
export const sha256Of = (bytes: Uint8Array): string => new Bun.CryptoHasher('sha256').update(bytes).digest('base64')

type TabOptions = { origin: string; browser?: ReturnType<typeof createTestBrowser>; user?: string; token?: string; clock?: Clock; fetch?: (url: string, init: RequestInit) => Promise<Response>; roomBytes?: number; digestWorker?: () => DigestWorker }

async function openTab({ origin, browser = createTestBrowser(), user: first = 'u1', token: bearer = 'good', clock = createFastClock(10), fetch: ask = (url, init) => fetch(url, init), roomBytes, digestWorker }: TabOptions) {
  const storage = roomBytes === undefined ? undefined : { estimate: async () => ({ quota: roomBytes, usage: 0 }), persist: async () => true }
  const states = createListeners<[ConnectionState]>()
  const signs = createListeners<[TokenState]>()
  const page = { online: createListeners<[]>(), offline: createListeners<[]>(), visible: createListeners<[]>() }
  const problems: string[] = []
  const leaving = new EventTarget()
  let link: ConnectionState = { kind: 'live', latencyMs: 1 }
  let user: string | null = first
  let isClosed = false

  const token = {
    state: () => (user === null ? 'signed-out' : 'signed-in'),
    user: () => (user === null ? null : { id: user, name: user, role: 'user' }),
    current: () => bearer,
    fresh: async () => (user === null ? 'refused' : { token: bearer }),
    renew: async () => 'renewed',
    replace: async () => 'renewed',
    onChange: signs.on,
  } as unknown as Token
  const closable = async (url: string, init: RequestInit) => (isClosed ? new Promise<never>(() => undefined) : ask(url, init))
  const { call, callBlob } = createRestCall({ fetch: closable, base: origin, clock })
  const channel = new BroadcastChannel(browser.name)
  // A page that ends has its locks taken from it; here the test's own lock stands for that.
  const uploads = await openUploads({
    browser: { addEventListener: leaving.addEventListener.bind(leaving) as Window['addEventListener'], fetch: closable as typeof fetch, navigator: { locks: (browser.locks ?? undefined) as LockManager | undefined, storage: storage as StorageManager | undefined } },
    relay: origin,
    uploadsName: browser.name,
    voice: { post: (message) => (isClosed ? undefined : channel.postMessage(message)), onMessage: (listener) => channel.addEventListener('message', ({ data }) => listener(data)) },
    page: { isOnline: () => true, onOnline: page.online.on, onOffline: page.offline.on, onVisible: page.visible.on },
    connection: { state: () => link, onState: states.on },
    rest: createRest({ call, callBlob, token, newId: () => crypto.randomUUID() }),
    token,
    clock,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    userId: () => user,
    report: (problem) => void problems.push(problem),
  }, digestWorker)

  const view = (id: string): UploadView | undefined => uploads.list().find((each) => each.id === id)
  return {
    uploads,
    problems,
    view,
    states: () => uploads.list().map(({ state }) => state),
    async is(id: string, state: UploadView['state']): Promise<void> {
      await eventually(`${id} is ${state}`, () => view(id)?.state === state).catch((problem: Error) => {
        throw new Error(`${problem.message}; it is ${JSON.stringify(view(id))}`)
      })
    },
    setLink(next: ConnectionState): void {
      link = next
      states.tell(next)
    },
    /** Whether the browser asks before the page goes. */
    asksToStay: () => !leaving.dispatchEvent(new Event('beforeunload', { cancelable: true })),
    fire: (event: keyof typeof page) => page[event].tell(),
    signIn(next: string | null): void {
      user = next
      signs.tell(next === null ? 'signed-out' : 'signed-in')
    },
    /** What the browser holds for the next page. */
    kept: async (): Promise<Upload[]> => stored(browser.name, 'uploads'),
    contents: async (): Promise<number> => (await stored(browser.name, 'contents')).length,
    /** As a crash does: no last word, and nothing goes on. */
    close(): void {
      isClosed = true
      channel.close()
      uploads.stop()
    },
  }
}

/** Relays and tabs that end with the test. */
export function createWorld() {
  const ends: (() => unknown)[] = []
  return {
    start(): SmallTus {
      const relay = createSmallTus()
      ends.push(relay.stop)
      return relay
    },
    async open(options: TabOptions) {
      const tab = await openTab(options)
      ends.push(tab.close)
      return tab
    },
    async end(): Promise<void> {
      for (const end of ends.splice(0).reverse()) await end()
    },
  }
}

async function stored(name: string, store: string) {
  const database = await openDB(name)
  const all = await database.getAll(store)
  database.close()
  return all
}

/** `bytes` of content that tells places apart. */
export function testFile(name: string, bytes: number, options: FilePropertyBag = {}): File {
  const content = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += 1) content[at] = (at * 31 + (at >> 8) * 17 + name.length) & 0xff
  return new File([content], name, { lastModified: 1_750_000_000_000, ...options })
}
