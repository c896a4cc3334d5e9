// One life of the link: a socket with its questions and its heartbeat, from the first try to its end.
import type { Connected, ErrorData, FromRelay } from '#protocol'
import type { Clock } from '../clock.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { troubleFrom, type Trouble } from './outcome.ts'
import { createRequests, type Ask } from './requests.ts'
import { openSocket, type SocketEnd } from './socket.ts'
import type { WebSocketConstructor } from './web-socket.ts'

/** Handshake and the relay's `connected` together; a black hole swallows both. */
const HANDSHAKE_MS = 10_000
/** The code under which a browser gives up a link that no longer answers. */
const DEAD = 4408

export type Link = {
  ask: Ask
  /** Without an answer, and only if there is a link. */
  tell(type: 'typing' | 'cursor_update', data: object): void
  isUp(): boolean
  openedAt: number
  token: string
  latencyMs(): number | null
  /** Finds out soon whether it still lives. */
  check(): void
  end(reason: string): void
}

type LinkDependencies = {
  WebSocket: WebSocketConstructor
  url: string
  token: string
  clock: Clock
  newId: () => string
  onUp(connected: Connected): void
  /** Who the relay says is here: with each greeting, and again when their role changes. */
  onUser(user: Connected['user']): void
  onMessage(message: FromRelay): void
  /** The relay delivers this channel no longer: what may be read has changed. */
  onExpelled(channel: string, trouble: Trouble): void
  onLatency(): void
  onEnd(end: SocketEnd): void
  report(problem: string): void
}

export function openLink(dependencies: LinkDependencies): Link {
  const { WebSocket, url, token, clock, newId, report } = dependencies
  let heartbeat: Heartbeat | null = null
  let latencyMs: number | null = null

  const socket = openSocket({
    WebSocket,
    url,
    token,
    clock,
    handshakeMs: HANDSHAKE_MS,
    report,
    onMessages(messages) {
      heartbeat?.frame()
      for (const message of messages) take(message)
    },
    onEnd(end) {
      heartbeat?.stop()
      heartbeat = null
      dependencies.onEnd(end)
      requests.end()
    },
  })
  const requests = createRequests({ socket, clock, newId })

  function take(message: FromRelay): void {
    if (message.type === 'connected') return greet(message.data)
    if (message.type === 'pong') return heartbeat?.pong(message.id ?? '')
    if (requests.take(message)) return
    if (message.type === 'error') return complain(message.data)
    dependencies.onMessage(message)
  }

  /** An error that answers nothing of ours: a channel was taken from us, or the relay did not understand us. */
  function complain(error: ErrorData): void {
    const channel = (error.details as { channel?: unknown } | null | undefined)?.channel
    if (typeof channel === 'string') dependencies.onExpelled(channel, troubleFrom(error))
    else report(`refused: ${error.code} ${error.message}`)
  }

  function greet(connected: Connected): void {
    dependencies.onUser(connected.user)
    if (heartbeat) return
    heartbeat = createHeartbeat({
      clock,
      newId,
      ping: (id) => void socket.send({ type: 'ping', id, channel: null, data: {} }),
      onDead: () => socket.end(DEAD, 'silent'),
      onLatency(ms) {
        latencyMs = ms
        dependencies.onLatency()
      },
    })
    dependencies.onUp(connected)
  }

  return {
    ask: requests.ask,
    tell: (type, data) => void socket.send({ type, id: null, channel: null, data } as Parameters<typeof socket.send>[0]),
    isUp: () => heartbeat !== null,
    openedAt: clock.elapsed(),
    token,
    latencyMs: () => latencyMs,
    check: () => heartbeat?.check(),
    end: (reason) => socket.end(1000, reason),
  }
}
