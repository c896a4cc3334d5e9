// What people and sessions have of files, as triggers keep it: the same as if all rows were looked at, whatever was done to them.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { migrate, readMigrations } from '../../../relay/storage/migrate.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const migrations = readMigrations(join(import.meta.dir, '../../../relay/storage/migrations'))
const byHeld = 32

const heldIn = (database: Database) => database.query('SELECT owner, bytes, files FROM held ORDER BY owner').all()
/** The same bytes once; of a person the same bytes are one file, in a session each row is one. */
const lookedAt = (database: Database) =>
  database
    .query(
      `SELECT 'user ' || user_id AS owner, SUM(size) AS bytes, COUNT(*) AS files FROM (SELECT DISTINCT user_id, blob, size FROM files WHERE deleted_at IS NULL) GROUP BY user_id
       UNION ALL SELECT 'session ' || session_id, SUM(size), SUM(rows) FROM (SELECT session_id, size, COUNT(*) AS rows FROM files WHERE deleted_at IS NULL AND session_id IS NOT NULL GROUP BY session_id, blob) GROUP BY session_id
       ORDER BY owner`,
    )
    .all()

test('what was there before, and whatever is done to files afterwards', () => {
  const seed = Number(process.env['HELD_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`held: HELD_SEED=${seed}`)
  const random = seededRandom(seed)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const database = new Database(':memory:')
  migrate(database, migrations.filter(({ number }) => number < byHeld), 1)
  const [users, sessions] = [['u1', 'u2', 'u3'], [null, 's1', 's2', 's3']]
  const blobs = Array.from({ length: 40 }, (_, at) => ({ blob: `b${at}`, size: at }))
  let ids = 0
  const idOf = () => `f${Math.floor(random() * ids)}`
  const deeds = [
    () => {
      const { blob, size } = one(blobs)
      database.run("INSERT INTO files (id, session_id, user_id, filename, content_type, size, sha256, blob, created_at) VALUES (?, ?, ?, 'a', '', ?, '', ?, 1)", [`f${ids++}`, one(sessions), one(users), size, blob])
    },
    () => database.run('UPDATE files SET deleted_at = 1 WHERE id = ? AND deleted_at IS NULL', [idOf()]),
    () => database.run('UPDATE files SET deleted_at = NULL WHERE id = ?', [idOf()]),
    () => database.run('UPDATE files SET session_id = ? WHERE id = ?', [one(sessions), idOf()]),
    () => database.run('UPDATE files SET user_id = ? WHERE id = ?', [one(users), idOf()]),
    () => database.run('DELETE FROM files WHERE id = ?', [idOf()]),
    () => (random() < 0.02 ? database.run('DELETE FROM files WHERE session_id = ?', [one(sessions)]) : null),
  ]
  database.run('PRAGMA foreign_keys = OFF')
  for (let done = 0; done < 300; done++) one([...deeds, deeds[0]!])()
  migrate(database, migrations, 1)
  expect(heldIn(database)).toEqual(lookedAt(database))
  for (let done = 0; done < 1_500; done++) {
    one([...deeds, deeds[0]!])()
    if (done % 10 === 0) expect({ done, held: heldIn(database) }).toEqual({ done, held: lookedAt(database) })
  }
  expect(heldIn(database).length).toBeGreaterThan(3)
  database.run('DELETE FROM files')
  expect(heldIn(database)).toEqual([])
})
