// When a file is hashed, and whether it is one that is at the relay.
import { afterEach, expect, test } from 'bun:test'
import type { DigestWish } from '../../../src/uploads/digests.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSlowWorker, createWorld, sha256Of, testFile } from './uploads-rig.ts'

const { start, open, end } = createWorld()
afterEach(end)
const KIB = 1024

test('a chosen file is one that is at the relay by all of its bytes; where that cannot be said it is another one', async () => {
  const relay = start()
  const there = new Map([['same', testFile('a', 700 * KIB)], ['other', testFile('ab', 700 * KIB)]])
  const asked: (string | null)[] = []
  let answers = async (id: string): Promise<Uint8Array | null> => (await there.get(id)?.bytes()) ?? null
  const tab = await open({
    ...relay,
    async fetch(url, init) {
      const id = /\/files\/([^/]+)$/.exec(new URL(url).pathname)?.[1]
      if (!id || id === 'tus') return fetch(url, init)
      asked.push(new Headers(init.headers).get('range'))
      const bytes = await answers(id)
      return bytes ? new Response('x', { status: 206, headers: { 'repr-digest': `sha-256=:${sha256Of(bytes)}:` } }) : new Response('', { status: 404 })
    },
  })
  const same = (id: string, file = testFile('a', 700 * KIB)) => tab.uploads.isSameContent(id, file)
  expect([await same('same'), await same('other'), await same('gone'), await same('gone', testFile('', 0))]).toEqual([true, false, false, true])
  // No more of it than its headers.
  expect(asked).toEqual(['bytes=0-0', 'bytes=0-0', 'bytes=0-0'])
  answers = () => Promise.reject(new TypeError('no network'))
  expect(await same('same')).toBe(false)
})

test('a large file is hashed beside a slow link, and after the last piece where the link is fast; either way it is compared', async () => {
  for (const [isFast, pieceMs] of [[true, 0], [false, 60]] as const) {
    const relay = start()
    const worker = createSlowWorker()
    worker.release()
    const begunAt: number[] = []
    const digestWorker = () => {
      const made = worker.start()
      return { ...made, postMessage: (wish: DigestWish) => ('file' in wish && begunAt.push(relay.pieces()), made.postMessage(wish)) }
    }
    let elapsed = 0
    const tab = await open({ ...relay, digestWorker, clock: { ...createFastClock(10), elapsed: () => (elapsed += pieceMs) } })
    const [film] = tab.uploads.add([{ file: testFile('film.mp4', 17 * 1024 * KIB) }], { sessionId: 's1', purpose: 'files' })
    await tab.is(film!.id, 'done')
    const pieces = relay.pieces()
    expect(pieces).toBeGreaterThan(2)
    await eventually('it is compared', async () => begunAt.length === 1 && (await tab.kept()).length === 0)
    expect(begunAt).toEqual([isFast ? pieces : 1])
  }
})
