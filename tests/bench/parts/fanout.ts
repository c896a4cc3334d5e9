// Fan-out (§2): one message to many readers, against two usual servers on Node and against what Bun alone can do.
import { contenders, type Contender, type ContenderName } from '../measure/contenders.ts'
import type { RunResult } from '../load/load-run.ts'
import { startLoadGenerator } from '../measure/load-generator.ts'
import { median, pairedRatio } from '../measure/statistics.ts'
import { ms, number, percent, table, targetTable, times, type Target } from '../measure/table.ts'
import { groupCommitMs } from '../measure/group-commit.ts'
import { roundsWithin } from '../measure/rounds.ts'
import type { PartOptions, Section } from '../measure/section.ts'

type Load = {
  name: string
  channels: number
  listenersEach: number
  speakersEach: number
  /** null: as much as comes back. */
  rate: number | null
  seconds: number
  /** How long what is late is waited for; whoever owes nothing ends at once. */
  drainSeconds: number
  who: ContenderName[]
}

const everyone: ContenderName[] = ['signals', 'events', 'publish', 'loop', 'ws', 'socket.io']
const LOADS: Record<'sustained' | 'maximum' | 'quiet' | 'many' | 'spread', Load> = {
  sustained: { name: '1,000 messages/s to 1,000 readers of one channel', channels: 1, listenersEach: 1000, speakersEach: 500, rate: 1000, seconds: 0.8, drainSeconds: 12, who: everyone },
  maximum: { name: 'As much as comes back, 1,000 readers of one channel', channels: 1, listenersEach: 1000, speakersEach: 500, rate: null, seconds: 0.6, drainSeconds: 0, who: everyone },
  quiet: { name: '50 messages/s to 1,000 readers of one channel', channels: 1, listenersEach: 1000, speakersEach: 500, rate: 50, seconds: 1, drainSeconds: 0.5, who: ['signals', 'events', 'publish', 'ws'] },
  many: { name: 'As much as comes back, 100 channels of 10 readers', channels: 100, listenersEach: 10, speakersEach: 4, rate: null, seconds: 0.6, drainSeconds: 0, who: ['signals', 'events', 'publish', 'ws'] },
  spread: { name: '2,000 messages/s over 100 channels of 10 readers', channels: 100, listenersEach: 10, speakersEach: 4, rate: 2000, seconds: 0.7, drainSeconds: 0.5, who: ['signals', 'events', 'publish', 'ws'] },
}
type LoadName = keyof typeof LOADS
type Results = Record<LoadName, Partial<Record<ContenderName, RunResult[]>>>

export async function fanout({ rounds: most, minutes, say }: PartOptions): Promise<Section> {
  const generator = startLoadGenerator()
  const field = await contenders()
  const results: Results = { sustained: {}, maximum: {}, quiet: {}, many: {}, spread: {} }
  const commitMs: number[] = []
  let lostNotes = 0
  let rounds = 0

  /** Gathered once and kept, unless a flood left the server with work from before. */
  const gathered = new Map<string, string>()
  async function crowdOf(contender: Contender, load: Load): Promise<string> {
    const { name } = contender
    const shape = `${contender.name} ${load.channels}`
    const known = gathered.get(shape)
    if (known) return known
    const targets = await contender.targets(load.channels)
    await generator.ask('gather', { crowd: shape, targets, listenersEach: load.listenersEach, speakersEach: name === 'signals' ? load.speakersEach : Math.min(100, load.speakersEach), witnessesEach: load.channels === 1 ? 4 : 1 })
    gathered.set(shape, shape)
    return shape
  }
  async function disperse(contender: Contender): Promise<void> {
    for (const shape of [...gathered.keys()].filter((each) => each.startsWith(`${contender.name} `))) {
      await generator.ask('drop', { crowd: shape })
      gathered.delete(shape)
    }
    await contender.restart()
  }

  try {
    for (const round of roundsWithin(most, minutes)) {
      rounds = round + 1
      commitMs.push(await groupCommitMs(field.folder))
      for (const [key, load] of Object.entries(LOADS) as [LoadName, Load][]) {
        for (const name of load.who) {
          const contender = field.byName[name]
          const crowd = await crowdOf(contender, load)
          const result = await generator.ask('run', { crowd, rate: load.rate, seconds: load.seconds, warmSeconds: 0.2, drainSeconds: load.drainSeconds, serverPid: contender.pid(), speaking: load.channels === 1 ? 64 : 400 })
          ;(results[key][name] ??= []).push(result)
          if (name === 'events') lostNotes += await contender.missing(load.channels, result.said)
          say(`round ${round + 1}: ${load.name}: ${name}: ${number(result.deliveriesPerSecond)}/s, p99 ${ms(result.latencyMs.p99)}, ${number(result.serverCores)} cores${result.disordered > 0 ? `, ${result.disordered} out of order` : ''}${result.refused > 0 ? `, ${result.refused} refused` : ''}`)
          if (!result.drained || result.closed > 0) await disperse(contender)
        }
      }
    }
  } finally {
    await generator.stop()
    await field.stop()
  }
  return { name: 'fanout', title: 'Fan-out', text: report(results, rounds, commitMs, lostNotes, field.labels) }
}

const perCpuSecond = (results: readonly RunResult[]) => results.map((each) => each.deliveries / each.serverCpuSeconds)
const cpuPerDelivery = (results: readonly RunResult[]) => results.map((each) => (each.serverCpuSeconds / each.deliveries) * 1e6)
const p99 = (results: readonly RunResult[]) => results.map((each) => each.latencyMs.p99)

