// Prepared statements by their text, the least recently used one let go of when there are too many.
import type { Database, Statement } from 'bun:sqlite'

const maxStatements = 256

export type StatementCache = { prepare(sql: string): Statement; clear(): void }

export function createStatementCache(database: Database): StatementCache {
  const prepared = new Map<string, Statement>()
  return {
    prepare(sql) {
      let statement = prepared.get(sql)
      if (statement) {
        prepared.delete(sql)
      } else {
        statement = database.prepare(sql)
        if (prepared.size >= maxStatements) {
          const [oldest, unused] = prepared.entries().next().value!
          prepared.delete(oldest)
          unused.finalize()
        }
      }
      prepared.set(sql, statement)
      return statement
    },
    clear() {
      for (const statement of prepared.values()) statement.finalize()
      prepared.clear()
    },
  }
}
