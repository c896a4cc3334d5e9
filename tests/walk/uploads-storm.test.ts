// Real relay, real browser code, a bad way between them: files arrive whole, however often the connection breaks or the relay is killed.
import { afterEach, expect, test } from 'bun:test'
import { watch } from 'vue'
import { useAccountStore } from '../../src/stores/use-account-store.ts'
import { useUploadsStore } from '../../src/stores/use-uploads-store.ts'
import { eventually } from '../support/eventually.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { relayHome, startRelayProcess } from '../support/start-relay.ts'
import { openTestBrowser } from '../src/stores/test-browser.ts'
import { testFile } from '../src/uploads/uploads-rig.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
console.log(`uploads seed ${seed}`)
const MIB = 1024 * 1024
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex')

test('a dozen breaks at random bytes and a kill -9: the same bytes, hardly any of them twice, and the bar never goes back', async () => {
  const random = seededRandom(seed)
  const home = relayHome()
  const proxy = await createFaultProxy()
  const settings = { PUBLIC_URL: proxy.origin, CLAUDE_PREWARM: '0' }
  let relay = await startRelayProcess({ home, settings })
  stops.push(home.remove, proxy.stop, () => relay.stop())
  proxy.aim(relay.port)
  const browser = await openTestBrowser({ origin: proxy.origin, hash: `#code=${await relay.codeFor('minji')}`, random: () => random() * 0.1 })
  stops.push(browser.close)
  await browser.run(() => useAccountStore()).start()
  const uploads = await browser.services.uploads()
  stops.push(uploads.stop)

  const file = testFile('여행 영상.mp4', 24 * MIB + 321)
  const sentBefore = proxy.passed.up
  const store = browser.run(() => useUploadsStore())
  const [added] = await store.add([{ file }], { sessionId: null, purpose: 'files' })
  const shown = browser.run(() => store.ofSession(null))
  const view = () => shown.value[0]!
  const offsets: number[] = []
  watch(shown, () => offsets.push(view().offset), { flush: 'sync' })
  let breaks = 0
  for (const kill of [true, false]) {
    for (let cut = 0; cut < 6 && view().state !== 'done'; cut += 1) {
      const accepted = proxy.accepted()
      proxy.set({ cut: { direction: 'up', afterBytes: 20_000 + Math.floor(random() * 1.5 * MIB), how: random() < 0.5 ? 'reset' : 'end' } })
      await eventually('the connection broke, and there is another', () => proxy.accepted() > accepted || view().state === 'done')
      breaks += 1
    }
    if (!kill || view().state === 'done') continue
    relay.kill('SIGKILL')
    await relay.exited()
    relay = await startRelayProcess({ home, settings })
    proxy.aim(relay.port)
    breaks += 1
  }
  proxy.set({ cut: null })
  await eventually(`it is done, not ${JSON.stringify(view())}`, () => view().state === 'done', 30_000)
  expect(breaks).toBeGreaterThan(6)
  expect(offsets.length).toBeGreaterThan(6)
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
  expect(proxy.passed.up - sentBefore).toBeLessThan(file.size + breaks * MIB)
  const there = await browser.services.rest.files.content(added!.fileId)
  if (!there.ok) throw new Error(there.trouble.message)
  expect(sha256(await there.data.bytes())).toBe(sha256(await file.bytes()))
  expect(browser.problems).toEqual([])
}, 60_000)
