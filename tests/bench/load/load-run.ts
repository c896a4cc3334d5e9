// One timed run on a crowd: a fixed rate, or as much as the server gives back.
import { cpuSeconds, ticksOf } from '../measure/processes.ts'
import { nowUs, type Crowd } from './crowd.ts'

export type RunPlan = {
  /** Messages a second, or null: every speaker says the next when the first witness has heard the last. */
  rate: number | null
  seconds: number
  warmSeconds: number
  /** How long what is late may still arrive. */
  drainSeconds: number
  serverPid: number
  /** With `rate: null`: how many speak, so how many messages are under way at most. */
  speaking: number
}

export type RunResult = {
  sent: number
  /** Deliveries to listeners, and the part of those that were due. */
  deliveries: number
  deliveredShare: number
  deliveriesPerSecond: number
  /** Listeners whose bytes are exactly those of a witness of their channel. */
  exact: number
  listeners: number
  latencyMs: { p50: number; p99: number; max: number }
  /** Of the server's process, from the first message to the last delivery. */
  serverCpuSeconds: number
  serverCores: number
  /** The part of its time that was the kernel's: sending, receiving, the disk. */
  kernelShare: number
  generatorCores: number
  refused: number
  disordered: number
  closed: number
  drained: boolean
  /** How many messages each speaker has said since its crowd was gathered. */
  said: number[]
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function run(crowd: Crowd, plan: RunPlan): Promise<RunResult> {
  const { rate, serverPid } = plan
  const closedLoop = rate === null
  let latenciesUs: number[] = []
  let heard = 0
  let measuring = false
  const firstCounts: number[] = []
  let talking = true
  const saidAt: number[] = Array.from({ length: crowd.speakers }, () => 0)

  const say = (speaker: number) => {
    saidAt[speaker] = nowUs()
    crowd.say(speaker)
  }
  crowd.hear(({ speaker, count, tookUs, witness }) => {
    if (witness % crowd.witnessesEach === 0 && closedLoop && talking && count === crowd.sentBy(speaker)) say(speaker)
    if (!measuring || (!closedLoop && count <= firstCounts[speaker]!)) return
    heard += 1
    latenciesUs.push(tookUs)
  })

  let next = 0
  async function talkFor(seconds: number): Promise<number> {
    const began = performance.now()
    if (closedLoop) {
      if (next === 0) for (; next < Math.min(crowd.speakers, plan.speaking); next++) say(next)
      while (performance.now() - began < seconds * 1000) {
        await sleep(10)
        // A signal may be lost to a reader that is too slow; its speaker must not fall silent for good.
        for (const [speaker, at] of saidAt.entries()) if (at > 0 && nowUs() - at > 5_000_000) say(speaker)
      }
      return 0
    }
    let sent = 0
    while (performance.now() - began < seconds * 1000) {
      const due = Math.floor(((performance.now() - began) / 1000) * rate)
      for (; sent < due; sent++) say(next++ % crowd.speakers)
      await sleep(1)
    }
    return sent
  }

  const all = crowd.listeners
  const bytesOf = () => all.map((group) => group.map(({ reader }) => reader.bytes))
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

  await talkFor(plan.warmSeconds)
  if (!closedLoop) await quiet(() => sum(bytesOf().flat()), plan.drainSeconds * 1000, 40)

  for (let speaker = 0; speaker < crowd.speakers; speaker++) firstCounts.push(crowd.sentBy(speaker))
  const saidBefore = sum(firstCounts)
  const bytesBefore = bytesOf()
  const cpuBefore = cpuSeconds(serverPid)
  const ticksBefore = ticksOf(serverPid)
  const ownBefore = process.cpuUsage()
  const began = performance.now()
  measuring = true
  await talkFor(plan.seconds)
  const talkedMs = performance.now() - began
  if (closedLoop) {
    // What is measured is the time in between: what is still under way belongs to neither end.
    measuring = false
    talking = false
  }
  const cpuAtEnd = cpuSeconds(serverPid)
  const ticksAtEnd = ticksOf(serverPid)
  const bytesAtEnd = bytesOf()
  const ownUsed = process.cpuUsage(ownBefore)
  const sent = sum(Array.from({ length: crowd.speakers }, (_, speaker) => crowd.sentBy(speaker))) - saidBefore
  const due = sent * (closedLoop ? 1 : crowd.witnessesEach)
  const lastByteMs = closedLoop ? talkedMs : await drainedAfter(() => heard >= due && behind() === 0, plan.drainSeconds * 1000, began)
  const drained = closedLoop || (heard >= due && behind() === 0)
  const bytesAfter = closedLoop ? bytesAtEnd : bytesOf()
  const serverCpu = (closedLoop ? cpuAtEnd : cpuSeconds(serverPid)) - cpuBefore

  /** Listeners to whom less has come than to a witness of their channel. */
  function behind(): number {
    return sum(all.map((group, channel) => {
      const due = group[0]!.reader.bytes - bytesBefore[channel]![0]!
      return group.filter(({ reader }, index) => reader.bytes - bytesBefore[channel]![index]! < due).length
    }))
  }

  measuring = false
  talking = false
  // What is still under way must not be in the way of the next run.
  const still = closedLoop ? await quiet(() => sum(bytesOf().flat()), 3_000, 60) : drained
  crowd.hear(null)
  const grown = bytesAfter.map((group, channel) => group.map((bytes, index) => bytes - bytesBefore[channel]![index]!))
  const witnessBytes = sum(grown.map((group) => sum(group.slice(0, crowd.witnessesEach))))
  const bytesEach = heard === 0 ? 0 : witnessBytes / heard
  const listeners = sum(grown.map((group) => group.length))
  const exact = sum(grown.map((group) => group.filter((bytes) => bytes === group[0]).length))
  const deliveries = bytesEach === 0 ? 0 : sum(grown.flat()) / bytesEach
  const dueDeliveries = (sent * listeners) / all.length
  // What has not come has taken at least as long as was waited: leaving it out would praise the slowest.
  const lost = Math.max(0, due - heard)
  const waitedUs = (plan.drainSeconds + plan.seconds / 2) * 1_000_000
  if (!closedLoop) latenciesUs = latenciesUs.concat(Array.from({ length: lost }, () => waitedUs))
  latenciesUs.sort((a, b) => a - b)
  const at = (share: number) => (latenciesUs[Math.min(latenciesUs.length - 1, Math.floor(latenciesUs.length * share))] ?? 0) / 1000
  const troubles = crowd.troubles()

  return {
    sent,
    deliveries,
    deliveredShare: closedLoop ? 1 : Math.min(1, deliveries / dueDeliveries),
    deliveriesPerSecond: deliveries / ((closedLoop ? talkedMs : Math.max(talkedMs, lastByteMs)) / 1000),
    exact,
    listeners,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    serverCpuSeconds: serverCpu,
    serverCores: (cpuAtEnd - cpuBefore) / (talkedMs / 1000),
    kernelShare: (ticksAtEnd.kernel - ticksBefore.kernel) / (ticksAtEnd.kernel + ticksAtEnd.own - ticksBefore.kernel - ticksBefore.own),
    generatorCores: (ownUsed.user + ownUsed.system) / 1e6 / (talkedMs / 1000),
    ...troubles,
    drained: drained && still,
    said: firstCounts.map((_, speaker) => crowd.sentBy(speaker)),
  }
}

/** Waits until the number stands still, at most so long; says whether it did. */
async function quiet(read: () => number, mostMs: number, stillMs: number): Promise<boolean> {
  const began = performance.now()
  for (let before = -1; performance.now() - began < mostMs; ) {
    const now = read()
    if (now === before) return true
    before = now
    await sleep(stillMs)
  }
  return false
}

async function drainedAfter(done: () => boolean, mostMs: number, began: number): Promise<number> {
  const from = performance.now()
  while (!done() && performance.now() - from < mostMs) await sleep(2)
  return performance.now() - began
}
