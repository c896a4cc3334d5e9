// How many processes there may be at once: places are given in the order of asking, idle ones end first to make room.
import { Refused } from '#protocol'

/** A holder of a place who can be asked to give it up. */
export type Tenant = {
  /** How long it has been idle; null while it is not. */
  idleMs(): number | null
  /** Ends its process, which gives the place back. */
  leave(): Promise<void>
}

export type Pool = ReturnType<typeof createPool>

export function createPool(max: number) {
  const tenants = new Set<Tenant>()
  const leaving = new Set<Tenant>()
  const queue: { tenant: Tenant; enter(): void; refuse(problem: unknown): void }[] = []
  let isClosed = false

  /** The one that has been idle longest and is not on its way out. */
  function longestIdle(): Tenant | undefined {
    const idle = [...tenants].flatMap((tenant) => {
      const idleMs = tenant.idleMs()
      return idleMs === null || leaving.has(tenant) ? [] : [{ tenant, idleMs }]
    })
    return idle.sort((a, b) => b.idleMs - a.idleMs)[0]?.tenant
  }

  function serve(): void {
    while (queue.length > 0 && tenants.size < max) {
      const next = queue.shift()!
      tenants.add(next.tenant)
      next.enter()
    }
    // One idle process for each who waits beyond those that are leaving already.
    for (let wanted = queue.length - leaving.size; wanted > 0; wanted--) {
      const tenant = longestIdle()
      if (!tenant) return
      leaving.add(tenant)
      void tenant.leave()
    }
  }

  return {
    /** A place as soon as there is one. */
    async enter(tenant: Tenant): Promise<void> {
      if (isClosed) throw new Refused('DRAINING', 'the relay is stopping')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      queue.push({ tenant, enter: resolve, refuse: reject })
      serve()
      await promise
    },
    /** A place if there is a free one and nobody waits for it. */
    tryEnter(tenant: Tenant): boolean {
      if (isClosed || queue.length > 0 || tenants.size >= max) return false
      tenants.add(tenant)
      return true
    },
    hasRoom: (): boolean => !isClosed && queue.length === 0 && tenants.size < max,
    /** The place of one goes over to another. */
    swap(from: Tenant, to: Tenant): void {
      tenants.delete(from)
      leaving.delete(from)
      tenants.add(to)
    },
    leave(tenant: Tenant): void {
      tenants.delete(tenant)
      leaving.delete(tenant)
      serve()
    },
    /** Takes back what was asked for and not given yet. */
    withdraw(tenant: Tenant): void {
      const at = queue.findIndex((each) => each.tenant === tenant)
      if (at !== -1) queue.splice(at, 1)[0]!.refuse(new Refused('CONFLICT', 'stopped before it reached Claude'))
    },
    /** Somebody has become idle: whoever waits may have that place. */
    idle: (): void => serve(),
    waiting: (): number => queue.length,
    close(): void {
      isClosed = true
      for (const { refuse } of queue.splice(0)) refuse(new Refused('DRAINING', 'the relay is stopping'))
    },
  }
}
