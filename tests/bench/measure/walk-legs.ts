// Where the time of a prompt goes: each station of its walk as it can be seen from outside, by the wall clock of this one machine.
import type { Page } from '@playwright/test'
import { median } from './statistics.ts'
import { number, table } from './table.ts'

/** Milliseconds since 1970, finer than `Date.now()`. */
export const wallClock = (): number => performance.timeOrigin + performance.now()

type Station = 'key' | 'stored' | 'sent' | 'committed' | 'asked' | 'told' | 'came' | 'shown'
export type Walk = Record<Station, number>

/** Before the page is opened. What the page does is seen at the browser's own doors: IndexedDB and the socket. */
export async function watchWalks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const walk: Partial<Record<Station, number>> = {}
    const reached = (station: Station, at = performance.timeOrigin + performance.now()) => void (walk[station] ??= at)
    Object.assign(window, { benchWalk: walk })
    addEventListener('keydown', () => reached('key'), { capture: true })

    const add = IDBObjectStore.prototype.add
    IDBObjectStore.prototype.add = function (...given) {
      this.transaction.addEventListener('complete', () => reached('stored'))
      return add.apply(this, given)
    }

    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (data) {
      if (String(data).includes('"claude_message"')) reached('sent')
      send.call(this, data)
    }
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', ({ data }) => {
          const now = performance.timeOrigin + performance.now()
          if (walk.sent === undefined || walk.came !== undefined) return
          const frame = JSON.parse(String(data)) as { type: string; timestamp: number }[]
          for (const { type, timestamp } of [frame].flat()) {
            if (type === 'success') reached('committed', timestamp)
            if (type !== 'claude_response') continue
            reached('told', timestamp)
            reached('came', now)
          }
        })
      }
    }
  })
}

/** Another prompt is about to be sent. */
export const forgetWalk = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { benchWalk } = window as unknown as { benchWalk: object }
    for (const station of Object.keys(benchWalk)) delete (benchWalk as Record<string, unknown>)[station]
  })

/** `tookMs`: from the key to the text; `asked`: when the model was asked. */
export async function readWalk(page: Page, tookMs: number, asked: number): Promise<Walk> {
  const walk = await page.evaluate(() => (window as unknown as { benchWalk: Walk }).benchWalk)
  return { ...walk, asked, shown: walk.key + tookMs }
}

const legs: { name: string; from: Station; to: Station }[] = [
  { name: 'Enter → in the outbox (IndexedDB)', from: 'key', to: 'stored' },
  { name: 'in the outbox → given to the socket', from: 'stored', to: 'sent' },
  { name: 'socket → relay, rights, commit', from: 'sent', to: 'committed' },
  { name: 'commit → Claude → the model is asked', from: 'committed', to: 'asked' },
  { name: 'the model is asked → Claude → first piece at the relay', from: 'asked', to: 'told' },
  { name: 'first piece → in the page', from: 'told', to: 'came' },
  { name: 'in the page → in its text', from: 'came', to: 'shown' },
]

/** `pipe`, `socket`: the same legs of those who walk only a part of the way. */
export function legTable(walks: readonly Walk[], pipe: { askedMs: readonly number[]; firstMs: readonly number[] }): string {
  const one = (value: number) => `${number(value)} ms`
  const beside: Partial<Record<Station, number>> = { asked: median(pipe.askedMs), told: median(pipe.firstMs.map((first, index) => first - pipe.askedMs[index]!)) }
  const rows = legs.map(({ name, from, to }) => [name, one(median(walks.map((walk) => walk[to] - walk[from]))), beside[to] === undefined ? '–' : one(beside[to])])
  return table(['where the time goes (medians)', 'browser', 'pipe'], rows)
}
