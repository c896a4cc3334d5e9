// Rows that rights are decided by, remembered for as long as no such row has changed: triggers in the database count the changes.
import type { Clock } from '../clock.ts'
import type { Param, Storage } from '../storage/storage.ts'

/** Changes made by another process are felt within this time; those of this process in the tick of their commit. */
const lookEveryMs = 100
const maxRows = 20_000

export type RightsMemory = {
  /** The first row of the query as it is now; undefined when there is none, which is never remembered. */
  row<Row>(sql: string, params: Param[]): Promise<Row | undefined>
}

export function createRightsMemory({ storage, clock }: { storage: Pick<Storage, 'query' | 'commits'>; clock: Pick<Clock, 'now'> }): RightsMemory {
  /** By query, then by its parameters. */
  const remembered = new Map<string, Map<string, unknown>>()
  let size = 0
  let version: number | null = null
  let commits = -1
  let lookedAt = 0
  /** Rows that were read before everything was forgotten are not remembered after it. */
  let generation = 0

  function forget(): void {
    remembered.clear()
    size = 0
    generation += 1
  }

  async function keepCurrent(): Promise<void> {
    const now = clock.now()
    const sinceLook = now - lookedAt
    if (commits === storage.commits() && sinceLook >= 0 && sinceLook < lookEveryMs) return
    const counted = storage.commits()
    const [row] = await storage.query<{ version: number }>('SELECT version FROM rights_version')
    if (row?.version !== version) forget()
    version = row?.version ?? null
    commits = counted
    lookedAt = now
  }

  return {
    async row<Row>(sql: string, params: Param[]): Promise<Row | undefined> {
      await keepCurrent()
      const key = params.join('\n')
      const known = remembered.get(sql)?.get(key)
      if (known !== undefined) return known as Row
      const before = generation
      const [row] = await storage.query<Row>(sql, params)
      if (row === undefined || generation !== before) return row
      if (size >= maxRows) forget()
      const rows = remembered.get(sql) ?? new Map<string, unknown>()
      remembered.set(sql, rows.set(key, row))
      size += 1
      return row
    },
  }
}
