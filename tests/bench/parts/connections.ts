// Connections (§3): how many, how dear, a storm that comes back, and readers that stop reading.
import { join } from 'node:path'
import { relayHome } from '../../support/start-relay.ts'
import type { Target as Address } from '../load/dialects.ts'
import type { RunResult } from '../load/load-run.ts'
import type { StormResult } from '../load/storm.ts'
import { installPeers, startPeer } from '../measure/contenders.ts'
import { startLoadGenerator, type LoadGenerator } from '../measure/load-generator.ts'
import { cpuSeconds, residentKb } from '../measure/processes.ts'
import { startRelayUnderLoad, type RelayUnderLoad } from '../measure/relay-under-load.ts'
import { roundsWithin } from '../measure/rounds.ts'
import type { PartOptions, Section } from '../measure/section.ts'
import { median, pairedRatio } from '../measure/statistics.ts'
import { ms, number, percent, table, targetTable, times, type Target } from '../measure/table.ts'

const many = 10_000
const browsers = 1_000
const missed = 100

export async function connections({ rounds, minutes, say }: PartOptions): Promise<Section> {
  await installPeers()
  const generator = startLoadGenerator()
  try {
    const handshake = await measureHandshakes(generator, rounds)
    say(`handshake: ${times(pairedRatio(handshake.relay, handshake.bare))} of a bare accept`)
    const storm = await measureStorms(generator, { rounds, minutes: minutes / 2, say })
    const stalled = await measureStalled(generator)
    say(`stalled readers: ${stalled.recovered} of ${stalledOf} recovered, ${stalled.closed} closed, ${stalled.withHoles} with holes, healthy ${percent(stalled.healthyShare)}, grown by ${number(stalled.grownMb)} MB`)
    const crowd = await measureMany(generator, rounds)
    say(`${many} connections: ${number(crowd.relayKb)} KB each`)
    const rest = await measureRest(generator)
    return { name: 'connections', title: 'Connections, storms and slow readers', text: report({ rounds, handshake, storm, stalled, crowd, rest }) }
  } finally {
    await generator.stop()
  }
}

const addressOf = (relay: RelayUnderLoad, id: string, tokens: string[], dialect: 'relay-signals' | 'relay-events' = 'relay-events'): Address => ({ port: relay.port, dialect, id, tokens })
const plain = (port: string): Address => ({ port: Number(port), dialect: 'plain', id: 'all', tokens: [] })

/** Milliseconds of the server's time for each of 1,000 sockets that come, 20 at once. */
async function measureHandshakes(generator: LoadGenerator, rounds: number) {
  const relay = await startRelayUnderLoad()
  const bare = await startPeer.bun('publish')
  const tokens = await relay.tokens(50)
  const took = { relay: [] as number[], bare: [] as number[] }
  async function measure(pid: number, target: Address): Promise<number> {
    const before = cpuSeconds(pid)
    await generator.ask('handshakes', { target, count: 1_000, atOnce: 20 })
    await Bun.sleep(100)
    return cpuSeconds(pid) - before
  }
  for (let round = -1; round < rounds; round++) {
    const ours = await measure(relay.pid, addressOf(relay, '', tokens))
    const theirs = await measure(bare.pid, plain(bare.firstLine))
    // The first round warms both.
    if (round < 0) continue
    took.relay.push(ours)
    took.bare.push(theirs)
  }
  await relay.stop('SIGKILL')
  await bare.stop()
  return took
}

