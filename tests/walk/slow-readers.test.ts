// 200 sockets, a quarter of which never read: the others get everything, memory stays bounded, the stalled recover without a hole (P6, H8).
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { SUBPROTOCOL } from '#protocol'
import { connectProtocol, type Frame } from '../support/protocol-client.ts'
import { startRelayProcess } from '../support/start-relay.ts'

const HEALTHY = 150
const STALLED = 50
const NOTES = 600
/** 600 notes of 20 KiB: 12 MiB for each reader, more than kernel buffers and a connection may hold together. */
const NOTE = 'x'.repeat(20 * 1024)

/** A reader that counts and forgets: 150 of them would hold 1.8 GiB otherwise. */
async function countingReader(url: string, token: string, channel: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, [SUBPROTOCOL, `bearer.${token}`])
  const all = Promise.withResolvers<void>()
  const subscribed = Promise.withResolvers<void>()
  const reader = { notes: 0, holes: 0, all: all.promise, close: () => socket.close() }
  let last: number | null = null
  socket.onmessage = ({ data }) => {
    const value = JSON.parse(String(data)) as Frame | Frame[]
    for (const frame of Array.isArray(value) ? value : [value]) {
      if (frame.type === 'connected') socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel, data: {} }))
      if (frame.id === 's') subscribed.resolve()
      if (frame.channel !== channel || frame.seq === undefined) continue
      if (last !== null && frame.seq !== last + 1) reader.holes += 1
      last = frame.seq
      if (frame.type === 'message' && ++reader.notes === NOTES) all.resolve()
    }
  }
  socket.onclose = () => all.reject(new Error('a healthy reader was closed'))
  await subscribed.promise
  return reader
}

/** A socket that shakes hands, subscribes, and then never reads again. */
async function stalledSocket(port: number, token: string, channel: string): Promise<Socket> {
  const tcp = connect({ port, host: '127.0.0.1' })
  tcp.on('error', () => undefined)
  await new Promise<void>((resolve) => tcp.once('connect', () => resolve()))
  tcp.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}, bearer.${token}\r\n\r\n`,
  )
  const heard = new Promise<void>((resolve) => {
    let text = ''
    tcp.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('"connected"') && !text.includes('"recovered"')) tcp.write(masked(JSON.stringify({ type: 'subscribe', id: 's', channel, data: {} })))
      if (text.includes('"recovered"')) resolve()
    })
  })
  await heard
  tcp.removeAllListeners('data')
  tcp.pause()
  return tcp
}

/** One text frame as a browser sends it (RFC 6455, 5.3), short enough for a 16-bit length. */
function masked(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

const residentKib = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

test('P6 the others get everything, memory is bounded, the stalled recover without a hole', async () => {
  const relay = await startRelayProcess({ settings: { PROMPTS_PER_SECOND: '100000', MESSAGES_PER_SECOND: '100000', MAX_CONNECTIONS_PER_USER: '1000', CLAUDE_MAX_PROCESSES: '1' } })
  try {
    const token = await relay.token('minji')
    const speaker = await connectProtocol({ url: relay.url, token, name: 'speaker' })
    const { session_id } = await speaker.ask('create_session', { title: 'Crowd' })
    const channel = `session:${session_id}`
    const healthy = await Promise.all(Array.from({ length: HEALTHY }, () => countingReader(relay.url, token, channel)))
    const stalled: Socket[] = []
    for (let index = 0; index < STALLED; index++) stalled.push(await stalledSocket(relay.port, token, channel))

    const before = residentKib(relay.pid)
    let peak = before
    for (let index = 0; index < NOTES; index++) {
      await speaker.ask('command', { session_id, command: 'note', args: { content: `${index} ${NOTE}` } })
      peak = Math.max(peak, residentKib(relay.pid))
    }
    await Promise.all(healthy.map((reader) => reader.all))
    for (const reader of healthy) expect([reader.notes, reader.holes]).toEqual([NOTES, 0])
    const grownMib = (peak - before) / 1024
    console.log(`relay grew ${grownMib.toFixed(1)} MiB with ${STALLED} stalled readers`)
    // Of 600 MiB that nobody read, at most 1 MiB a stalled reader is held, with room for what passes through.
    expect(grownMib).toBeLessThan(STALLED + 100)

    // A stalled one comes back by position, as a browser does.
    const back = await connectProtocol({ url: relay.url, token, name: 'back' })
    const { epoch } = back.frames[0]!.data
    const { seq: top } = await back.subscribe(channel)
    // As far behind as replay goes (4 MiB); further back it would be told to load the state.
    const from = top - 150
    const answer = await back.subscribe(channel, { position: { epoch, seq: from } })
    expect(answer).toMatchObject({ recovered: true, from: from + 1 })
    expect(await back.subscribe(channel, { position: { epoch, seq: 1 } })).toMatchObject({ recovered: false })
    await back.subscribe(channel, { position: { epoch, seq: from } })
    await back.until((frame) => frame.channel === channel && frame.seq === answer.seq, 'everything')
    const seqs = [...new Set(back.events(channel).map((event) => event.seq))]
    expect(seqs).toEqual(Array.from({ length: 150 }, (_, index) => from + 1 + index))
    for (const socket of stalled) socket.destroy()
    for (const client of [speaker, back, ...healthy]) client.close()
  } finally {
    await relay.stop()
  }
}, 120_000)
