// One attempt at a socket: opens, sends, receives, ends once. It never retries; who wants another makes another.
import { BEARER_PREFIX, decodeFromRelay, SUBPROTOCOL, type FromRelay } from '#protocol'
import type { Clock } from '../clock.ts'
import { createFrameQueue } from './frames.ts'
import type { Outgoing } from './messages.ts'
import type { WebSocketConstructor } from './web-socket.ts'

/** `greeted`: the relay said `connected` before the end. 1006 stands for every end without a close frame. */
export type SocketEnd = { code: number; reason: string; greeted: boolean }

export type Socket = {
  /** `too-large`: it would never fit into a frame, sending it would only end the connection. */
  send(message: Outgoing): 'sent' | 'too-large' | 'closed'
  /** Ends it from this side; `onEnd` is told at once, later words of the old socket are not heard. */
  end(code: number, reason: string): void
}

export type SocketDependencies = {
  WebSocket: WebSocketConstructor
  url: string
  token: string
  clock: Clock
  /** How long the handshake and the relay's `connected` may take together. */
  handshakeMs: number
  onMessages(messages: FromRelay[]): void
  onEnd(end: SocketEnd): void
  report(problem: string): void
}

export function openSocket(dependencies: SocketDependencies): Socket {
  const { clock, report } = dependencies
  let ended = false
  let greeted = false

  const raw = new dependencies.WebSocket(dependencies.url, [SUBPROTOCOL, BEARER_PREFIX + dependencies.token])
  const outgoing = createFrameQueue((frame) => void (ended || raw.send(frame)))
  const handshake = clock.setTimer(() => end(4408, 'no handshake'), dependencies.handshakeMs)

  raw.onopen = outgoing.open
  raw.onerror = () => {}
  raw.onclose = ({ code, reason }) => finish({ code, reason, greeted })
  raw.onmessage = ({ data }) => {
    if (ended) return
    if (typeof data !== 'string') return report('a binary frame without an open document')
    const messages = decodeFromRelay(data, report)
    if (!greeted && messages.some((each) => each.type === 'connected')) {
      greeted = true
      handshake.cancel()
    }
    dependencies.onMessages(messages)
  }

  function finish(how: SocketEnd): void {
    if (ended) return
    ended = true
    handshake.cancel()
    outgoing.drop()
    raw.onopen = raw.onmessage = raw.onclose = null
    dependencies.onEnd(how)
  }

  function end(code: number, reason: string): void {
    if (ended) return
    // A browser may close with 1000 or 3000–4999 only; the close handshake of a dead link is not waited for.
    raw.close(code, reason)
    finish({ code, reason, greeted })
  }

  return {
    send(message) {
      if (ended) return 'closed'
      return outgoing.add(JSON.stringify({ ...message, timestamp: clock.now() })) ? 'sent' : 'too-large'
    },
    end,
  }
}
