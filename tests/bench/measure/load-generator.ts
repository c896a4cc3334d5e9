// The parent's end of the load generator.
import { join } from 'node:path'
import type { CrowdPlan } from '../load/crowd.ts'
import type { LoadRequest } from '../load/load-process.ts'
import type { RunPlan, RunResult } from '../load/load-run.ts'
import { bareEnvironment, onCore } from './processes.ts'

export type LoadGenerator = ReturnType<typeof startLoadGenerator>

export function startLoadGenerator() {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let last = 0
  const ready = Promise.withResolvers<unknown>()
  waiting.set(0, ready)
  const child = Bun.spawn(onCore(1, [process.execPath, join(import.meta.dir, '..', 'load', 'load-process.ts')]), {
    env: bareEnvironment(),
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc({ number, result, problem }: { number: number; result?: unknown; problem?: string }) {
      const each = waiting.get(number)
      waiting.delete(number)
      if (problem === undefined) each?.resolve(result)
      else each?.reject(new Error(`load generator: ${problem}`))
    },
    onExit() {
      for (const each of waiting.values()) each.reject(new Error('the load generator has ended'))
    },
  })

  async function ask<T>(request: LoadRequest): Promise<T> {
    await ready.promise
    const number = ++last
    return new Promise<T>((resolve, reject) => {
      waiting.set(number, { resolve: resolve as (result: unknown) => void, reject })
      child.send({ number, request })
    })
  }

  return {
    pid: child.pid,
    gather: (crowd: string, plan: CrowdPlan) => ask<{ tookMs: number }>({ do: 'gather', crowd, plan }),
    run: (crowd: string, plan: RunPlan) => ask<RunResult>({ do: 'run', crowd, plan }),
    drop: (crowd: string) => ask<object>({ do: 'drop', crowd }),
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
