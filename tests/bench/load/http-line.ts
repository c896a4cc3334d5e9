// One connection that sends requests one after the other on a bare TCP socket, so that the sender costs as little as it can.

type Sending = { method: string; path: string; headers: Record<string, string>; body?: Uint8Array }
export type HttpLine = { send(request: Sending): Promise<{ status: number; headers: Headers }>; close(): void }

/** Answers are read to their end and their content is dropped. Rejects when the connection ends. */
export async function httpLine(port: number): Promise<HttpLine> {
  let unsent: Uint8Array[] = []
  let received = Buffer.alloc(0)
  let waiting: { resolve(answer: { status: number; headers: Headers }): void; reject(problem: Error): void } | null = null

  function look(): void {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0 || !waiting) return
    const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
    const status = Number(first.split(' ')[1])
    const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string]))
    const last = '0\r\n\r\n'
    const chunkedEnd = headers.get('transfer-encoding') === 'chunked' ? received.indexOf(last, end + 4) : null
    const length = chunkedEnd === null ? end + 4 + Number(headers.get('content-length') ?? 0) : chunkedEnd + last.length
    if (chunkedEnd === -1 || received.length < length) return
    received = received.subarray(length)
    if (status === 100) return look()
    const { resolve } = waiting
    waiting = null
    resolve({ status, headers })
  }

  const opened = Promise.withResolvers<void>()
  const flush = (tcp: { write(bytes: Uint8Array): number }) => {
    while (unsent.length > 0) {
      const next = unsent[0]!
      const written = Math.max(0, tcp.write(next))
      if (written < next.length) return void (unsent[0] = next.subarray(written))
      unsent.shift()
    }
  }
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open(tcp) {
        tcp.setNoDelay(true)
        opened.resolve()
      },
      drain: flush,
      data(_, chunk) {
        received = received.length === 0 ? Buffer.from(chunk) : Buffer.concat([received, chunk])
        look()
      },
      close: () => waiting?.reject(new Error('the connection ended')),
    },
  })
  await opened.promise

  return {
    send({ method, path, headers, body = new Uint8Array(0) }) {
      const head = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`, `content-length: ${body.byteLength}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '\r\n'].join('\r\n')
      const answer = Promise.withResolvers<{ status: number; headers: Headers }>()
      waiting = answer
      unsent = [Buffer.from(head), body]
      flush(socket)
      return answer.promise
    },
    close: () => void socket.end(),
  }
}
