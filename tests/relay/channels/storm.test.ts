// H4 and H10 under everything at once: seeded storms of publishing, joining, leaving, lagging and cutting, judged by a checker.
import { expect, test } from 'bun:test'
import { checkedBrowser, type CheckedBrowser, type Truth } from './checked-browser.ts'
import { openRig, type Rig } from './rig.ts'

const runs = Number(process.env.STORM_RUNS ?? 80)
const firstSeed = Number(process.env.STORM_SEED ?? Math.floor(Math.random() * 1_000_000))

const limits = { maxMissedEvents: 40, maxMissedBytes: 20_000, pageEvents: 7, pageBytes: 1_500, slowBytes: 1_200, maxBufferedBytes: 4_000 }

/** Mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const homes = ['session:s1', 'session:s2', 'user:u1']
const tasks = ['t1', 't2']
const pieces = ['a', 'Wort ', '한글', '🧵', '\ud83e', '\udea1', 'x'.repeat(40)]

type Batch = { channels: Set<string>; seqs: Map<string, number>; done: Promise<unknown> }

async function storm(rig: Rig, seed: number): Promise<Record<string, number>> {
  const next = random(seed)
  const upTo = (count: number) => Math.floor(next() * count)
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)]!
  const truth: Truth = { texts: new Map(), completedAt: new Map(), problems: [] }
  const batches: Batch[] = []
  const open: { id: string; channel: string; task: string }[] = []
  const seen: Record<string, number> = {}
  const count = (what: string) => void (seen[what] = (seen[what] ?? 0) + 1)
  let serial = 0

  const browsers: CheckedBrowser[] = Array.from({ length: 10 }, (_, index) => {
    const channel = index < 4 ? 'session:s1' : pick([...homes, ...tasks.map((task) => `task:${task}`)])
    return checkedBrowser(rig, channel, next() < 0.7 ? 'v1' : 'simple', truth, `browser ${index}`)
  })

  const submittedTo = (channel: string) => batches.filter((batch) => batch.channels.has(channel)).length

  function publish(events: { channel: string; type: string; data: object; task?: string }[], spoil: 'refuse' | 'break' | null = null): Promise<boolean> {
    const batch: Batch = { channels: new Set(events.flatMap(({ channel, task }) => (task ? [channel, `task:${task}`] : [channel]))), seqs: new Map(), done: Promise.resolve() }
    batches.push(batch)
    const statements = spoil === 'refuse' ? [{ sql: 'DELETE FROM answers', changes: 1 }] : spoil === 'break' ? [{ sql: 'NONSENSE' }] : []
    const done = rig.channels.publish({
      events,
      statements,
      committed: ({ positions }) => {
        for (const [index, { channel, task, data }] of events.entries()) {
          const { seq, taskSeq } = positions[index]!
          const id = (data as { message_id?: string }).message_id
          for (const [name, number] of [[channel, seq], [`task:${task}`, taskSeq]] as const) {
            if (number === null) continue
            batch.seqs.set(name, number)
            if (id !== undefined) truth.completedAt.set(`${name} ${id}`, number)
          }
        }
      },
    })
    const settled = done.then((result) => (count(result.outcome), result.outcome === 'committed'), () => (count('rejected'), false))
    batch.done = settled
    return settled
  }

  const blockData = ({ id, task }: { id: string; task: string }) => ({ session_id: 's', execution_id: task, message_id: id })

  const actions: [number, () => unknown][] = [
    [16, () => {
      const channel = pick(homes)
      const events = Array.from({ length: 1 + upTo(3) }, () => ({
        channel: next() < 0.8 ? channel : pick(homes), type: 'message', data: { n: serial++, pad: 'p'.repeat(upTo(120)) },
      }))
      const tasked = events.map((event) => (event.channel.startsWith('session:') && next() < 0.6 ? { ...event, task: pick(tasks) } : event))
      return void publish(tasked, next() < 0.06 ? 'refuse' : next() < 0.04 ? 'break' : null)
    }],
    [14, () => {
      if (open.length < 4 && next() < 0.4) open.push({ id: `m${serial++}`, channel: pick(homes.slice(0, 2)), task: pick(tasks) })
      const block = pick(open)
      if (!block) return
      // Halves of a pair come one after the other, as a stream cuts them.
      const piece = pick(pieces)
      const whole = piece === '\ud83e' || piece === '\udea1' ? ['\ud83e', '\udea1'] : [piece]
      truth.texts.set(block.id, (truth.texts.get(block.id) ?? '') + whole.join(''))
      for (const part of whole) rig.channels.delta(block.channel, { type: 'claude_response', task: block.task, data: blockData(block), piece: part })
    }],
    [4, () => {
      const block = open.splice(upTo(open.length), 1)[0]
      if (!block) return
      const data = { ...blockData(block), content: truth.texts.get(block.id) ?? '', stream: false, completed: true }
      const event = { channel: block.channel, type: 'claude_response', data, task: block.task }
      // A commit that fails leaves the block open: then it is completed by the next one.
      return void publish([event], next() < 0.15 ? 'refuse' : null).then((kept) => void (kept || publish([event])))
    }],
    [6, () => {
      const channel = pick(homes)
      const task = channel.startsWith('session:') ? pick(tasks) : undefined
      rig.channels.signal(channel, 'typing', { submitted: submittedTo(channel) }, { latestKey: next() < 0.5 ? 'k' : undefined })
      if (task) rig.channels.signal(`task:${task}`, 'status', { submitted: submittedTo(`task:${task}`) })
    }],
    [10, () => pick(browsers).join(next() < 0.2 ? { history: upTo(12) } : {})],
    [3, () => pick(browsers).leave()],
    [3, () => pick(browsers).socket()?.cut()],
    [4, () => pick(browsers).socket()?.stall()],
    [10, () => pick(browsers).socket()?.take(upTo(4_000))],
    [5, () => pick(browsers).socket()?.resume()],
    [3, () => pick(browsers).setDeltas(next() < 0.5)],
    [8, () => {
      rig.clock.advance(pick([1, 5, 20, 120, 250]))
      for (const browser of browsers) if (browser.isIn() && browser.socket()!.topics.size === 0) count('fed from the log')
    }],
    [10, async () => {
      for (let turn = upTo(12); turn >= 0; turn--) await Promise.resolve()
    }],
    [6, () => new Promise((resolve) => setImmediate(resolve))],
    [2, () => batches.at(-1)?.done],
  ]
  const total = actions.reduce((sum, [weight]) => sum + weight, 0)

  async function loadStates(): Promise<void> {
    for (const browser of browsers) {
      if (!browser.needsState()) continue
      count('void')
      const top = await rig.events.top(browser.channel)
      // It may have asked again by itself meanwhile.
      if (!browser.needsState()) continue
      browser.loadState(top)
      browser.join()
    }
  }

  for (let step = 0; step < 400; step++) {
    let at = next() * total
    const [, act] = actions.find(([weight]) => (at -= weight) < 0)!
    await act()
    if (truth.problems.length > 0) break
    if (step % 20 === 0) await loadStates()
  }

  expect(truth.problems).toEqual([])

  // Calm: everybody reads, everybody comes back, everything is told.
  for (let round = 0; round < 100; round++) {
    // A batch that was refused may have brought another one.
    for (let waited = -1; waited !== batches.length; await Promise.resolve()) {
      waited = batches.length
      await Promise.all(batches.map((batch) => batch.done))
    }
    for (const browser of browsers) {
      browser.socket()?.resume()
      if (!browser.connected()) count('came back')
      if (!browser.isIn() && !browser.needsState()) browser.join()
    }
    await loadStates()
    rig.clock.advance(250)
    await new Promise((resolve) => setImmediate(resolve))
    const tops = await Promise.all(browsers.map((browser) => rig.events.top(browser.channel)))
    if (browsers.every((browser, index) => browser.isIn() && browser.position()!.seq === tops[index])) break
  }

  expect(truth.problems).toEqual([])
  for (const browser of browsers) {
    expect([browser.channel, browser.isIn(), browser.position()!.seq]).toEqual([browser.channel, true, await rig.events.top(browser.channel)])
    // What was applied is what is kept.
    const first = browser.applied()[0]?.seq ?? 1
    const kept = await rig.events.readAfter(browser.channel, first - 1, { limit: 10_000, maxBytes: 1e9 })
    expect(browser.applied()).toEqual(kept.slice(0, browser.applied().length).map(({ seq, data }) => ({ seq, data })))
    // A signal came behind every event that was submitted before it.
    const told = batches.filter((batch) => batch.channels.has(browser.channel)).map((batch) => batch.seqs.get(browser.channel) ?? 0)
    for (const { submitted, position } of browser.signals) expect(position).toBeGreaterThanOrEqual(Math.max(0, ...told.slice(0, submitted)))
    seen.applied = (seen.applied ?? 0) + browser.applied().length
    seen.signals = (seen.signals ?? 0) + browser.signals.length
  }

  const slow = rig.temp.logged.filter((line) => line.event === 'channels.slow_reader_closed').length
  seen['closed as slow'] = (seen['closed as slow'] ?? 0) + slow
  expect(rig.temp.logged.filter((line) => line.event !== 'channels.slow_reader_closed')).toEqual([])

  // Nothing is left of those who went.
  for (const browser of browsers) browser.socket()!.cut()
  rig.clock.advance(20)
  expect(rig.channels.counts()).toEqual({ members: 0, lanes: 0 })
  return seen
}

test(`${runs} storms from seed ${firstSeed}`, async () => {
  const sum: Record<string, number> = {}
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const rig = await openRig({ limits, backpressureLimit: 6_000 })
    try {
      for (const [what, times] of Object.entries(await storm(rig, seed))) sum[what] = (sum[what] ?? 0) + times
      await rig.end()
      expect(rig.clock.pending()).toBe(0)
    } catch (problem) {
      throw new Error(`STORM_SEED=${seed} STORM_RUNS=1`, { cause: problem })
    }
  }
  console.log(`storms: ${JSON.stringify(sum)}`)
  // A storm in which nothing ever went wrong would prove nothing.
  for (const what of ['committed', 'refused', 'rejected', 'void', 'came back', 'closed as slow', 'fed from the log', 'signals']) expect(sum[what]).toBeGreaterThan(runs === 1 ? -1 : 0)
}, 300_000)
