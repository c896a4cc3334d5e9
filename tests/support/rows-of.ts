// Every row of a relay's database as text, so that a test can say that none has changed.
import { Database } from 'bun:sqlite'
import type { StartedRelay } from './start-relay.ts'

/** How the relay stands is told by itself (O6), and what Claude's transcripts cost is read by itself: each at times of its own. */
const ofItself = /^(events|tops) .*"channel":"system"|^usage .*"source":"terminal"/

/** In the order of the alphabet, each with the name of its table; without the kept answers, for a refusal is one too (I3), and what the relay writes down by itself. */
export function rowsOf(relay: Pick<StartedRelay, 'config'>): string[] {
  const database = new Database(relay.config.databaseUrl.replace(/^sqlite:/, ''), { readonly: true })
  try {
    const made = database.query("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('answers', 'terminal_files', 'own_answers', 'own_conversations') ORDER BY name").all() as { name: string; sql: string }[]
    // An index of words is made of rows that are looked at, and holds none of its own.
    const indexes = made.filter(({ sql }) => sql.startsWith('CREATE VIRTUAL')).map(({ name }) => name)
    const tables = made.filter(({ name }) => !indexes.some((index) => name === index || name.startsWith(`${index}_`)))
    return tables.flatMap(({ name }) => (database.query(`SELECT * FROM ${name}`).all() as object[]).map((row) => `${name} ${JSON.stringify(row)}`)).filter((row) => !ofItself.test(row)).sort()
  } finally {
    database.close()
  }
}

/** At most ten rows that are gone or new. */
export function changesOf(before: readonly string[], now: readonly string[]): string[] {
  const [old, fresh] = [new Set(before), new Set(now)]
  return [...before.filter((row) => !fresh.has(row)).map((row) => `- ${row}`), ...now.filter((row) => !old.has(row)).map((row) => `+ ${row}`)].slice(0, 10)
}
