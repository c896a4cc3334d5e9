// Following an execution of a relay that is broken, or is none: it is asked again within reason, and what it says is not believed.
import { expect, test } from 'bun:test'
import { createFollowExecution } from '../../../src/connection/follow-execution.ts'
import { createFakeClock } from './fake-clock.ts'

/** Lets requests come to rest that need more than promises. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

function followBy(fetch: (url: string, init: RequestInit) => Promise<Response>) {
  const clock = createFakeClock()
  const leave = new AbortController()
  let asked = 0
  const count = (url: string, init: RequestInit) => ((asked += 1), fetch(url, init))
  const follow = createFollowExecution({ fetch: count, base: 'http://relay', bearer: 'token', clock, random: () => 0.5 }, (trouble) => new Error(trouble.code))
  const over = follow('e', { signal: leave.signal }).next()
  return {
    asked: () => asked,
    async pass(ms: number, stepMs = 100) {
      for (let at = 0; at < ms; at += stepMs) {
        await settled()
        await clock.advance(stepMs)
      }
      await settled()
    },
    async stop() {
      leave.abort()
      await over
    },
  }
}

const busy = (retry_after_ms: number) => async () => Response.json({ code: 'BUSY', message: 'busy', retry_after_ms, trace_id: 't', timestamp: 1 }, { status: 503 })

test.each([0, -5, 1])('a relay that says %p milliseconds is asked a few times a second', async (ms) => {
  const broken = followBy(busy(ms))
  await broken.pass(2_000)
  expect(broken.asked()).toBeGreaterThan(4)
  expect(broken.asked()).toBeLessThan(10)
  await broken.stop()
})

test('one that says for ever is asked again after a minute', async () => {
  const broken = followBy(busy(1e15))
  await broken.pass(59_000, 1_000)
  expect(broken.asked()).toBe(1)
  await broken.pass(2_000, 1_000)
  expect(broken.asked()).toBe(2)
  await broken.stop()
})

test('the token goes nowhere else, and an event without an end is given up', async () => {
  const elsewhere: string[] = []
  using server = Bun.serve({
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/elsewhere') elsewhere.push(pathname)
      return pathname === '/elsewhere' ? new Response(null, { status: 204 }) : Response.redirect('/elsewhere')
    },
  })
  const moved = followBy((url, init) => fetch(url.replace('http://relay', server.url.origin), init))
  await moved.pass(3_000)
  expect([moved.asked() > 1, elsewhere]).toEqual([true, []])
  await moved.stop()

  let [pieces, left] = [0, 0]
  const endless = followBy(async () => {
    if (left > 0) return new Response(null, { status: 204 })
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      pieces += 1
      if (pieces > 40) return controller.close()
      controller.enqueue(new Uint8Array(1024 * 1024).fill(120))
    }
    return new Response(new ReadableStream({ pull, cancel: () => void (left += 1) }))
  })
  await endless.pass(2_000)
  expect([left, endless.asked()]).toEqual([1, 2])
  expect(pieces).toBeLessThan(20)
  await endless.stop()
})
