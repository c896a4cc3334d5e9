// The door of the browser's connection: what stores may know of it. Sockets, retries and positions stay behind it.
import type { Connected, DataFromBrowser, FromBrowserType } from '#protocol'
import type { Clock } from '../clock.ts'
import { createChannels, type ChannelHandlers, type ChannelStart, type OpenChannel } from './channels.ts'
import type { ConnectionState } from './connection-state.ts'
import { readAnswer, type AnswerOf, type DeliverableType, type PassingType } from './messages.ts'
import { createOutbox, type Delivery } from './outbox.ts'
import type { OutboxItem } from './outbox-view.ts'
import type { OutboxStore } from './outbox-store.ts'
import { failed, trouble, type Outcome } from './outcome.ts'
import type { WebSocketConstructor } from './socket.ts'
import { createSupervisor, type Page } from './supervisor.ts'
import type { Locks, Voice } from './tabs.ts'
import type { Token } from './token.ts'

export type Connection = {
  start(): void
  stop(): void
  state(): ConnectionState
  onState(listener: (state: ConnectionState) => void): () => void
  /** What the relay last said of itself; null before the first link. */
  connected(): Connected | null
  /** Asks now; UNREACHABLE when there is no link or it breaks before the answer. */
  request<T extends FromBrowserType>(type: T, data: DataFromBrowser[T], channel?: string): Promise<Outcome<AnswerOf<T>>>
  /** Sends something passing, or drops it when there is no link. */
  send<T extends PassingType>(type: T, data: DataFromBrowser[T]): void
  /** Stores the command, then sends it until it is answered; survives reload and lost links. */
  deliver<T extends DeliverableType>(type: T, data: DataFromBrowser[T]): Delivery<T>
  open(channel: string, start: ChannelStart, handlers: ChannelHandlers): OpenChannel
  outbox: {
    items(): readonly OutboxItem[]
    onChange(listener: () => void): () => void
    /** Sends a refused command again, under a new id. */
    retry(id: string): Promise<void>
    /** Takes a refused or not yet sent command out for good. False: it is already on its way. */
    discard(id: string): Promise<boolean>
  }
  /** Tries at once instead of waiting for the next try. */
  tryNow(): void
}

export type ConnectionDependencies = {
  WebSocket: WebSocketConstructor
  /** `ws://…/ws` */
  url: string
  token: Token
  isTokenTaken(token: string): Promise<boolean>
  store: OutboxStore
  locks: Locks
  voice: Voice | null
  page: Page
  clock: Clock
  random: () => number
  newId: () => string
  userId: () => string | null
  report(problem: string): void
}

export function createConnection(dependencies: ConnectionDependencies): Connection {
  const { token } = dependencies
  const stateListeners = new Set<(state: ConnectionState) => void>()
  const outboxListeners = new Set<() => void>()
  let connected: Connected | null = null
  let stopToken: (() => void) | null = null

  const channels = createChannels({ ...dependencies, onChange: () => supervisor.refresh() })
  const outbox = createOutbox({
    ...dependencies,
    onChange() {
      supervisor.refresh()
      for (const listener of [...outboxListeners]) listener()
    },
  })
  const supervisor = createSupervisor({
    ...dependencies,
    behind: channels.behind,
    waiting: outbox.waiting,
    onUp(link, greeting) {
      connected = greeting
      channels.linkUp(link.ask)
      outbox.linkUp(link.ask)
    },
    onDown() {
      channels.linkDown()
      outbox.linkDown()
    },
    onMessage: channels.receive,
    onExpelled: channels.expelled,
    onState(state) {
      for (const listener of [...stateListeners]) listener(state)
    },
  })

  return {
    start() {
      stopToken ??= token.onChange(() => void outbox.load())
      void outbox.load()
      supervisor.start()
    },
    stop() {
      stopToken?.()
      stopToken = null
      supervisor.stop()
    },
    state: supervisor.state,
    onState(listener) {
      stateListeners.add(listener)
      return () => void stateListeners.delete(listener)
    },
    connected: () => connected,
    request(type, data, channel) {
      const link = supervisor.link()
      if (link === null) return Promise.resolve(failed(trouble('UNREACHABLE', 'no link')))
      return new Promise((resolve) => {
        link.ask({ type, data, channel }, (outcome) => resolve(outcome.ok ? readAnswer(type, outcome.data) : outcome))
      })
    },
    send: (type, data) => supervisor.link()?.tell(type, data),
    deliver: outbox.deliver,
    open: channels.open,
    outbox: {
      items: outbox.items,
      onChange(listener) {
        outboxListeners.add(listener)
        return () => void outboxListeners.delete(listener)
      },
      retry: outbox.retry,
      discard: outbox.discard,
    },
    tryNow: supervisor.tryNow,
  }
}

export type { AfterSnapshot, ChannelHandlers, ChannelStart, OpenChannel } from './channels.ts'
export type { Delivery } from './outbox.ts'
export type { OutboxItem } from './outbox-view.ts'
export type { AnswerOf, DeliverableType, PassingType } from './messages.ts'
export type { ConnectionState } from './connection-state.ts'
export { whatNext, type Outcome, type Trouble, type TroubleCode } from './outcome.ts'