async function measureStorms(generator: LoadGenerator, { rounds, minutes, say }: PartOptions) {
  const home = relayHome()
  let relay = await startRelayUnderLoad({ home })
  const tokens = await relay.tokens(50)
  const peer = await startPeer['socket.io']({ RECOVERY: '1' })
  const results = { relay: [] as StormResult[], restarted: [] as StormResult[], bare: [] as StormResult[], peer: [] as StormResult[], relayCpuMs: [] as number[], bareCpuMs: [] as number[], peerCpuMs: [] as number[] }
  async function comeBack(pid: number, port: number, into: StormResult[], cpuMs: number[]): Promise<void> {
    const before = cpuSeconds(pid)
    into.push(await generator.ask('comeBack', { port, missed }))
    cpuMs.push((cpuSeconds(pid) - before) * 1_000)
  }
  /** The same browsers and the same bytes, from a server that knows nothing: what sockets and the generator cost in any case. */
  async function bareAfter(relayed: StormResult): Promise<void> {
    const file = join(home.folder, 'canned.json')
    await Bun.write(file, JSON.stringify(relayed.frames))
    const bare = await startPeer.bun('canned', file)
    await comeBack(bare.pid, Number(bare.firstLine), results.bare, results.bareCpuMs)
    await bare.stop()
  }
  for (const round of roundsWithin(rounds, minutes)) {
    const [first, second] = await relay.sessions(tokens[0]!, 2)
    await generator.ask('storm', { target: addressOf(relay, first!, tokens), browsers, missed })
    await comeBack(relay.pid, relay.port, results.relay, results.relayCpuMs)
    await bareAfter(results.relay.at(-1)!)
    await generator.ask('storm', { target: { port: Number(peer.firstLine), dialect: 'socket.io', id: `room-${round}`, tokens: [] }, browsers, missed })
    await comeBack(peer.pid, Number(peer.firstLine), results.peer, results.peerCpuMs)
    await generator.ask('storm', { target: addressOf(relay, second!, tokens), browsers, missed })
    await relay.stop('SIGKILL')
    relay = await startRelayUnderLoad({ home })
    await comeBack(relay.pid, relay.port, results.restarted, [])
    say(`storm ${round + 1}: relay ${ms(results.relay.at(-1)!.tookMs)}, restarted ${ms(results.restarted.at(-1)!.tookMs)}, bare ${ms(results.bare.at(-1)!.tookMs)}, socket.io ${ms(results.peer.at(-1)!.tookMs)}`)
  }
  await relay.stop('SIGKILL')
  await peer.stop()
  home.remove()
  return results
}

const readers = 100
const stalledOf = 25

/** The same load twice, first with nobody stalled: what it costs in any case is not the stalled ones' doing. */
async function measureStalled(generator: LoadGenerator) {
  const relay = await startRelayUnderLoad()
  const tokens = await relay.tokens(20)
  const [warm, calm, session] = await relay.sessions(tokens[0]!, 3)
  const load = { readers, notes: 400, noteBytes: 24 * 1024, perSecond: 80, serverPid: relay.pid }
  await generator.ask('stalledReaders', { ...load, notes: 150, target: addressOf(relay, warm!, tokens), stalled: 0 })
  const before = await generator.ask('stalledReaders', { ...load, target: addressOf(relay, calm!, tokens), stalled: 0 })
  const result = await generator.ask('stalledReaders', { ...load, target: addressOf(relay, session!, tokens), stalled: stalledOf })
  await relay.stop('SIGKILL')
  return { ...result, calmP99Ms: before.healthyP99Ms, grownMb: Math.max(0, result.peakKb - before.peakKb) / 1024 }
}

async function measureMany(generator: LoadGenerator, rounds: number) {
  const relay = await startRelayUnderLoad()
  const bare = await startPeer.bun('publish')
  // One process may not hold as many sockets as both need together.
  const second = startLoadGenerator()
  const tokens = await relay.tokens(50)
  const [session] = await relay.sessions(tokens[0]!, 1)
  const shape = { listenersEach: many, speakersEach: 50, witnessesEach: 10 }
  async function gather(who: LoadGenerator, pid: number, target: Address) {
    await Bun.sleep(500)
    const before = residentKb(pid)
    const { tookMs } = await who.ask('gather', { crowd: 'many', targets: [target], ...shape })
    await Bun.sleep(1_500)
    return { kb: (residentKb(pid) - before) / many, tookMs }
  }
  const target = addressOf(relay, session!, tokens, 'relay-signals')
  const bareGathered = await gather(second, bare.pid, plain(bare.firstLine))
  const relayGathered = await gather(generator, relay.pid, target)
  const runs = { relay: [] as RunResult[], bare: [] as RunResult[] }
  for (let round = 0; round < rounds; round++) {
    const plan = { rate: 10, seconds: 1.5, warmSeconds: 0.3, drainSeconds: 1, speaking: 0 }
    runs.relay.push(await generator.ask('run', { crowd: 'many', ...plan, serverPid: relay.pid }))
    runs.bare.push(await second.ask('run', { crowd: 'many', ...plan, serverPid: bare.pid }))
  }
  await generator.ask('drop', { crowd: 'many' })
  await second.stop()
  await relay.stop('SIGKILL')
  await bare.stop()
  return { relayKb: relayGathered.kb, bareKb: bareGathered.kb, relayConnectMs: relayGathered.tookMs, bareConnectMs: bareGathered.tookMs, runs }
}

