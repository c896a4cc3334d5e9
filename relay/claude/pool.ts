// How many processes there may be at once: places are given in the order of asking, idle ones end first to make room.
import { Refused } from '#protocol'
import type { ClaudeProcess } from './process.ts'

type Begin = () => Promise<ClaudeProcess>
type Waiting = { owner: object; enter(): void; refuse(problem: unknown): void }

export type Pool = ReturnType<typeof createPool>

export function createPool(max: number) {
  const live = new Set<ClaudeProcess>()
  let starting = 0
  const queue: Waiting[] = []
  let isClosed = false

  /** The one that has been idle longest and is not on its way out. */
  function longestIdle(): ClaudeProcess | undefined {
    const idle = [...live].filter((process) => process.idleMs() !== null)
    return idle.sort((a, b) => b.idleMs()! - a.idleMs()!)[0]
  }

  function serve(): void {
    while (queue.length > 0 && live.size + starting < max) {
      starting += 1
      queue.shift()!.enter()
    }
    // One idle process for each who waits beyond those that are leaving already.
    const leaving = [...live].filter((process) => process.isEnding()).length
    for (let wanted = queue.length - leaving; wanted > 0; wanted--) void longestIdle()?.end('idle')
  }

  return {
    /** Begins a process as soon as there is a place for it; `owner` can withdraw until then. */
    async start(owner: object, begin: Begin): Promise<ClaudeProcess> {
      if (isClosed) throw new Refused('DRAINING', 'the relay is stopping')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      queue.push({ owner, enter: resolve, refuse: reject })
      serve()
      await promise
      try {
        const process = await begin()
        live.add(process)
        void process.over.then(() => {
          live.delete(process)
          serve()
        })
        return process
      } finally {
        starting -= 1
        serve()
      }
    },
    hasRoom: (): boolean => !isClosed && queue.length === 0 && live.size + starting < max,
    isWaiting: (owner: object): boolean => queue.some((each) => each.owner === owner),
    /** Takes back what was asked for and not given yet. */
    withdraw(owner: object): void {
      const at = queue.findIndex((each) => each.owner === owner)
      if (at !== -1) queue.splice(at, 1)[0]!.refuse(new Refused('CONFLICT', 'stopped before it reached Claude'))
    },
    /** Somebody has become idle: whoever waits may have that place. */
    serve,
    waiting: (): number => queue.length,
    close(): void {
      isClosed = true
      for (const { refuse } of queue.splice(0)) refuse(new Refused('DRAINING', 'the relay is stopping'))
    },
  }
}
