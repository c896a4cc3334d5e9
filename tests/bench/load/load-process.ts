// The load generator as a process of its own, told what to do by messages of its parent.
import { gather, type Crowd, type CrowdPlan } from './crowd.ts'
import { run, type RunPlan } from './load-run.ts'

export type LoadRequest =
  | { do: 'gather'; crowd: string; plan: CrowdPlan }
  | { do: 'run'; crowd: string; plan: RunPlan }
  | { do: 'drop'; crowd: string }

const crowds = new Map<string, Crowd>()

async function take(request: LoadRequest): Promise<unknown> {
  if (request.do === 'gather') {
    const began = performance.now()
    crowds.set(request.crowd, await gather(request.plan))
    return { tookMs: performance.now() - began }
  }
  const crowd = crowds.get(request.crowd)
  if (!crowd) throw new Error(`no crowd ${request.crowd}`)
  if (request.do === 'run') return run(crowd, request.plan)
  crowd.drop()
  crowds.delete(request.crowd)
  return {}
}

process.on('message', ({ number, request }: { number: number; request: LoadRequest }) => {
  take(request).then(
    (result) => process.send!({ number, result }),
    (error: unknown) => process.send!({ number, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.send!({ number: 0, result: 'ready' })