const soakSeconds = 30

/** A fresh relay that nobody uses; then a short soak with kept events and signals together. */
async function measureRest(generator: LoadGenerator) {
  const relay = await startRelayUnderLoad()
  await Bun.sleep(2_000)
  const restMb = residentKb(relay.pid) / 1024
  const tokens = await relay.tokens(50)
  const [session] = await relay.sessions(tokens[0]!, 1)
  await generator.ask('gather', { crowd: 'soak', targets: [addressOf(relay, session!, tokens, 'relay-signals')], listenersEach: 100, speakersEach: 50, witnessesEach: 2 })
  const samples: [number, number][] = []
  const began = performance.now()
  const timer = setInterval(() => samples.push([(performance.now() - began) / 3_600_000, residentKb(relay.pid) / 1024]), 500)
  await generator.ask('run', { crowd: 'soak', rate: 200, seconds: soakSeconds, warmSeconds: 5, drainSeconds: 1, speaking: 0, serverPid: relay.pid })
  clearInterval(timer)
  await generator.ask('drop', { crowd: 'soak' })
  await relay.stop('SIGKILL')
  const late = samples.slice(samples.length >> 1)
  return { restMb, soakedMb: late.at(-1)![1], slopeMbPerHour: slope(late) }
}

function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((sum, each) => sum + each[pick], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const above = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  return above / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
}

type Measured = {
  rounds: number
  handshake: Awaited<ReturnType<typeof measureHandshakes>>
  storm: Awaited<ReturnType<typeof measureStorms>>
  stalled: Awaited<ReturnType<typeof measureStalled>>
  crowd: Awaited<ReturnType<typeof measureMany>>
  rest: Awaited<ReturnType<typeof measureRest>>
}

