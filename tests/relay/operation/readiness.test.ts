// Readiness: each reason comes with its cause, on real parts, and goes with it.
import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { events, SYSTEM_CHANNEL, type Readiness } from '#protocol'
import { systemClock } from '../../../relay/clock.ts'
import { watchEventLoop } from '../../../relay/operation/event-loop.ts'
import { createReadiness } from '../../../relay/operation/readiness.ts'
import { createStatusNews } from '../../../relay/operation/status-news.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { createMetrics } from '../../../relay/observability/metrics.ts'
import type { SettingName } from '../../../relay/config.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { openRig } from '../channels/rig.ts'
import { tempStorage } from '../storage/temp-storage.ts'

async function readyOf({ url, token }: Pick<StartedRelay, 'url' | 'token'>): Promise<{ status: number; body: Readiness }> {
  const answer = await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${await token('root', 'admin')}` } })
  return { status: answer.status, body: (await answer.json()) as Readiness }
}

async function codesWith(settings: Partial<Record<SettingName, string>>, environment: Record<string, string> = {}): Promise<unknown> {
  const relay = await startRelay({ settings, environment })
  try {
    await relay.relay.claude.describe()
    const { status, body } = await readyOf(relay)
    return [status, body.status, body.reasons, body.warnings?.map(({ code }) => code)]
  } finally {
    await relay.stop()
  }
}

describe('O1 a relay', () => {
  test('is ready, and says so to anybody without reasons', async () => {
    const relay = await startRelay()
    await relay.relay.claude.describe()
    expect(await readyOf(relay)).toEqual({ status: 200, body: { status: 'ready', reasons: [], warnings: [] } })
    expect(await (await fetch(`${relay.url}/readyz`)).json()).toEqual({ status: 'ready' })
    await relay.stop()
  })

  test('whose Claude cannot be run goes on serving', async () => {
    expect(await codesWith({ CLAUDE_BIN: '/nowhere/claude' })).toEqual([200, 'ready', [], ['claude_missing']])
  })

  test('whose Claude has no credentials', async () => {
    expect(await codesWith({}, { ANTHROPIC_API_KEY: '' })).toEqual([200, 'ready', [], ['claude_no_credentials']])
  })

  test('whose disk has less room than is asked for', async () => {
    expect(await codesWith({ DISK_RESERVE_MIB: '999999999' })).toEqual([200, 'ready', [], ['disk_nearly_full']])
  })

  test('that was held up', async () => {
    const relay = await startRelay()
    expect((await readyOf(relay)).status).toBe(200)
    const until = performance.now() + 2_300
    while (performance.now() < until);
    await eventually('it is felt', async () => (await readyOf(relay)).body.warnings?.[0]?.code === 'event_loop_slow')
    await relay.stop()
  })
})

describe('O1 the storage', () => {
  const temp = tempStorage()
  let path: string
  let storage: Awaited<ReturnType<typeof temp.open>>
  let readiness: ReturnType<typeof createReadiness>
  const clock = { ...systemClock, elapsed: () => systemClock.elapsed() * 10 }
  beforeAll(async () => {
    path = join(temp.folder, 'ready.sqlite')
    storage = await temp.open({ url: `sqlite:${path}`, busyMs: 400, clock })
    const claude = { known: () => ({ found: true, version: '1.0.0', credentials: 'key' as const }) }
    readiness = createReadiness({ clock, storage, claude, eventLoop: { maxLagMs: () => 0 }, freeBytes: async () => null, reserveBytes: 1, blobs: { look: async () => undefined } })
  })
  afterAll(async () => {
    await storage.close()
    await temp.remove()
  })
  const comes = (code: string) => eventually(code, async () => (await readiness.reasons()).some((reason) => reason.code === code))
  const goes = () => eventually('ready again', async () => (await readiness.reasons()).length === 0)

  test('that another program holds: first slow, then locked, and ready by itself when it is free again', async () => {
    const other = new Database(path)
    other.run('BEGIN IMMEDIATE')
    const refused = storage.commit({ events: [{ channel: 'user:a', type: 'log', data: '{}', timestamp: 1 }] }).catch((problem: { code: string }) => problem.code)
    await comes('storage_slow')
    expect(await refused).toBe('locked')
    await comes('storage_locked')
    other.run('ROLLBACK')
    other.close()
    await goes()
  })

  test('whose writer is behind', async () => {
    const other = new Database(path)
    other.run('BEGIN IMMEDIATE')
    const data = JSON.stringify('z'.repeat(4 * 1024 * 1024))
    const commits = Array.from({ length: 6 }, () => storage.commit({ events: [{ channel: 'user:a', type: 'log', data, timestamp: 1 }] }).catch(() => null))
    await comes('writer_behind')
    other.run('ROLLBACK')
    other.close()
    await Promise.all(commits)
    await goes()
  })

  test('that is lost, for good', async () => {
    readiness.lost('the file is gone')
    expect(await readiness.reasons()).toEqual([{ code: 'storage_lost', message: 'nothing can be kept: the file is gone' }])
    expect(readiness.isReady()).toBeFalse()
  })
})

test('O1 a full disk is told, and asked again until there is room', async () => {
  let stuckOn: 'full' | null = 'full'
  let tries = 0
  const clock = manualClock()
  const storage = { writer: () => ({ waitingBatches: 0, waitingBytes: 0, underWayMs: 0, stuckOn }), commit: async () => ((tries += 1), { outcome: 'committed' as const, positions: [] }) }
  const claude = { known: () => ({ found: true, version: '1.0.0', credentials: 'key' as const }) }
  const readiness = createReadiness({ clock, storage, claude, eventLoop: { maxLagMs: () => 0 }, freeBytes: async () => null, reserveBytes: 1, blobs: { look: async () => undefined } })
  expect((await readiness.reasons()).map(({ code }) => code)).toEqual(['storage_full'])
  expect(tries).toBe(1)
  expect([(await readiness.judged()).status, readiness.isReady()]).toEqual(['not_ready', false])
  expect(tries).toBe(1)
  stuckOn = null
  clock.advance(1_000)
  expect(await readiness.reasons()).toEqual([])
})

test('O1 readiness waits for nobody: neither for a CLI that has not answered yet, nor for a store of files that does not answer', async () => {
  let looks = 0
  let answer = Promise.withResolvers<undefined>()
  let known: { found: boolean; version: string; credentials: 'key' } | null = null
  const clock = manualClock()
  const storage = { writer: () => ({ waitingBatches: 0, waitingBytes: 0, underWayMs: 0, stuckOn: null }), commit: () => Promise.reject(new Error('not asked for')) }
  const blobs = { look: () => ((looks += 1), answer.promise) }
  const readiness = createReadiness({ clock, storage, claude: { known: () => known }, eventLoop: { maxLagMs: () => 0 }, freeBytes: async () => null, reserveBytes: 1, blobs })
  const codes = async () => {
    clock.advance(2_000)
    return (await readiness.reasons()).map(({ code }) => code)
  }
  for (let i = 0; i < 5; i++) expect(await codes()).toEqual(['claude_unknown'])
  expect([looks, (await readiness.judged()).status]).toEqual([1, 'ready'])
  known = { found: true, version: '1.0.0', credentials: 'key' }
  answer.reject(new Error('no answer'))
  await eventually('both are told', async () => String(await codes()) === 'files_store_away')
  answer = Promise.withResolvers<undefined>()
  answer.resolve(undefined)
  await eventually('and go', async () => (await codes()).length === 0)
})

test('O6 the channel system tells how the relay stands: after its start, when it has been another for two looks, and at its end', async () => {
  const rig = await openRig()
  const socket = rig.server.connect('v1')
  await rig.join(socket, SYSTEM_CHANNEL)
  let free = 10
  const claude = { known: () => ({ found: true, version: '1.0.0', credentials: 'key' as const }) }
  const readiness = createReadiness({ clock: rig.clock, storage: rig.storage, claude, eventLoop: { maxLagMs: () => 0 }, freeBytes: async () => free, reserveBytes: 5, blobs: { look: async () => undefined } })
  const news = createStatusNews({ channels: rig.channels, readiness, startedAt: 7, log: rig.temp.log })
  const look = async (times = 1) => {
    for (let time = 0; time < times; time++) {
      rig.clock.advance(5_000)
      await news.look()
    }
  }
  const heard = () => socket.messages.filter(({ type }) => type === 'status').map(({ seq, data }) => [seq, data.status, ...(data.reasons as string[]), ...(data.warnings as string[])])
  await look()
  expect(heard()).toEqual([])
  await look(3)
  // What has passed by the next look is no news.
  free = 1
  await look()
  free = 10
  await look(2)
  free = 1
  await look(3)
  free = 10
  await look(2)
  readiness.drain()
  await news.now()
  rig.clock.advance(10)
  expect(heard()).toEqual([[1, 'ready'], [2, 'ready', 'disk_nearly_full'], [3, 'ready'], [4, 'not_ready', 'draining']])
  expect(events.relayStatus.parse(socket.messages.at(-1)!.data)).toEqual({ status: 'not_ready', reasons: ['draining'], warnings: [], started_at: 7 })
  await rig.end()
})

test('O6 what cannot be kept is told once it can', async () => {
  let isFull = true
  const published: unknown[] = []
  const channels = { publish: async ({ events: [event] }: { events: { data: object }[] }) => (isFull ? Promise.reject(new Error('full')) : (published.push(event!.data), { outcome: 'committed' as const, positions: [] })) }
  const readiness = { judged: async () => ({ status: 'ready' as const, reasons: [], warnings: [] }) }
  const news = createStatusNews({ channels, readiness, startedAt: 7, log: { ...createLog(() => undefined, systemClock) } } as unknown as Parameters<typeof createStatusNews>[0])
  for (let look = 0; look < 4; look++) await news.look()
  isFull = false
  for (let look = 0; look < 3; look++) await news.look()
  expect(published).toEqual([{ status: 'ready', reasons: [], warnings: [], started_at: 7 }])
})

test('the lag of the event loop is that of the last ten seconds', () => {
  const clock = manualClock()
  let hold = 0
  const held = { ...clock, elapsed: () => clock.elapsed() + hold }
  const loop = watchEventLoop({ clock: held, metrics: createMetrics() })
  clock.advance(1_000)
  expect(loop.maxLagMs()).toBe(0)
  hold = 3_000
  expect(loop.maxLagMs()).toBe(2_900)
  clock.advance(100)
  expect(loop.maxLagMs()).toBe(3_000)
  clock.advance(9_000)
  expect(loop.maxLagMs()).toBe(3_000)
  clock.advance(3_000)
  expect(loop.maxLagMs()).toBe(0)
  loop.stop()
})

