// A WebSocket client on bare TCP, because a real browser's socket cannot be told to stop reading.
import { connect, type Socket } from 'node:net'

type RawSocket = {
  tcp: Socket
  /** Text frames in order. */
  texts: string[]
  /** The code of the close frame, once there was one. */
  closeCode: number | null
  /** Resolves when the peer has ended the connection. */
  ended: Promise<void>
}

/** Connects to ws://localhost:<port>/ and resolves after the handshake. Server frames are never masked (RFC 6455, 5.1). */
export async function rawSocket(port: number): Promise<RawSocket> {
  const tcp = connect(port, 'localhost')
  await new Promise<void>((resolve, reject) => tcp.once('connect', resolve).once('error', reject))
  const raw: RawSocket = {
    tcp,
    texts: [],
    closeCode: null,
    ended: new Promise((resolve) => tcp.once('close', () => resolve())),
  }
  tcp.on('error', () => {})
  tcp.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  let bytes: Buffer = Buffer.alloc(0)

  function readFrame(): boolean {
    if (bytes.length < 2) return false
    let length = bytes[1]! & 0x7f
    let at = 2
    if (length === 126) {
      if (bytes.length < 4) return false
      length = bytes.readUInt16BE(2)
      at = 4
    } else if (length === 127) {
      if (bytes.length < 10) return false
      length = Number(bytes.readBigUInt64BE(2))
      at = 10
    }
    if (bytes.length < at + length) return false
    const payload = bytes.subarray(at, at + length)
    const opcode = bytes[0]! & 0x0f
    if (opcode === 1) raw.texts.push(payload.toString('utf8'))
    if (opcode === 8) raw.closeCode = payload.readUInt16BE(0)
    bytes = bytes.subarray(at + length)
    return true
  }

  await new Promise<void>((resolve) => {
    let upgraded = false
    tcp.on('data', (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      if (!upgraded) {
        const end = bytes.indexOf('\r\n\r\n')
        if (end < 0) return
        bytes = bytes.subarray(end + 4)
        upgraded = true
        resolve()
      }
      while (readFrame());
    })
  })
  return raw
}