function report({ rounds, handshake, storm, stalled, crowd, rest }: Measured): string {
  const tookMs = (results: readonly StormResult[]) => results.map((each) => each.tookMs)
  const sum = (results: readonly StormResult[], pick: (result: StormResult) => number) => results.reduce((total, each) => total + pick(each), 0)
  const ours = [...storm.relay, ...storm.restarted]
  const perHandshakeUs = (seconds: readonly number[]) => `${number(median(seconds) * 1_000)} µs`
  const p99 = (runs: readonly RunResult[]) => median(runs.map((each) => each.latencyMs.p99))
  const beyondMb = stalled.grownMb - (stalledOf * 256) / 1024
  const handshakeRatio = pairedRatio(handshake.relay, handshake.bare)
  const better = pairedRatio(tookMs(storm.peer), tookMs(storm.relay))
  const shares = crowd.runs.relay.map((each) => each.deliveredShare)
  const rows = [
    ['CPU of one handshake, connected and greeted', perHandshakeUs(handshake.relay), perHandshakeUs(handshake.bare), 'bare Bun accept'],
    [`${browsers} dropped, ${missed} events missed each: all current after`, ms(median(tookMs(storm.relay))), ms(median(tookMs(storm.peer))), 'socket.io, its recovery'],
    ['CPU of the server for that', ms(median(storm.relayCpuMs)), ms(median(storm.peerCpuMs)), 'socket.io, its recovery'],
    ['the same frames from a bare server: all current after', '–', ms(median(tookMs(storm.bare))), 'the limit: sockets, bytes and the generator'],
    ['CPU of the server for that', '–', ms(median(storm.bareCpuMs)), 'the limit'],
    ['the same after kill -9 and a new start, from its listening on', ms(median(tookMs(storm.restarted))), '–', 'socket.io forgets them'],
    [`${many} connections: memory of each`, `${number(crowd.relayKb)} KB`, `${number(crowd.bareKb)} KB`, 'bare Bun publish'],
    [`${many} connections: until all are there`, ms(crowd.relayConnectMs), ms(crowd.bareConnectMs), 'bare Bun publish'],
    [`${many} readers, 10 messages/s: delivered`, percent(median(shares)), percent(median(crowd.runs.bare.map((each) => each.deliveredShare))), 'bare Bun publish'],
    [`${many} readers, 10 messages/s: p99`, ms(p99(crowd.runs.relay)), ms(p99(crowd.runs.bare)), 'bare Bun publish'],
    [`${stalledOf} of ${readers} readers stalled, 400 × 24 KiB: p99 of the healthy`, ms(stalled.healthyP99Ms), ms(stalled.calmP99Ms), 'the same, nobody stalled'],
    ['resident at rest', `${number(rest.restMb)} MB`, '–', ''],
    [`resident after ${soakSeconds} s of 200 messages/s to 100 readers`, `${number(rest.soakedMb)} MB`, '–', ''],
  ]
  const targets: Target[] = [
    { what: 'memory per connection', target: '≤ 6 KB', measured: `${number(crowd.relayKb)} KB`, met: crowd.relayKb <= 6, cause: 'heap before a collection is part of it' },
    { what: `p99 in one channel of ${many}`, target: '< 70 ms', measured: ms(p99(crowd.runs.relay)), met: p99(crowd.runs.relay) < 70, cause: `bare publish itself had ${ms(p99(crowd.runs.bare))} here` },
    { what: 'handshake with JWT against a bare accept (CPU)', target: '≤ 1.4×', measured: times(handshakeRatio), met: handshakeRatio <= 1.4, cause: 'the gate, the token, the rights of its sign-in and the greeting; a bare accept does nothing of that' },
    { what: `storm of ${browsers}: all current`, target: '≤ 100 ms', measured: ms(median(tookMs(storm.relay))), met: median(tookMs(storm.relay)) <= 100, cause: `the same frames from a bare server took ${ms(median(tookMs(storm.bare)))} here, the relay ${times(pairedRatio(tookMs(storm.relay), tookMs(storm.bare)))} of that` },
    { what: 'the same after a restart', target: '≤ 100 ms', measured: ms(median(tookMs(storm.restarted))), met: median(tookMs(storm.restarted)) <= 100, cause: 'the same, and a process whose code is cold' },
    { what: 'against the recovery of socket.io', target: '≥ 15×', measured: times(better), met: better >= 15, cause: 'the same' },
    { what: 'holes, or told to load anew', target: 'none', measured: `${sum(ours, (each) => each.holes)} and ${sum(ours, (each) => each.notRecovered)}`, met: sum(ours, (each) => each.holes + each.notRecovered) === 0 },
    { what: 'healthy readers beside stalled ones get', target: '100 %', measured: percent(stalled.healthyShare), met: stalled.healthyShare === 1 },
    { what: 'relay grows beyond 256 KiB per stalled reader by', target: '≤ 20 MB', measured: `${number(Math.max(0, beyondMb))} MB`, met: beyondMb <= 20, cause: 'what a socket holds lies in a buffer that doubles as it grows; garbage counts' },
    { what: 'stalled readers recover without a hole', target: `${stalledOf}`, measured: `${stalled.recovered} (${stalled.closed} had been closed, ${stalled.withHoles} saw a hole), ${ms(stalled.recoveredMs)}`, met: stalled.recovered === stalledOf },
    { what: 'resident at rest', target: '≤ 80 MB', measured: `${number(rest.restMb)} MB`, met: rest.restMb <= 80 },
    { what: `slope in the second half of a soak of ${soakSeconds} s`, target: '< 1 MB/h', measured: `${number(rest.slopeMbPerHour)} MB/h`, met: rest.slopeMbPerHour < 1, cause: 'half a minute is too short to tell growth from a heap that settles' },
  ]
  return [
    `${rounds} rounds (${storm.relay.length} storms), in turn; medians. Coming back starts when the first socket is opened and ends when the last reader has the last event; nobody waits a random while first.`,
    table(['', 'relay', 'beside it', 'which is'], rows),
    `### Targets\n\n${targetTable(targets)}`,
  ].join('\n\n')
}
