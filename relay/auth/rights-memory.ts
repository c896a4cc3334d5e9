// Rows that rights are decided by, remembered for as long as no such row has changed: triggers in the database count the changes.
import type { Clock } from '../clock.ts'
import type { Param, Storage } from '../storage/storage.ts'

/** Changes made by another process are felt within this time; those of this process in the tick of their commit. */
const lookEveryMs = 100
const maxRows = 20_000

type RightsMemory = {
  /** The first row of the query as it is now, at once if it is remembered; undefined when there is none, which never is. */
  row<Row extends object>(sql: string, params: Param[]): Row | Promise<Row | undefined>
  /** Another process is known to have changed something: the next row is read, however short ago it was. */
  forget(): void
}

export function createRightsMemory({ storage, clock }: { storage: Pick<Storage, 'query' | 'commits'>; clock: Pick<Clock, 'now'> }): RightsMemory {
  /** By query, then by its parameters. */
  const remembered = new Map<string, Map<string, object>>()
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
    commits = -1
  }

  function isCurrent(): boolean {
    const sinceLook = clock.now() - lookedAt
    return commits === storage.commits() && sinceLook >= 0 && sinceLook < lookEveryMs
  }

  async function look(): Promise<void> {
    const [now, counted, before] = [clock.now(), storage.commits(), generation]
    const [row] = await storage.query<{ version: number }>('SELECT version FROM rights_version')
    // All was forgotten meanwhile: this may be older than the reason for that.
    if (generation !== before) return
    if (row?.version !== version) forget()
    version = row?.version ?? null
    commits = counted
    lookedAt = now
  }

  async function read<Row extends object>(sql: string, params: Param[], key: string): Promise<Row | undefined> {
    if (!isCurrent()) await look()
    const known = remembered.get(sql)?.get(key)
    if (known) return known as Row
    const before = generation
    const [row] = await storage.query<Row>(sql, params)
    if (row === undefined || generation !== before) return row
    if (size >= maxRows) forget()
    const rows = remembered.get(sql) ?? new Map<string, object>()
    remembered.set(sql, rows.set(key, row))
    size += 1
    return row
  }

  return {
    forget,
    row<Row extends object>(sql: string, params: Param[]) {
      const key = params.join('\n')
      const known = isCurrent() ? remembered.get(sql)?.get(key) : undefined
      return (known as Row | undefined) ?? read<Row>(sql, params, key)
    },
  }
}
