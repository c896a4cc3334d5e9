// The proxy that spoils the way does what it says: otherwise the storms behind it prove nothing.
import { afterEach, expect, test } from 'bun:test'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createFaultProxy } from '../../support/fault-proxy.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A server that echoes, or sends as much as it can. */
async function setUp(onConnection: (socket: Socket) => void = (socket) => socket.pipe(socket)) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = await createFaultProxy({ port: (server.address() as AddressInfo).port })
  stops.push(() => {
    sockets.forEach((each) => each.destroy())
    server.close()
  }, proxy.stop)
  return { proxy, sockets }
}

function dial(port: number) {
  const socket = connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  let closed = false
  socket.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])))
  socket.on('error', () => (closed = true))
  socket.on('close', () => (closed = true))
  stops.push(() => socket.destroy())
  return { socket, received: () => received, closed: () => closed }
}

async function until(fact: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

test('passes everything on unchanged', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
  client.socket.write(sent)
  await until(() => client.received().length === sent.length, 'all of it')
  expect(client.received().equals(sent)).toBe(true)
  expect(proxy.passed.up).toBe(sent.length)
})

test('cuts after exactly so many bytes, by reset or by an end', async () => {
  for (const how of ['reset', 'end'] as const) {
    const { proxy } = await setUp()
    const client = dial(proxy.port)
    client.socket.write('hello')
    await until(() => client.received().length === 5, 'before the cut')
    proxy.set({ cut: { direction: 'down', afterBytes: 7, how } })
    client.socket.write('0123456789')
    await until(client.closed, 'closed')
    expect(client.received().toString().length).toBeLessThanOrEqual(12)
    expect(proxy.passed.down).toBe(12)
    expect(proxy.connections()).toBe(0)
  }
})

test('a black hole takes everything and says nothing, one way or both', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  client.socket.write('a')
  await until(() => client.received().toString() === 'a', 'through')
  proxy.set({ blackHole: 'down' })
  client.socket.write('b')
  await until(() => proxy.passed.up === 2, 'up still passes')
  proxy.set({ blackHole: 'both' })
  client.socket.write('c')
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect([proxy.passed.up, client.received().toString(), client.closed()]).toEqual([2, 'a', false])
  proxy.heal()
  client.socket.write('d')
  await until(() => client.received().toString() === 'ad', 'healed')
})

test('latency delays and keeps the order; bandwidth narrows', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  proxy.set({ latencyMs: 40 })
  let from = performance.now()
  client.socket.write('x')
  await until(() => client.received().length === 1, 'there and back')
  expect(performance.now() - from).toBeGreaterThanOrEqual(75)
  proxy.set({ latencyMs: 0, downBytesPerSecond: 40_000 })
  from = performance.now()
  client.socket.write(Buffer.alloc(8_000, 'y'))
  await until(() => client.received().length === 8_001, 'all of it')
  expect(performance.now() - from).toBeGreaterThanOrEqual(150)
})

test('a reader that does not read makes the sender wait', async () => {
  let written = 0
  const { proxy } = await setUp((socket) => {
    const more = () => {
      while (socket.write(Buffer.alloc(65_536))) written += 65_536
    }
    socket.on('drain', more)
    more()
  })
  proxy.set({ downBytesPerSecond: 0 })
  const client = dial(proxy.port)
  let last = -1
  while (last !== written) {
    last = written
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(client.received().length).toBe(0)
  proxy.heal()
  await until(() => written > last + 1_000_000, 'flows again')
})

test('reset ends all, refusing lets nobody in', async () => {
  const { proxy, sockets } = await setUp()
  const clients = [dial(proxy.port), dial(proxy.port)]
  await until(() => sockets.length === 2, 'both through')
  proxy.reset()
  await until(() => clients.every((each) => each.closed()), 'both closed')
  proxy.refuse(true)
  const refused = dial(proxy.port)
  await until(refused.closed, 'refused')
  proxy.refuse(false)
  const again = dial(proxy.port)
  again.socket.write('z')
  await until(() => again.received().toString() === 'z', 'through again')
  expect(proxy.accepted()).toBe(4)
})
