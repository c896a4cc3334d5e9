// A TCP proxy that spoils the way: latency, narrow bandwidth, cuts at a byte, black holes, readers that do not read, resets.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** `up`: browser to relay. `down`: relay to browser. */
type Direction = 'up' | 'down'

type Faults = {
  /** Each byte arrives this much later, in each direction. */
  latencyMs: number
  /** Per direction; 0 reads nothing at all, so that the sender's buffers fill. null: as fast as it goes. */
  upBytesPerSecond: number | null
  downBytesPerSecond: number | null
  /** Bytes are taken and vanish; the sockets stay open. */
  blackHole: 'none' | Direction | 'both'
  /** Breaks the connection after exactly this many bytes of one direction, in the middle of whatever they are. */
  cut: { direction: Direction; afterBytes: number; how: 'reset' | 'end' } | null
}

const NO_FAULTS: Faults = { latencyMs: 0, upBytesPerSecond: null, downBytesPerSecond: null, blackHole: 'none', cut: null }
/** Slices of a throttled direction, and how much waits in the proxy before it stops reading. */
const SLICE_BYTES = 1_024
const HOLD_BYTES = 64 * 1_024

export type FaultProxy = {
  port: number
  origin: string
  /** Connections from now on go to this port. */
  aim(port: number): void
  /** Of connections from now on and of those that are open. A cut counts from the moment it is set. */
  set(faults: Partial<Faults>): void
  /** No more faults, for the open connections as well. */
  heal(): void
  /** Every connection ends at once with a TCP reset. */
  reset(): void
  /** Takes no new connections (refused), or takes them again. */
  refuse(on: boolean): void
  connections(): number
  /** All connections that were ever made. */
  accepted(): number
  /** Bytes that went through, and those that vanished in a black hole, per direction. */
  passed: Record<Direction, number>
  swallowed: Record<Direction, number>
  /** In the moment when so many bytes have gone up, over all connections. */
  wentUp(bytes: number): Promise<void>
  stop(): Promise<void>
}

type Pair = { browser: Socket; relay: Socket; cutAt: { direction: Direction; bytes: number; how: 'reset' | 'end' } | null; sent: Record<Direction, number>; kick: (() => void)[] }

