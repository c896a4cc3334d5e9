// A WebSocket client on bare TCP, because a real browser's socket cannot be told to stop reading.
import { connect, type Socket } from 'node:net'

export type RawSocket = {
  tcp: Socket
  /** Text frames in order, unless `onText` takes them. */
  texts: string[]
  /** The code of the close frame, once there was one. */
  closeCode: number | null
  /** One text frame, as a browser sends it. */
  send(text: string): void
  /** Resolves when the peer has ended the connection. */
  ended: Promise<void>
}

type Options = { path?: string; protocols?: string; onText?: (text: string) => void }

const opText = 1
const opClose = 8
const opPing = 9
const opPong = 10

/** A client's frame (RFC 6455, 5.3), short enough for a 16-bit length. The mask is zero, so that the payload need not be changed. */
function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const head = length < 126 ? [0x80 | opcode, 0x80 | length] : [0x80 | opcode, 0xfe, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4), payload])
}

/** Connects to this machine and resolves after the handshake. Server frames are never masked (RFC 6455, 5.1). */
export async function rawSocket(port: number, { path = '/', protocols, onText }: Options = {}): Promise<RawSocket> {
  const tcp = connect(port, 'localhost')
  await new Promise<void>((resolve, reject) => tcp.once('connect', resolve).once('error', reject))
  const raw: RawSocket = {
    tcp,
    texts: [],
    closeCode: null,
    send: (text) => void tcp.write(clientFrame(opText, text)),
    ended: new Promise((resolve) => tcp.once('close', () => resolve())),
  }
  tcp.on('error', () => {})
  tcp.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${protocols ? `Sec-WebSocket-Protocol: ${protocols}\r\n` : ''}\r\n`,
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
    if (opcode === opText) {
      const text = payload.toString('utf8')
      if (onText) onText(text)
      else raw.texts.push(text)
    }
    if (opcode === opClose) raw.closeCode = payload.readUInt16BE(0)
    if (opcode === opPing) tcp.write(clientFrame(opPong, ''))
    bytes = bytes.subarray(at + length)
    return true
  }

  await new Promise<void>((resolve, reject) => {
    let upgraded = false
    tcp.once('close', () => reject(new Error(`closed before the handshake was answered: ${bytes.toString('latin1').slice(0, 300)}`)))
    tcp.on('data', (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      if (!upgraded) {
        const end = bytes.indexOf('\r\n\r\n')
        if (end < 0 || !bytes.subarray(0, end).includes(' 101 ')) return
        bytes = bytes.subarray(end + 4)
        upgraded = true
        resolve()
      }
      while (readFrame());
    })
  })
  return raw
}
