// Parts of a file by an address that opens by itself: on a slow link, on a dead one, and when the address is over.
import { afterAll, expect, test } from 'bun:test'
import { done } from '../../../../src/connection/outcome.ts'
import { createFileAddress } from '../../../../src/views/files/file-address.ts'
import { createFastClock } from '../../connection/fake-clock.ts'

const ranges: (string | null)[] = []
const server = Bun.serve({
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url)
    ranges.push(request.headers.get('range'))
    if (pathname === '/over') return Response.json({ code: 'UNAUTHORIZED' }, { status: 401 })
    if (pathname === '/gone') return Response.json({ code: 'NOT_FOUND' }, { status: 404 })
    if (pathname === '/whole') return new Response('0123456789')
    return new Response(slowly('0123456789abcdef', pathname === '/slow'), { status: 206 })
  },
})
afterAll(() => server.stop(true))

function slowly(text: string, ends: boolean): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    async pull(into) {
      if (at === text.length) return ends ? into.close() : new Promise(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 40))
      into.enqueue(Buffer.from(text[at++]!))
    },
  })
}

/** Gives these addresses one after the other, the last one for ever. Twenty seconds of silence are half of one here. */
function rig(...paths: string[]) {
  const tickets: string[] = []
  const clock = createFastClock(40)
  const rest = {
    async change(method: string, path: string) {
      tickets.push(`${method} ${path}`)
      return done({ url: `http://127.0.0.1:${server.port}${paths[Math.min(tickets.length, paths.length) - 1]}`, expires_at: clock.now() + 86_400_000 })
    },
  }
  return { tickets, ...createFileAddress({ rest: rest as never, clock, fetch: (url, init) => fetch(url, init) }) }
}
const textOf = async (answer: Promise<{ ok: boolean; data?: Uint8Array; trouble?: { code: string } }>) => {
  const { data, trouble } = await answer
  return data ? new TextDecoder().decode(data) : trouble!.code
}

test('a slow link brings all of it; a dead one ends as out of reach', async () => {
  // All of it takes longer than the silence may.
  const slow = rig('/slow')
  expect(await textOf(slow.part('f 1', 0, 16))).toBe('0123456789abcdef')
  expect([slow.tickets, ranges.at(-1)]).toEqual([['POST files/f%201/ticket'], 'bytes=0-15'])
  expect(await textOf(rig('/dead').part('f', 0, 16))).toBe('UNREACHABLE')
  expect(await textOf(rig('/gone').part('f', 0, 16))).toBe('NOT_FOUND')
  // Something in between that knows no ranges.
  expect(await textOf(rig('/whole').part('f', 2, 5))).toBe('234')
})

test('an address that is over is asked for once more by itself, and one that is not is used again', async () => {
  const over = rig('/over', '/slow')
  expect(await textOf(over.part('f', 0, 16))).toBe('0123456789abcdef')
  expect(await textOf(over.part('f', 0, 16))).toBe('0123456789abcdef')
  expect(over.tickets).toHaveLength(2)
  const signedOut = rig('/over')
  expect(await textOf(signedOut.part('f', 0, 16))).toBe('UNREACHABLE')
  expect(signedOut.tickets).toHaveLength(2)
})
