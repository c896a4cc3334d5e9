// A socket whose end is not waited for for ever: where the relay has vanished without a word, nothing would answer it, and no script could end.
import type { Clock } from '../clock.ts'
import type { WebSocketConstructor, WebSocketLike } from '../connection/web-socket.ts'

/** For the answer to the end, which is there at once while the way is good. */
const FAREWELL_MS = 2_000
const CLOSED = 3

/** Bun's class and that of `ws` can be torn off; Node's own cannot, and is left to itself. */
type Torn = WebSocketLike & { terminate?(): void; addEventListener(type: 'close', listener: () => void): void }

export function createImpatientSocket(WebSocket: WebSocketConstructor, clock: Pick<Clock, 'setTimer'>): WebSocketConstructor {
  return class extends (WebSocket as new (url: string, protocols: string[]) => Torn) {
    override close(code?: number, reason?: string): void {
      super.close(code, reason)
      if (!this.terminate || this.readyState === CLOSED) return
      const timer = clock.setTimer(() => this.terminate?.(), FAREWELL_MS)
      this.addEventListener('close', () => timer.cancel())
    }
  }
}
