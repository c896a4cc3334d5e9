// The proxy that spoils the way does what it says: otherwise the storms behind it prove nothing.
import { afterEach, expect, test } from 'bun:test'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { eventually } from '../../support/eventually.ts'
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
  const { port } = server.address() as AddressInfo
  const proxy = await createFaultProxy({ port })
  stops.push(() => {
    sockets.forEach((each) => each.destroy())
    server.close()
  }, proxy.stop)
  return { proxy, sockets, port }
}

function dial(port: number) {
  const socket = connect(port, '127.0.0.1')
  const pieces: Buffer[] = []
  let count = 0
  let closed = false
  socket.on('data', (bytes: Buffer) => {
    pieces.push(bytes)
    count += bytes.length
  })
  socket.on('error', () => (closed = true))
  socket.on('close', () => (closed = true))
  stops.push(() => socket.destroy())
  return { socket, received: () => Buffer.concat(pieces), count: () => count, closed: () => closed }
}

test('passes everything on unchanged', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
  client.socket.write(sent)
  await eventually('all of it', () => client.count() === sent.length)
  expect(client.received().equals(sent)).toBe(true)
  expect(proxy.passed.up).toBe(sent.length)
})

test('cuts after exactly so many bytes, by reset or by an end', async () => {
  for (const how of ['reset', 'end'] as const) {
    const { proxy } = await setUp()
    const client = dial(proxy.port)
    client.socket.write('hello')
    await eventually('before the cut', () => client.count() === 5)
    proxy.set({ cut: { direction: 'down', afterBytes: 7, how } })
    client.socket.write('0123456789')
    await eventually('closed', client.closed)
    expect(client.received().toString().length).toBeLessThanOrEqual(12)
    expect(proxy.passed.down).toBe(12)
    expect(proxy.connections()).toBe(0)
  }
})

test('a black hole takes everything and says nothing, one way or both', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  client.socket.write('a')
  await eventually('through', () => client.received().toString() === 'a')
  proxy.set({ blackHole: 'down' })
  client.socket.write('b')
  await eventually('up still passes', () => proxy.passed.up === 2 && proxy.swallowed.down === 1)
  proxy.set({ blackHole: 'both' })
  client.socket.write('c')
  await eventually('it was taken', () => proxy.swallowed.up === 1)
  expect([proxy.passed.up, client.received().toString(), client.closed()]).toEqual([2, 'a', false])
  proxy.heal()
  client.socket.write('d')
  await eventually('healed', () => client.received().toString() === 'ad')
})

test('latency delays and keeps the order; bandwidth narrows', async () => {
  const { proxy } = await setUp()
  const client = dial(proxy.port)
  proxy.set({ latencyMs: 40 })
  let from = performance.now()
  client.socket.write('x')
  await eventually('there and back', () => client.count() === 1)
  expect(performance.now() - from).toBeGreaterThanOrEqual(75)
  proxy.set({ latencyMs: 0, downBytesPerSecond: 40_000 })
  from = performance.now()
  client.socket.write(Buffer.alloc(8_000, 'y'))
  await eventually('all of it', () => client.count() === 8_001)
  expect(performance.now() - from).toBeGreaterThanOrEqual(150)
})

test('a reader that does not read makes the sender wait', async () => {
  const all = 32 * 1_024 * 1_024
  const gone: number[] = []
  const { proxy, sockets, port } = await setUp((socket) => {
    const index = gone.push(0) - 1
    const more = () => {
      while (gone[index]! < all && socket.write(Buffer.alloc(65_536))) gone[index]! += 65_536
      if (gone[index]! < all) gone[index]! += 65_536
    }
    socket.on('drain', more)
    more()
  })
  proxy.set({ downBytesPerSecond: 0 })
  const client = dial(proxy.port)
  await eventually('it has begun', () => sockets.length === 1)
  // Beside it, somebody without a proxy gets all there is: so much time there was.
  const direct = dial(port)
  await eventually('all of it on a free way', () => direct.count() === all)
  expect(client.count()).toBe(0)
  expect(sockets[0]!.writableNeedDrain).toBe(true)
  expect(gone[0]!).toBeLessThan(all)
  proxy.heal()
  await eventually('all of it in the end', () => client.count() === all)
})

test('reset ends all, refusing lets nobody in', async () => {
  const { proxy, sockets } = await setUp()
  const clients = [dial(proxy.port), dial(proxy.port)]
  await eventually('both through', () => sockets.length === 2)
  proxy.reset()
  await eventually('both closed', () => clients.every((each) => each.closed()))
  proxy.refuse(true)
  const refused = dial(proxy.port)
  await eventually('refused', refused.closed)
  proxy.refuse(false)
  const again = dial(proxy.port)
  again.socket.write('z')
  await eventually('through again', () => again.received().toString() === 'z')
  expect(proxy.accepted()).toBe(4)
})
