// One WebSocket of the load generator on a bare TCP socket.
import { clientFrame, createFrameReader, pongFrame, type FrameReader } from './frames.ts'

export type RawSocket = {
  reader: FrameReader
  send(text: string): void
  /** Stops and goes on reading: what a browser does whose tab hangs. */
  pause(): void
  resume(): void
  /** Ends without a close frame, as a network does. */
  drop(): void
  isOpen(): boolean
  /** Settles when the other side ends it. */
  ended: Promise<void>
}

type Address = { port: number; path: string; protocols?: string }

/** Resolves after the 101. Frames that came with it have been read by then. */
export function openRawSocket(address: Address, onText: ((text: string) => void) | null): Promise<RawSocket> {
  const opened = Promise.withResolvers<RawSocket>()
  const ended = Promise.withResolvers<void>()
  let greeting: string | null = ''
  let open = true
  const unsent: Uint8Array[] = []
  let flush: () => void = () => undefined

  const request = [
    `GET ${address.path} HTTP/1.1`,
    `Host: 127.0.0.1:${address.port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==',
    'Sec-WebSocket-Version: 13',
    ...(address.protocols ? [`Sec-WebSocket-Protocol: ${address.protocols}`] : []),
    '\r\n',
  ].join('\r\n')

  let write: (bytes: Uint8Array) => void = () => undefined
  let end: () => void = () => undefined
  const reader = createFrameReader({ ping: () => write(pongFrame), close: () => end() })
  reader.onText = onText

  function fail(why: string): void {
    open = false
    opened.reject(new Error(why))
    ended.resolve()
  }

  void Bun.connect({
    hostname: '127.0.0.1',
    port: address.port,
    socket: {
      open(tcp) {
        flush = () => {
          while (unsent.length > 0) {
            const next = unsent[0]!
            const written = tcp.write(next)
            if (written < next.length) {
              unsent[0] = next.subarray(Math.max(0, written))
              return
            }
            unsent.shift()
          }
        }
        write = (bytes) => {
          if (!open) return
          unsent.push(bytes)
          if (unsent.length === 1) flush()
        }
        end = () => tcp.terminate()
        write(Buffer.from(request))
        tcp.setNoDelay(true)
      },
      drain: () => flush(),
      data(tcp, chunk) {
        if (greeting === null) return reader.feed(chunk)
        greeting += chunk.toString('latin1')
        const end = greeting.indexOf('\r\n\r\n')
        if (end < 0) return
        if (!greeting.startsWith('HTTP/1.1 101')) {
          fail(greeting.slice(0, 300))
          return tcp.terminate()
        }
        const rest = Buffer.from(greeting.slice(end + 4), 'latin1')
        greeting = null
        opened.resolve({
          reader,
          send: (text) => write(clientFrame(text)),
          pause: () => tcp.pause(),
          resume: () => tcp.resume(),
          drop() {
            open = false
            tcp.terminate()
          },
          isOpen: () => open,
          ended: ended.promise,
        })
        if (rest.length > 0) reader.feed(rest)
      },
      close: () => fail('closed before the handshake was answered'),
      error: (_, error) => fail(error.message),
      connectError: (_, error) => fail(error.message),
    },
  }).catch((error: unknown) => fail(String(error)))
  return opened.promise
}
