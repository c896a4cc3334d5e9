// What an upload has to know of the way to the relay: when to try again, and when what is under way is likely lost.
import type { Clock } from '../clock.ts'
import type { ConnectionState } from '../connection/connection.ts'
import { createListeners } from '../connection/listeners.ts'
import type { Page } from '../connection/supervisor.ts'

export type Way = {
  /** For `ms`, or until there is a reason to try earlier. */
  rest(ms: number, signal: AbortSignal): Promise<void>
  /** The network went, or has come back on another way (`isBack`): nobody will answer what was asked before. */
  onBroken(listener: (isBack: boolean) => void): () => void
  stop(): void
}

const isUp = ({ kind }: ConnectionState) => kind === 'live' || kind === 'slow' || kind === 'catching-up'

export type WayDependencies = {
  page: Page
  clock: Clock
  connection: { state(): ConnectionState; onState(listener: (state: ConnectionState) => void): () => void }
}

export function createWay({ page, clock, connection }: WayDependencies): Way {
  const nudges = createListeners<[]>()
  const breaks = createListeners<[isBack: boolean]>()
  let last = connection.state()

  const stops = [
    page.onOnline(nudges.tell),
    page.onVisible(nudges.tell),
    page.onOffline(() => breaks.tell(false)),
    connection.onState((next) => {
      const isBack = isUp(next) && !isUp(last)
      const wasLost = last.kind === 'reconnecting' || last.kind === 'offline'
      last = next
      if (isBack && wasLost) breaks.tell(true)
      if (isBack) nudges.tell()
    }),
  ]

  return {
    rest(ms, signal) {
      return new Promise((resolve) => {
        const timer = clock.setTimer(end, ms)
        const off = nudges.on(end)
        signal.addEventListener('abort', end)
        if (signal.aborted) end()
        function end(): void {
          timer.cancel()
          off()
          signal.removeEventListener('abort', end)
          resolve()
        }
      })
    },
    onBroken: breaks.on,
    stop: () => stops.forEach((stop) => stop()),
  }
}
