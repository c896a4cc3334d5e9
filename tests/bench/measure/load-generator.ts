// The parent's end of the load generator.
import { join } from 'node:path'
import type { Asks } from '../load/load-process.ts'
import { bareEnvironment, endWithUs, onCore } from './processes.ts'

/** The longest of what is asked takes half of this. */
const answerWithinMs = 90_000

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

  endWithUs(child)

  return {
    pid: child.pid,
    async ask<K extends keyof Asks>(what: K, plan: Asks[K][0]): Promise<Asks[K][1]> {
      await ready.promise
      const number = ++last
      const answered = Promise.withResolvers<Asks[K][1]>()
      waiting.set(number, { resolve: answered.resolve as (result: unknown) => void, reject: answered.reject })
      const late = setTimeout(() => answered.reject(new Error(`the load generator has not answered ${what} for ${answerWithinMs / 1000} s`)), answerWithinMs)
      child.send({ number, what, plan })
      return answered.promise.finally(() => clearTimeout(late))
    },
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
