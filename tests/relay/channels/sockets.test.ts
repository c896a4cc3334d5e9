// The same promises over real sockets: Bun's topics, real WebSocket clients, and one that stops reading.
import type { ServerWebSocket } from 'bun'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createChannels, type Channels, type ChannelsDependencies, type JoinInfo, type Member, type Want } from '../../../relay/channels/channels.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createEvents, type Events } from '../../../relay/events/events.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { tempStorage, type TempStorage } from '../storage/temp-storage.ts'
import type { Message } from './fake-server.ts'
import { rawSocket } from '../../support/raw-socket.ts'
import { range } from './rig.ts'

type Connection = { socket: ServerWebSocket<{ member: Member | null }>; member: Member }

let temp: TempStorage
let storage: Storage
let events: Events
let channels: Channels
let connections: Connection[]
let server: ReturnType<typeof serve>
let waiting: (() => void)[]
/** The most that any connection held right after it was sent something of its own, live topics aside. */
let mostAfterSending: number

function serve() {
  return Bun.serve({
    port: 0,
    fetch: (request, self) => (self.upgrade(request, { data: { member: null } }) ? undefined : new Response(null, { status: 400 })),
    websocket: {
      data: {} as { member: Member | null },
      idleTimeout: 0,
      backpressureLimit: 1024 * 1024,
      closeOnBackpressureLimit: true,
      open(socket) {
        const member: Member = {
          id: String(connections.length),
          kind: 'v1',
          send(text) {
            socket.send(text)
            mostAfterSending = Math.max(mostAfterSending, socket.getBufferedAmount())
          },
          bufferedBytes: () => socket.getBufferedAmount(),
          subscribe: (topic) => void socket.subscribe(topic),
          unsubscribe: (topic) => void socket.unsubscribe(topic),
          close: (code, reason) => socket.close(code, reason),
        }
        socket.data.member = member
        connections.push({ socket, member })
        for (const wake of waiting.splice(0)) wake()
      },
      message() {},
      drain: (socket) => channels.drained(socket.data.member!),
      close: (socket) => channels.forget(socket.data.member!),
    },
  })
}

async function start(limits?: ChannelsDependencies['limits']): Promise<void> {
  temp = tempStorage()
  storage = await temp.open()
  events = createEvents({ storage })
  connections = []
  waiting = []
  mostAfterSending = 0
  server = serve()
  const broadcaster = { publish: (topic: string, text: string) => void server.publish(topic, text), subscribers: (topic: string) => server.subscriberCount(topic) }
  channels = createChannels({ storage, events, clock: systemClock, log: temp.log, broadcaster, limits })
}

beforeEach(() => start())
afterEach(async () => {
  await channels.stop()
  await server.stop(true)
  await temp.remove()
})

/** The relay's side of the next connection. */
async function accepted(index: number): Promise<Connection> {
  while (connections.length <= index) await new Promise<void>((resolve) => waiting.push(resolve))
  return connections[index]!
}

const opened = (texts: string[]): Message[] => texts.flatMap((text) => JSON.parse(text) as Message | Message[])
const seqsOf = (messages: Message[], channel: string) => messages.filter((each) => each.channel === channel && each.seq !== undefined).map((each) => each.seq!)

type Browser = Connection & { messages: Message[]; until(seq: number): Promise<void> }

/** A reading client that is told about each message, and can wait for a seq of the session. */
async function browser(): Promise<Browser> {
  const index = connections.length
  const client = new WebSocket(`ws://localhost:${server.port}/`)
  const messages: Message[] = []
  let watch: { seq: number; resolve: () => void } | null = null
  client.onmessage = ({ data }) => {
    messages.push(...opened([String(data)]))
    if (watch && (messages.findLast((each) => each.seq !== undefined)?.seq ?? 0) >= watch.seq) watch.resolve()
  }
  await new Promise((resolve) => (client.onopen = resolve))
  const until = (seq: number) =>
    new Promise<void>((resolve) => {
      watch = { seq, resolve }
      if ((messages.findLast((each) => each.seq !== undefined)?.seq ?? 0) >= seq) resolve()
    })
  return { ...(await accepted(index)), messages, until }
}

/** One after the other, so that each finds its own connection on the relay's side. */
async function openBrowsers(count: number): Promise<Browser[]> {
  const all: Browser[] = []
  while (all.length < count) all.push(await browser())
  return all
}

async function join(member: Member, channel: string, want: Want = {}): Promise<JoinInfo> {
  let info: JoinInfo | null = null
  await channels.join(member, channel, want, (answer) => void (info = answer))
  return info!
}

const session = 'session:s1'
const publish = (data: object) => channels.publish({ events: [{ channel: session, type: 'log', data, task: 't1' }] })

test('joining while events pour in: every browser has every event once and in order', async () => {
  const total = 3_000
  const browsers = await openBrowsers(12)
  const joins: Promise<unknown>[] = []
  for (let n = 1; n <= total; n++) {
    const published = publish({ n })
    channels.delta(session, { type: 'claude_response', task: 't1', data: { session_id: 's1', execution_id: 't1', message_id: 'm' }, piece: `${n} ` })
    // One after the other, in the middle of it, from the beginning of the log.
    if (n % 250 === 0) joins.push(join(browsers[n / 250 - 1]!.member, session, { position: { epoch: storage.epoch, seq: 0 } }))
    if (n % 10 === 0) await published
  }
  await Promise.all(joins)
  await publish({ n: total + 1 })
  const text = range(1, total).map((n) => `${n} `).join('')
  for (const each of browsers) {
    await each.until(total + 1)
    expect(seqsOf(each.messages, session)).toEqual(range(1, total + 1))
    let shown = ''
    for (const { type, data } of each.messages) {
      if (type !== 'claude_response') continue
      expect(data.offset === 0 || data.offset === shown.length).toBe(true)
      shown = data.offset === 0 ? (data.content as string) : shown + (data.content as string)
    }
    expect(shown).toBe(text)
  }
})

