// Keeps one link up: the next try after each end, token trouble, and what the browser says of network and page.
import { CLOSE, type Connected, type FromRelay } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import { connectionState, OFFLINE_AFTER_MS, type ConnectionState } from './connection-state.ts'
import { openLink, type Link } from './link.ts'
import type { Trouble } from './outcome.ts'
import { createReconnect, retryWish } from './reconnect.ts'
import type { SocketEnd } from './socket.ts'
import type { WebSocketConstructor } from './web-socket.ts'
import type { Token } from './token.ts'

/** What the browser knows about itself. `isOnline` is a hint only: a relay on this machine needs no network. */
export type Page = {
  isOnline(): boolean
  onOnline(listener: () => void): () => void
  onOffline(listener: () => void): () => void
  /** Shown again, or thawed. */
  onVisible(listener: () => void): () => void
}

export type SupervisorDependencies = {
  WebSocket: WebSocketConstructor
  /** `ws://…/ws` */
  url: string
  token: Token
  /** Asks whether a token is still taken: a browser is not told why a handshake failed. */
  isTokenTaken(token: string): Promise<boolean>
  page: Page
  clock: Clock
  random: () => number
  newId: () => string
  behind: () => number
  waiting: () => number
  onUp(link: Link, connected: Connected): void
  onDown(): void
  onMessage(message: FromRelay): void
  onExpelled(channel: string, trouble: Trouble): void
  onState(state: ConnectionState): void
  report(problem: string): void
}

type Supervisor = {
  start(): void
  stop(): void
  state(): ConnectionState
  /** The link, if it is up. */
  link(): Link | null
  tryNow(): void
  /** Something that the state shows has changed elsewhere. */
  refresh(): void
}

/** A try younger than this is left alone when someone wants one now. */
const PATIENCE_MS = 1_000

export function createSupervisor(dependencies: SupervisorDependencies): Supervisor {
  const { token, page, clock, random } = dependencies
  /** The present try or link. Whatever another one still says is old. */
  let link: Link | null = null
  let generation = 0
  /** A try that waits for its token. */
  let seeking = false
  /** Refusals of the token since the link was last up. */
  let tokenTroubles = 0
  let running = false
  let everUp = false
  let downSince = clock.elapsed()
  let doubt: Timer | null = null
  let shown: ConnectionState = { kind: 'connecting' }
  const reconnect = createReconnect({ clock, random, tryAgain: () => void attempt(), onChange: refresh })
  const stops: (() => void)[] = []

  async function attempt(): Promise<void> {
    const mine = ++generation
    seeking = true
    reconnect.trying()
    refresh()
    const fresh = await token.fresh()
    if (mine !== generation || !running) return
    seeking = false
    if (fresh === 'refused') return cut()
    if (fresh === 'unreachable') return reconnect.lost()
    const opened: Link = openLink({
      ...dependencies,
      token: fresh.token,
      onUp(connected) {
        if (link !== opened) return
        everUp = true
        tokenTroubles = 0
        doubt?.cancel()
        reconnect.up()
        dependencies.onUp(opened, connected)
        refresh()
      },
      onUser: (user) => link === opened && token.know(user),
      onMessage: (message) => link === opened && dependencies.onMessage(message),
      onExpelled: (channel, trouble) => link === opened && dependencies.onExpelled(channel, trouble),
      onLatency: refresh,
      onEnd: (end) => link === opened && ended(opened, end),
    })
    link = opened
  }

  function ended(old: Link, end: SocketEnd): void {
    link = null
    if (end.greeted) goneDown()
    reconnect.lost(retryWish(end))
    void settleToken(old, end)
  }

  function goneDown(): void {
    downSince = clock.elapsed()
    doubt?.cancel()
    doubt = clock.setTimer(refresh, OFFLINE_AFTER_MS)
    dependencies.onDown()
  }

  /** Token trouble: renewed once; a refusal of that signs out. The next try is set meanwhile and waits for the renewal. */
  async function settleToken(old: Link, end: SocketEnd): Promise<void> {
    const refused = end.code === CLOSE.unauthorized || end.code === CLOSE.forbidden
    if (!refused && end.greeted) return
    if (!refused && (await dependencies.isTokenTaken(old.token))) return
    tokenTroubles += 1
    if (tokenTroubles > 1) token.forget()
    else await token.replace(old.token)
  }

  /** Ends the present try or link without another. */
  function cut(): void {
    generation += 1
    seeking = false
    reconnect.stop()
    const old = link
    link = null
    if (old?.isUp()) goneDown()
    old?.end('signed out')
    refresh()
  }

  function onToken(): void {
    if (!running) return
    if (token.state() === 'signed-out') return cut()
    if (link === null) {
      if (!seeking && reconnect.inMs() === null) void attempt()
      return
    }
    const renewed = token.current()
    if (link.isUp() && renewed !== null && renewed !== link.token) {
      // Renewed in place. If this is refused the relay ends the link, and that is seen to there.
      link.ask({ type: 'auth', data: { token: renewed } }, () => {})
    }
  }

  function tryNow(): void {
    if (!running || token.state() === 'signed-out') return
    if (link === null) return reconnect.now()
    if (link.isUp()) return link.check()
    if (clock.elapsed() - link.openedAt < PATIENCE_MS) return
    const old = link
    link = null
    old.end('a newer try')
    void attempt()
  }

  /** The browser is offline: an open socket proves nothing. A new greeting does, for a relay on this machine at once. */
  function distrust(): void {
    const old = link
    if (old?.isUp()) {
      link = null
      goneDown()
      reconnect.lost()
      old.end('the browser is offline')
    }
    refresh()
  }

  function refresh(): void {
    const up = link?.isUp() ?? false
    const next = connectionState({
      signedOut: token.state() === 'signed-out',
      up,
      everUp,
      latencyMs: link?.latencyMs() ?? null,
      attempt: reconnect.attempt(),
      inMs: reconnect.inMs(),
      downForMs: up ? 0 : clock.elapsed() - downSince,
      browserOffline: !page.isOnline(),
      behind: dependencies.behind(),
      waiting: dependencies.waiting(),
    })
    if (JSON.stringify(next) === JSON.stringify(shown)) return
    shown = next
    dependencies.onState(next)
  }

  return {
    start() {
      if (running) return
      running = true
      downSince = clock.elapsed()
      doubt = clock.setTimer(refresh, OFFLINE_AFTER_MS)
      stops.push(
        token.onChange(onToken),
        page.onOnline(tryNow),
        page.onVisible(tryNow),
        page.onOffline(distrust),
      )
      void attempt()
    },
    stop() {
      if (!running) return
      running = false
      for (const each of stops.splice(0)) each()
      cut()
      doubt?.cancel()
    },
    state: () => shown,
    link: () => (link?.isUp() ? link : null),
    tryNow,
    refresh,
  }
}
