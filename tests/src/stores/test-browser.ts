// A browser without a screen: cookies, storage, frames and network events for the real services and stores under Bun.
import 'fake-indexeddb/auto'
import { createPinia } from 'pinia'
import { createApp, type App } from 'vue'
import { createServices, type Browser, type ServicesOptions } from '../../../src/services.ts'
import { SERVICES, type Services } from '../../../src/stores/use-services.ts'

export type TestBrowser = {
  services: Services
  app: App
  /** Runs with the app's stores, as a component would. */
  run<T>(work: () => T): T
  fire(event: 'online' | 'offline' | 'visible'): void
  storage: Map<string, string>
  cookies: Map<string, string>
  /** What should not have happened. */
  problems: string[]
  /** Ends what the page had open; its storage and cookies stay for the next page. */
  close(): void
}

export type TestBrowserOptions = ServicesOptions & {
  origin: string
  hash?: string
  /** Of an earlier page of the same browser. */
  storage?: Map<string, string>
  cookies?: Map<string, string>
}

export async function openTestBrowser({ origin, hash = '', storage = new Map(), cookies = new Map(), ...options }: TestBrowserOptions): Promise<TestBrowser> {
  const page = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  const url = new URL(origin)
  const location = { origin: url.origin, hash, pathname: '/', search: '', host: url.host }
  const voices: BroadcastChannel[] = []
  let online = true
  let closed = false

  async function fetchWithCookies(input: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(input, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
      if (name === undefined) continue
      if (/max-age=0\b/i.test(rest ?? '')) cookies.delete(name)
      else cookies.set(name, value ?? '')
    }
    return response
  }

  class Voice extends BroadcastChannel {
    constructor(name: string) {
      super(name)
      voices.push(this)
    }
    /** What a page that is gone still had in hand says nothing any more. */
    override postMessage(message: unknown): void {
      if (!closed) super.postMessage(message)
    }
  }

  const browser = {
    fetch: fetchWithCookies,
    WebSocket,
    BroadcastChannel: Voice,
    crypto,
    location,
    history: {
      state: null,
      replaceState(_state: unknown, _title: string, next: string) {
        location.hash = new URL(next, origin).hash
      },
    },
    get localStorage() {
      return {
        getItem: (key: string) => storage.get(key) ?? null,
        setItem: (key: string, value: string) => void storage.set(key, value),
        removeItem: (key: string) => void storage.delete(key),
      }
    },
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    requestAnimationFrame: (draw: () => void) => setTimeout(draw, 4),
    cancelAnimationFrame: (handle: number) => clearTimeout(handle),
    setTimeout,
    clearTimeout,
    navigator: {
      get onLine() {
        return online
      },
    },
    document,
  } as unknown as Browser

  // Tabs share a database by sharing its name; every other browser has its own.
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const services = await createServices(browser, { outboxName: `outbox-${crypto.randomUUID()}`, uploadsName: `uploads-${crypto.randomUUID()}`, report, ...options })
  const app = createApp({ render: () => null })
  app.provide(SERVICES, services)
  app.use(createPinia())

  return {
    services,
    app,
    run: (work) => app.runWithContext(work),
    fire(event) {
      if (event === 'visible') return void document.dispatchEvent(new Event('visibilitychange'))
      online = event === 'online'
      page.dispatchEvent(new Event(event))
    },
    storage,
    cookies,
    problems,
    close() {
      if (closed) return
      closed = true
      services.connection.stop()
      services.token.stop()
      voices.forEach((each) => each.close())
    },
  }
}

/** Waits for a fact; never for a time. */
export async function until(fact: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
