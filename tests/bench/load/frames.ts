// WebSocket frames by hand: a client library would cost more than what is measured.

const opText = 1
const opClose = 8
const opPing = 9

/** A client's text frame. The mask is zero, so that the payload need not be changed. */
export function clientFrame(text: string, opcode = opText): Uint8Array {
  const payload = Buffer.from(text)
  const length = payload.length
  const head = length < 126 ? 6 : length < 65_536 ? 8 : 14
  const frame = Buffer.alloc(head + length)
  frame[0] = 0x80 | opcode
  if (length < 126) frame[1] = 0x80 | length
  else if (length < 65_536) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  payload.copy(frame, head)
  return frame
}

export const pongFrame = clientFrame('', 10)

/** What a reader has seen. `bytes` and `frames` count text only. */
export type FrameReader = {
  bytes: number
  frames: number
  /** Gets the whole text of each frame; without it only bytes and frames are counted, which is far cheaper. */
  onText: ((text: string) => void) | null
  feed(chunk: Uint8Array): void
}

/** Walks over frames of a server (unmasked, never split). `on`: what has to be answered. */
export function createFrameReader(on: { ping(): void; close(): void }): FrameReader {
  const head = new Uint8Array(10)
  let headBytes = 0
  let left = 0
  let opcode = 0
  let kept: Uint8Array[] = []

  function finish(): void {
    if (opcode === opText && reader.onText) {
      const payload = kept.length === 1 ? kept[0]! : Buffer.concat(kept)
      kept = []
      reader.onText(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1'))
    } else if (opcode === opPing) on.ping()
    else if (opcode === opClose) on.close()
  }

  const reader: FrameReader = {
    bytes: 0,
    frames: 0,
    onText: null,
    feed(chunk) {
      let at = 0
      const end = chunk.length
      while (at < end) {
        if (left > 0) {
          const taken = Math.min(left, end - at)
          if (opcode === opText) {
            reader.bytes += taken
            if (reader.onText) kept.push(chunk.subarray(at, at + taken))
          }
          left -= taken
          at += taken
          if (left === 0) finish()
          continue
        }
        head[headBytes++] = chunk[at++]!
        const short = head[1]! & 0x7f
        const needed = short < 126 ? 2 : short === 126 ? 4 : 10
        if (headBytes < 2 || headBytes < needed) continue
        headBytes = 0
        opcode = head[0]! & 0x0f
        left = short < 126 ? short : short === 126 ? head[2]! * 256 + head[3]! : lengthOf(head)
        if (opcode === opText) reader.frames += 1
        if (left === 0) finish()
      }
    },
  }
  return reader
}

const lengthOf = (head: Uint8Array): number => head.subarray(2, 10).reduce((sum, byte) => sum * 256 + byte, 0)
