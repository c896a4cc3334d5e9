// The load generator as a process of its own, told what to do by messages of its parent.
import { gather, type Crowd, type CrowdPlan } from './crowd.ts'
import { handshakes, type HandshakePlan } from './handshakes.ts'
import { run, type RunPlan, type RunResult } from './load-run.ts'
import { stalledReaders, type StallPlan, type StallResult } from './stalled-readers.ts'
import { beginStorm, type Storm, type StormPlan, type StormResult } from './storm.ts'
import { sendFiles, type UploadPlan, type UploadResult } from './upload-senders.ts'

/** What can be asked, and what is answered. */
export type Asks = {
  gather: [CrowdPlan & { crowd: string }, { tookMs: number }]
  run: [RunPlan & { crowd: string }, RunResult]
  drop: [{ crowd: string }, object]
  handshakes: [HandshakePlan, { tookMs: number }]
  /** Connects everybody, drops them, and lets them miss so many. */
  storm: [StormPlan & { missed: number }, object]
  comeBack: [{ port: number; missed: number }, StormResult]
  stalledReaders: [StallPlan, StallResult]
  upload: [UploadPlan, UploadResult]
}

const crowds = new Map<string, Crowd>()
let storm: Storm | null = null

const crowdOf = (name: string): Crowd => {
  const crowd = crowds.get(name)
  if (!crowd) throw new Error(`no crowd ${name}`)
  return crowd
}

const answers: { [K in keyof Asks]: (plan: Asks[K][0]) => Promise<Asks[K][1]> } = {
  async gather({ crowd, ...plan }) {
    const began = performance.now()
    crowds.set(crowd, await gather(plan))
    return { tookMs: performance.now() - began }
  },
  run: ({ crowd, ...plan }) => run(crowdOf(crowd), plan),
  async drop({ crowd }) {
    crowdOf(crowd).drop()
    crowds.delete(crowd)
    return {}
  },
  handshakes,
  async storm({ missed, ...plan }) {
    storm = await beginStorm(plan)
    storm.drop()
    await storm.miss(missed)
    return {}
  },
  comeBack: ({ port, missed }) => storm!.comeBack(port, missed),
  stalledReaders,
  upload: sendFiles,
}

process.on('message', ({ number, what, plan }: { number: number; what: keyof Asks; plan: never }) => {
  ;(answers[what] as (plan: never) => Promise<unknown>)(plan).then(
    (result) => process.send!({ number, result }),
    (error: unknown) => process.send!({ number, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.send!({ number: 0, result: 'ready' })
