// Server-sent events as a stream that is read at its reader's pace: what waits is known, and whoever fills it is told of every bite.

const contentType = 'text/event-stream; charset=utf-8'
/** Handed on in bits, so that what the reader has not taken stays with us, and is counted. */
const bitBytes = 64 * 1024
const encoder = new TextEncoder()

export const eventStreamHeaders = {
  'content-type': contentType,
  'cache-control': 'no-store',
  // Proxies that gather answers would hold each event until there are many.
  'x-accel-buffering': 'no',
}

export type EventStream = ReturnType<typeof createEventStream>

/** `taken`: the reader has taken some. `left`, once: it is gone, or has taken all up to the end. */
export function createEventStream({ taken, left }: { taken(): void; left(): void }) {
  let waiting: Uint8Array[] = []
  let bytes = 0
  let isEnded = false
  let isLeft = false
  let wake: (() => void) | null = null

  function write(text: string): void {
    if (isEnded) return
    const piece = encoder.encode(text)
    waiting.push(piece)
    bytes += piece.byteLength
    wake?.()
  }

  /** The first pieces that make a bit together, or a part of one that is longer. */
  function bite(): Uint8Array {
    let size = 0
    let count = 0
    while (count < waiting.length && size + waiting[count]!.byteLength <= bitBytes) size += waiting[count++]!.byteLength
    if (count === 0) {
      const [first] = waiting
      waiting[0] = first!.subarray(bitBytes)
      bytes -= bitBytes
      return first!.subarray(0, bitBytes)
    }
    const bit = Buffer.concat(waiting.slice(0, count))
    waiting = waiting.slice(count)
    bytes -= size
    return bit
  }

  function leave(): void {
    if (isLeft) return
    isLeft = true
    isEnded = true
    waiting = []
    bytes = 0
    wake?.()
    left()
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (bytes === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve))
        wake = null
        if (bytes === 0) {
          controller.close()
          return leave()
        }
        controller.enqueue(bite())
        taken()
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )

  return {
    body,
    bufferedBytes: (): number => bytes,
    /** `data` is one line. */
    event: ({ id, type, data }: { id: string | null; type: string; data: string }): void => write(`${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`),
    comment: (text: string): void => write(`: ${text}\n\n`),
    /** How long a reader that lost the connection waits before it comes back. */
    retryAfter: (ms: number): void => write(`retry: ${ms}\n\n`),
    /** What was written is still read. */
    end(): void {
      isEnded = true
      wake?.()
    },
    leave,
  }
}