function report(results: Results, rounds: number, commitMs: readonly number[], lostNotes: number, labels: Record<ContenderName, string>): string {
  const parts: string[] = []
  for (const [key, load] of Object.entries(LOADS) as [LoadName, Load][]) {
    const rows = load.who.map((name) => {
      const all = results[key][name]!
      const middle = (pick: (result: RunResult) => number) => median(all.map(pick))
      return [
        labels[name],
        `${number(middle((each) => each.deliveriesPerSecond))}/s`,
        load.rate === null ? '–' : percent(middle((each) => each.deliveredShare)),
        ms(middle((each) => each.latencyMs.p50)),
        ms(middle((each) => each.latencyMs.p99)),
        number(middle((each) => each.serverCores)),
        number(median(perCpuSecond(all))),
        number(middle((each) => each.generatorCores)),
      ]
    })
    parts.push(`### ${load.name}\n\n${table(['', 'deliveries', 'delivered', 'p50', 'p99', 'cores', 'deliveries per CPU-second', 'generator cores'], rows)}`)
  }
  const commit = median(commitMs)
  const { sustained, maximum, quiet, many, spread } = results as { [K in LoadName]: Record<ContenderName, RunResult[]> }
  const bare = (load: Record<ContenderName, RunResult[]>) => `bare publish itself had ${ms(median(p99(load.publish)))} here`
  /** Where the time of a server went, and what the limit needs for the same. */
  const spent = (load: Record<ContenderName, RunResult[]>, kind: 'signals' | 'events') =>
    `${percent(median(load[kind].map((each) => each.kernelShare)))} of the relay's time is the kernel's, which sends and receives`
  const targets: Target[] = []
  const kinds = [['signals', 0], ['events', commit]] as const
  for (const [kind, allowance] of kinds) {
    const add = (what: string, target: string, measured: string, met: boolean, cause?: string) => targets.push({ what: `${kind}: ${what}`, target, measured, met, cause })
    const unordered = [...Object.values(results)].flatMap((load) => load[kind] ?? []).reduce((sum, each) => sum + each.disordered, 0)
    const share = median(sustained[kind].map((each) => each.deliveredShare))
    const latency = median(p99(sustained[kind]))
    const cores = median(sustained[kind].map((each) => each.serverCores))
    const allowed = allowance === 0 ? '' : ` + ${ms(allowance)}`
    add('1,000 × 1,000/s delivered', '100 %', percent(share), share > 0.99995)
    add('out of order, all runs', 'none', String(unordered), unordered === 0, 'seen only while the process stood still for seconds; a caret that is overtaken is harmless')
    add('p99 there', `≤ 25 ms${allowed}`, ms(latency), latency <= 25 + allowance, `${spent(sustained, kind)}; ${bare(sustained)}`)
    add('cores there', '≤ 0.7', number(cores), cores <= 0.7, `${spent(sustained, kind)}; bare publish itself takes ${number(median(sustained.publish.map((each) => each.serverCores)))} here`)
    const versusNode = Math.min(pairedRatio(p99(sustained.ws), p99(sustained[kind])), pairedRatio(p99(sustained['socket.io']), p99(sustained[kind])))
    add('p99 against the better Node peer', '≥ 200×', times(versusNode), versusNode >= 200, `the better peer needs ${number(Math.min(median(p99(sustained.ws)), median(p99(sustained['socket.io']))) / 1000)} s, a two-hundredth of which bare publish with ${ms(median(p99(sustained.publish)))} would have to meet, too`)
    for (const [peer, asked] of [['ws', 28], ['socket.io', 33], ['publish', 0.9]] as const) {
      const ratio = pairedRatio(perCpuSecond(maximum[kind]), perCpuSecond(maximum[peer]))
      const each = kind === 'events' ? 'a kept event is looked up by its id, hashed, committed to the disk with its answer and told only then; a signal does nothing of that' : spent(maximum, kind)
      add(`per CPU-second at maximum against ${labels[peer]}`, `≥ ${asked}×`, times(ratio), ratio >= asked, each)
    }
    const hundred = pairedRatio(perCpuSecond(many[kind]), perCpuSecond(many.ws))
    add('100 channels × 10 per CPU-second against ws', '≥ 2×', times(hundred), hundred >= 2, kind === 'events' ? 'with ten readers the way in decides: schema, rights, the id, the commit and an answer of its own for each message, of which ws does nothing' : 'with ten readers the way in decides: the schema and the rights of each message, of which ws does nothing')
    const calm = pairedRatio(cpuPerDelivery(quiet[kind]), cpuPerDelivery(quiet.ws))
    const bareCalm = pairedRatio(cpuPerDelivery(quiet.publish), cpuPerDelivery(quiet.ws))
    add('CPU per delivery at 50/s against ws', '≤ 0.5× (asked of Go)', times(calm), calm <= 0.5, `nothing can be joined at this rate, so each message is a send to each reader: bare publish itself has ${times(bareCalm)}`)
    const thin = median(p99(spread[kind]))
    add('p99 at 2,000/s over 100 channels', `≤ 0.5 ms${allowed}`, ms(thin), thin <= 0.5 + allowance, bare(spread))
  }
  targets.push({ what: 'kept events read back from the database', target: 'all', measured: lostNotes === 0 ? 'all' : `${lostNotes} missing`, met: lostNotes === 0, cause: 'the rows of kept events are void' })
  return [
    `${rounds} rounds, all contenders in turn within each round; medians. A delivery is one message at one reader. One group commit in the same run: ${ms(commit)} (FULL).`,
    ...parts,
    `### Targets\n\n${targetTable(targets)}`,
  ].join('\n\n')
}