/** `port`: of the relay behind it, on loopback; may be said later, as a relay has to know the proxy's address first. */
export async function createFaultProxy({ port = 0 }: { port?: number } = {}): Promise<FaultProxy> {
  let targetPort = port
  let faults: Faults = { ...NO_FAULTS }
  let refusing = false
  let accepted = 0
  const pairs = new Set<Pair>()
  const passed: Record<Direction, number> = { up: 0, down: 0 }
  const swallowed: Record<Direction, number> = { up: 0, down: 0 }
  const marks = new Map<number, () => void>()

  function end(pair: Pair, how: 'reset' | 'end'): void {
    if (!pairs.delete(pair)) return
    for (const socket of [pair.browser, pair.relay]) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroy()
    }
    for (const kick of pair.kick) kick()
  }

  function pump(pair: Pair, direction: Direction, from: Socket, to: Socket): void {
    const queue: { bytes: Buffer; dueAt: number }[] = []
    let waiting = 0
    let ended = false
    let wake: (() => void) | null = null
    const kick = () => {
      wake?.()
      wake = null
    }
    pair.kick.push(kick)
    const rate = () => (direction === 'up' ? faults.upBytesPerSecond : faults.downBytesPerSecond)
    /** Resolves after `ms`, or as soon as anything has changed. */
    const rest = (ms: number | null) =>
      new Promise<void>((resolve) => {
        const timer = ms === null ? null : setTimeout(resolve, ms)
        wake = () => {
          if (timer) clearTimeout(timer)
          resolve()
        }
      })

    from.on('data', (bytes: Buffer) => {
      if (faults.blackHole === 'both' || faults.blackHole === direction) return void (swallowed[direction] += bytes.length)
      queue.push({ bytes, dueAt: performance.now() + faults.latencyMs })
      waiting += bytes.length
      if (waiting > HOLD_BYTES || rate() === 0) from.pause()
      kick()
    })
    from.on('end', () => {
      ended = true
      kick()
    })
    from.on('error', () => end(pair, 'reset'))
    from.on('close', () => {
      ended = true
      kick()
    })

    void (async () => {
      while (pairs.has(pair)) {
        const head = queue[0]
        if (!head) {
          if (ended) {
            to.end()
            return
          }
          await rest(null)
          continue
        }
        const late = head.dueAt - performance.now()
        if (late > 0) {
          await rest(late)
          continue
        }
        const bytesPerSecond = rate()
        if (bytesPerSecond === 0) {
          await rest(null)
          continue
        }
        const slice = bytesPerSecond === null ? head.bytes : head.bytes.subarray(0, Math.min(head.bytes.length, SLICE_BYTES))
        if (slice.length === head.bytes.length) queue.shift()
        else head.bytes = head.bytes.subarray(slice.length)
        waiting -= slice.length
        if (!pass(slice)) return
        if (waiting <= HOLD_BYTES) from.resume()
        if (bytesPerSecond !== null) await rest((slice.length * 1_000) / bytesPerSecond)
      }
    })()

    /** False: the connection was cut in the middle of these. */
    function pass(bytes: Buffer): boolean {
      const { cutAt } = pair
      const room = cutAt?.direction === direction ? cutAt.bytes - pair.sent[direction] : Infinity
      const part = bytes.length > room ? bytes.subarray(0, Math.max(0, room)) : bytes
      pair.sent[direction] += part.length
      passed[direction] += part.length
      if (part.length > 0) to.write(part)
      for (const [bytes, reached] of marks) if (passed.up >= bytes) reached()
      if (bytes.length < room) return true
      // What was written must reach the other side before the end does.
      setImmediate(() => end(pair, cutAt!.how))
      return false
    }
  }

  function setCut(pair: Pair): void {
    const { cut } = faults
    pair.cutAt = cut && { direction: cut.direction, how: cut.how, bytes: pair.sent[cut.direction] + cut.afterBytes }
  }

  const server = createServer((browser) => {
    accepted += 1
    if (refusing) return void browser.resetAndDestroy()
    const relay = connect(targetPort, '127.0.0.1')
    browser.setNoDelay(true)
    relay.setNoDelay(true)
    const pair: Pair = { browser, relay, cutAt: null, sent: { up: 0, down: 0 }, kick: [] }
    pairs.add(pair)
    setCut(pair)
    pump(pair, 'up', browser, relay)
    pump(pair, 'down', relay, browser)
    const gone = () => {
      if (browser.destroyed && relay.destroyed) end(pair, 'end')
    }
    browser.on('close', gone)
    relay.on('close', gone)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function set(next: Partial<Faults>): void {
    faults = { ...faults, ...next }
    for (const pair of pairs) {
      if ('cut' in next) setCut(pair)
      pair.browser.resume()
      pair.relay.resume()
      for (const kick of pair.kick) kick()
    }
  }

  const { port: ownPort } = server.address() as AddressInfo
  return {
    port: ownPort,
    origin: `http://127.0.0.1:${ownPort}`,
    aim: (port) => void (targetPort = port),
    wentUp(bytes) {
      const { promise, resolve } = Promise.withResolvers<void>()
      marks.set(bytes, () => (marks.delete(bytes), resolve()))
      return promise
    },
    set,
    heal: () => set(NO_FAULTS),
    reset() {
      for (const pair of [...pairs]) end(pair, 'reset')
    },
    refuse: (on) => void (refusing = on),
    connections: () => pairs.size,
    accepted: () => accepted,
    passed,
    swallowed,
    async stop() {
      for (const pair of [...pairs]) end(pair, 'reset')
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
