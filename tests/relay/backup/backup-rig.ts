// A data folder with a database, people, sessions and uploaded files; and `ensemble` run on it as people run it.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withAccounts } from '../../../relay/cli/open-accounts.ts'
import { systemClock } from '../../../relay/clock.ts'
import { readConfig, type Config } from '../../../relay/config.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'

const root = join(import.meta.dir, '..', '..', '..')
export const quiet = createLog(() => undefined, systemClock)

export type BackupRig = Awaited<ReturnType<typeof backupRig>>

/** `folder`: where all of it lies; a temporary one by itself. */
export async function backupRig(folder = realpathSync(mkdtempSync(join(tmpdir(), 'ensemble-backup-')))) {
  const configOf = (data: string): Config => {
    const read = readConfig({ ENSEMBLE_DATA: data }, [], { folder, home: folder, memoryBytes: 1 })
    if ('problem' in read) throw new Error(read.problem)
    return read.ok
  }

  async function inDatabase<T>(data: string, work: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = await openStorage({ url: configOf(data).databaseUrl, clock: systemClock, log: quiet })
    try {
      return await work(storage)
    } finally {
      await storage.close()
    }
  }

  /** Two users, a session with `events` events, two files; what is returned is what a restored folder has to hold. */
  async function fill(data: string, events = 50): Promise<void> {
    await withAccounts(configOf(data), async ({ accounts }) => {
      await accounts.add({ name: 'minji', role: 'admin', password: 'a long password' })
      await accounts.add({ name: 'jun', role: 'user' })
      await accounts.createToken((await accounts.find('jun'))!.id, { ttlMs: 3_600_000 })
    })
    const files = { 'a.txt': Buffer.from('first'), 'b.bin': Buffer.alloc(3_000_000, 7) }
    mkdirSync(join(data, 'files', 'incoming'), { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(data, 'files', name), content)
    await inDatabase(data, async (storage) => {
      const [owner] = await storage.query<{ id: string }>("SELECT id FROM users WHERE name = 'minji'")
      const file = (name: string, content: Buffer) => ({
        sql: 'INSERT INTO files (id, session_id, user_id, filename, content_type, size, sha256, blob, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)',
        params: [name, 's', owner!.id, name, 'x/y', content.length, new Bun.CryptoHasher('sha256').update(content).digest('hex'), name],
      })
      const { outcome } = await storage.commit({
        statements: [
          { sql: "INSERT INTO workspaces (id, path, name, is_default, created_at) VALUES ('w', '/w', 'w', 1, 0)" },
          { sql: "INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at) VALUES ('s', 'w', 'Tides', 'prompt', ?, 'workspace', 'idle', 'default', 0, 0)", params: [owner!.id] },
          ...Object.entries(files).map(([name, content]) => file(name, content)),
        ],
        events: Array.from({ length: events }, (_, n) => ({ channel: 'session:s', type: 'log', data: JSON.stringify({ n, words: 'w'.repeat(500) }), timestamp: n })),
      })
      if (outcome !== 'committed') throw new Error(outcome)
      // Holes among the row ids, as trimming leaves them.
      await storage.commit({ statements: [{ sql: 'DELETE FROM events WHERE seq IN (2, 3, 7)' }] })
    })
  }

  return {
    folder,
    at: (...names: string[]) => join(folder, ...names),
    configOf,
    fill,
    rows: <Row>(data: string, sql: string) => inDatabase(data, (storage) => storage.query<Row>(sql)),
    run: (data: string, sql: string) => inDatabase(data, (storage) => storage.commit({ statements: [{ sql }] })),
    /** Bun may make a folder of its own in its home. */
    names: (path: string) => readdirSync(path).filter((name) => name !== '.bun').sort(),
    ensemble(args: string[], data: string, runtime = process.execPath) {
      const run = Bun.spawnSync([runtime, join(root, 'relay', 'cli', 'ensemble.mjs'), ...args], { cwd: folder, env: { PATH: process.env['PATH']!, HOME: folder, ENSEMBLE_DATA: data }, stdin: 'ignore' })
      return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() }
    },
    /** While this process goes on: what it asks may be answered here. */
    async ensembleBeside(args: string[], data: string, env: Record<string, string>) {
      const run = Bun.spawn([process.execPath, join(root, 'relay', 'cli', 'ensemble.mjs'), ...args], { cwd: folder, env: { PATH: process.env['PATH']!, HOME: folder, ENSEMBLE_DATA: data, ...env }, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
      const [out, err, code] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text(), run.exited])
      return { code, out, err }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