test('events told in the tick of leaving and of turning deltas off are neither lost nor doubled', async () => {
  const { member, messages, until } = await browser()
  await join(member, session)
  await publish({ n: 1 })
  await Promise.all([publish({ n: 2 }), publish({ n: 3 })])
  channels.setDeltas(member, session, false)
  await Promise.all([publish({ n: 4 }), publish({ n: 5 })])
  channels.leave(member, session)
  await publish({ n: 6 })
  await join(member, session, { position: { epoch: storage.epoch, seq: 5 } })
  await publish({ n: 7 })
  await until(7)
  expect(seqsOf(messages, session)).toEqual(range(1, 7))
})

test('a reader that stops reading: the others get everything, memory stays bounded, and it misses nothing when it goes on', async () => {
  const readers = await openBrowsers(4)
  for (const each of readers) await join(each.member, session)
  const slow = await rawSocket(server.port!)
  const { member, socket } = await accepted(4)
  await join(member, session)
  await publish({ n: 0 })
  slow.tcp.pause()

  // Far more than the kernel's buffers hold, in steps that leave the scan its time.
  const total = 1_500
  const text = 'x'.repeat(16 * 1024)
  let mostBuffered = 0
  for (let n = 2; n <= total; n++) {
    await publish({ text })
    mostBuffered = Math.max(mostBuffered, socket.getBufferedAmount())
    if (n % 100 === 0) await Promise.all(readers.map((each) => each.until(n)))
  }
  for (const each of readers) expect(seqsOf(each.messages, session)).toEqual(range(1, total))
  // Past 256 KiB it left the topics; what it was sent until somebody looked is bounded as well.
  expect(mostBuffered).toBeGreaterThan(256 * 1024)
  expect(mostBuffered).toBeLessThanOrEqual(1024 * 1024)
  expect(socket.readyState).toBe(WebSocket.OPEN)
  expect(server.subscriberCount(`v1+${session}`)).toBe(readers.length)

  slow.tcp.resume()
  while (server.subscriberCount(`v1+${session}`) === readers.length) await new Promise((resolve) => setImmediate(resolve))
  const caughtUp = new Promise<void>((resolve) => slow.tcp.on('data', () => slow.texts.at(-1)?.includes('"n":"last"') && resolve()))
  await publish({ n: 'last' })
  await caughtUp
  expect(seqsOf(opened(slow.texts), session)).toEqual(range(1, total + 1))
}, 60_000)

test('many readers that stop and go on reading cost little while they stall, and a page each while they catch up', async () => {
  const slow = await Promise.all(range(1, 20).map(() => rawSocket(server.port!)))
  await accepted(slow.length - 1)
  for (const { member } of connections) await join(member, session)
  await publish({ n: 0 })
  for (const { tcp } of slow) tcp.pause()
  const total = 1_000
  const text = 'x'.repeat(16 * 1024)
  let mostHeld = 0
  for (let n = 2; n <= total; n++) {
    await publish({ text })
    mostHeld = Math.max(mostHeld, connections.reduce((sum, { socket }) => sum + socket.getBufferedAmount(), 0))
  }
  expect(server.subscriberCount(`v1+${session}`)).toBe(0)
  // What H8 allows them; how little it is beyond 256 KiB depends on how much the topics hand over in one tick.
  expect(mostHeld).toBeLessThanOrEqual(slow.length * 1024 * 1024)
  expect(connections.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true)

  for (const { tcp } of slow) tcp.resume()
  while (server.subscriberCount(`v1+${session}`) < slow.length) await new Promise((resolve) => setImmediate(resolve))
  // A quarter of what makes it slow may still wait, then comes a page.
  expect(mostAfterSending).toBeLessThanOrEqual((64 + 128 + 32) * 1024)
  await publish({ n: 'last' })
  for (const raw of slow) {
    while (!raw.texts.at(-1)?.includes('"n":"last"')) await new Promise((resolve) => raw.tcp.once('data', resolve))
    expect(seqsOf(opened(raw.texts), session)).toEqual(range(1, total + 1))
  }
}, 60_000)

test('a reader that never reads again is closed with 1013 and forgotten', async () => {
  await channels.stop()
  await server.stop(true)
  await temp.remove()
  await start({ maxStalledMs: 500, scanMs: 50 })
  const slow = await rawSocket(server.port!)
  const { member, socket } = await accepted(0)
  await join(member, session)
  slow.tcp.pause()
  const text = 'x'.repeat(64 * 1024)
  let published = 0
  while (channels.counts().members === 1 && published < 3_000) {
    published++
    await publish({ text })
  }
  expect(channels.counts()).toEqual({ members: 0, lanes: channels.counts().lanes })
  expect([socket.readyState, server.pendingWebSockets]).toEqual([WebSocket.CLOSED, 0])
  slow.tcp.resume()
  await slow.ended
  // Whatever it did get is a beginning without a hole.
  const had = seqsOf(opened(slow.texts), session)
  expect(had).toEqual(range(1, had.length))
}, 60_000)
