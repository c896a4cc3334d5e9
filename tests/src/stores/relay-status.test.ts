// How the relay stood: the latest first, no more than are shown, and nothing of another log.
import { expect, test } from 'bun:test'
import { createPinia, setActivePinia } from 'pinia'
import { createApp } from 'vue'
import type { ChannelHandlers, ChannelStart } from '../../../src/connection/channels.ts'
import { useRelayStatusStore } from '../../../src/stores/use-relay-status-store.ts'
import { SERVICES, type Services } from '../../../src/stores/use-services.ts'

test('the log of the relay: what was told before comes first, then what is told; another log begins anew', async () => {
  const opened: { name: string; start: ChannelStart; handlers: ChannelHandlers; isOpen: boolean }[] = []
  const connection = {
    open(name: string, start: ChannelStart, handlers: ChannelHandlers) {
      const entry = { name, start, handlers, isOpen: true }
      opened.push(entry)
      return { close: () => void (entry.isOpen = false) }
    },
  }
  const app = createApp({})
  app.provide(SERVICES, { connection } as unknown as Services)
  const pinia = createPinia()
  app.use(pinia)
  setActivePinia(pinia)
  const store = app.runWithContext(() => useRelayStatusStore())
  store.open()
  store.open()
  expect(opened.map(({ name, start }) => [name, start])).toEqual([['system', { history: 10 }]])
  const { handlers } = opened[0]!
  const tell = (seq: number, warnings: string[] = []) => handlers.onMessage({ type: 'status', channel: 'system', seq, timestamp: seq * 1_000, data: { status: 'ready', reasons: [], warnings, started_at: 7 } })
  for (let seq = 1; seq <= 12; seq++) tell(seq, seq === 12 ? ['disk_nearly_full'] : [])
  expect(store.told.map(({ seq }) => seq)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
  expect(store.told[0]).toMatchObject({ at: 12_000, warnings: ['disk_nearly_full'] })
  expect(await handlers.onSnapshotNeeded!()).toBe('from-now')
  tell(1)
  expect(store.told.map(({ seq }) => seq)).toEqual([1])
  store.close()
  expect([opened[0]!.isOpen, store.told]).toEqual([false, []])
})
