// `ensemble backup` and `ensemble restore` on folders that lie still: what goes in comes out, and nothing half is taken for whole.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import * as fc from 'fast-check'
import { appendFileSync, copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { Damaged, restoreBackup } from '../../../relay/backup/backup.ts'
import { createLocalBlobs } from '../../../relay/files/local-blobs.ts'
import { targetOf } from '../../../relay/cli/backup-target.ts'
import { withAccounts } from '../../../relay/cli/open-accounts.ts'
import { systemClock } from '../../../relay/clock.ts'
import { demoDataOf } from '../../../relay/config.ts'
import { holdDataFolder } from '../../../relay/data-folder.ts'
import { backupRig, quiet, type BackupRig } from './backup-rig.ts'

let rig: BackupRig
let data: string
let file: string
beforeAll(async () => {
  rig = await backupRig()
  data = rig.at('data')
  file = rig.at('a.tar')
  await rig.fill(data)
  const { code, out, err } = rig.ensemble(['backup', file], data)
  expect([code, out]).toEqual([0, expect.stringMatching(/^\/.*a\.tar \(3\.\d MB\): 2 users, 1 session, 47 events, 2 files\. Written, read again and found whole\.\n$/)])
  expect(err).toContain('The signing secret is not in it.')
})
afterAll(() => rig.remove())

const restore = (from: string, to: string, keepSignIns = false) =>
  restoreBackup({ file: from, databasePath: join(to, 'ensemble.sqlite'), dataFolder: to, openBlobs: (folder) => createLocalBlobs({ folder }), filesElsewhere: false, newEpoch: 'anew', keepSignIns, machineUser: 'op', clock: systemClock, log: quiet })
const fresh = (name: string) => {
  const folder = rig.at(name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

describe('backup', () => {
  test('is a tar that only its owner reads, with everything but the secret', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const listed = Bun.spawnSync(['tar', '-tf', file])
    expect([listed.exitCode, listed.stdout.toString().trim().split('\n')]).toEqual([0, ['ensemble.sqlite', 'files/a.txt', 'files/b.bin', 'manifest.json']])
    expect(readFileSync(file).includes(readFileSync(join(data, 'jwt-secret')).subarray(0, 40))).toBeFalse()
    expect(rig.names(rig.folder)).toEqual(['a.tar', 'data'])
    expect(JSON.parse(readFileSync(join(data, 'last-backup.json'), 'utf8'))).toMatchObject({ file, bytes: statSync(file).size })
  })

  test('takes no name that is taken, unless told to; into a folder under a name of its own', () => {
    const before = readFileSync(file)
    const refused = rig.ensemble(['backup', file], data)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('is there already, and was left alone')])
    expect(readFileSync(file).equals(before)).toBeTrue()
    const copy = rig.at('copy.tar')
    writeFileSync(copy, 'something else')
    expect(rig.ensemble(['backup', 'copy.tar', '--replace'], data, 'node').code).toBe(0)
    expect(statSync(copy).size).toBe(before.length)
    const folder = fresh('many')
    expect(rig.ensemble(['backup', folder], data).code).toBe(0)
    expect(rig.names(folder)).toEqual([expect.stringMatching(/^ensemble-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.tar$/)])
  })

  test('takes the place of nothing that is the relay’s own, whatever --replace says and whichever way it is named', async () => {
    const to = rig.at('own')
    await rig.fill(to, 1)
    symlinkSync(to, rig.at('way-in'))
    renameSync(join(to, 'ensemble.sqlite'), join(fresh('disk'), 'real.sqlite'))
    symlinkSync(rig.at('disk', 'real.sqlite'), join(to, 'ensemble.sqlite'))
    linkSync(rig.at('disk', 'real.sqlite'), rig.at('second-name'))
    const before = ['ensemble.sqlite', 'jwt-secret'].map((name) => readFileSync(join(to, name)))
    const names = ['ensemble.sqlite', 'ensemble.sqlite-wal', 'ensemble.sqlite-shm', 'ensemble.sqlite-journal', 'ensemble.sqlite.restoring', 'Ensemble.SQLite', 'jwt-secret', 'JWT-secret', 'relay.lock', 'relay.json', 'last-backup.json', 'relay.log', 'files']
    const paths = [...names.flatMap((name) => [join(to, name), join(rig.at('way-in'), name)]), rig.at('second-name'), rig.at('disk', 'real.sqlite'), rig.at('disk', 'real.sqlite-wal'), join(rig.at('way-in'), 'files', 'a.txt'), 'own/./files/../jwt-secret']
    for (const path of paths) expect(() => targetOf(resolve(rig.folder, path), { databasePath: join(to, 'ensemble.sqlite'), dataFolder: to, now: 0 }), path).toThrow(/Choose another (name or )?place/)
    for (const path of [join(to, 'ensemble.sqlite'), 'own/./files/../jwt-secret']) {
      const { code, err } = rig.ensemble(['backup', path, '--replace'], to)
      expect([path, code, err]).toEqual([path, 1, expect.stringMatching(/Choose another (name or )?place/)])
    }
    expect(['ensemble.sqlite', 'jwt-secret'].map((name, index) => readFileSync(join(to, name)).equals(before[index]!))).toEqual([true, true])
    expect(rig.ensemble(['backup', join(to, 'mine.tar')], to).code).toBe(0)
    expect(rig.ensemble(['backup', to], to).code).toBe(0)
  }, 60_000)

  test('says what it cannot do, and leaves nothing', () => {
    writeFileSync(rig.at('a-file'), '')
    const cases: [string[], string, RegExp][] = [
      [['backup'], data, /ensemble backup FILE/],
      [['backup', 'a', 'b'], data, /ensemble backup FILE/],
      [['backup', rig.at('no', 'such', 'folder.tar')], data, /There is no folder \S*no.such\. Nothing was changed\./],
      [['backup', rig.at('a-file', 'x.tar')], data, /Something on the way to \S*x\.tar is a file, not a folder\. Nothing was changed\./],
      [['backup', join(data, 'files', 'x.tar')], data, /for uploaded files only/],
      [['backup', 'x.tar'], rig.at('nothing'), /There is nothing to save/],
      [['backup', 'x.tar', '--frobnicate'], data, /unknown/],
      [['restore'], data, /ensemble restore FILE/],
      [['restore', 'none.tar'], rig.at('nothing'), /There is no \S*none\.tar\. Nothing was changed\./],
      [['restore', data], rig.at('nothing'), /is a folder, not a file\. Nothing was changed\./],
    ]
    for (const [args, where, pattern] of cases) {
      const { code, out, err } = rig.ensemble(args, where)
      expect([args, code, out, err]).toEqual([args, 1, '', expect.stringMatching(pattern)])
      expect(err).not.toMatch(/ {4}at |E[A-Z]{4,}/)
    }
    expect(rig.names(join(data, 'files'))).toEqual(['a.txt', 'b.bin', 'incoming'])
  })

  test('leaves a row in the audit: the console, the name and the size of the file, and where it lies nowhere', async () => {
    const target = rig.at('audited.tar')
    const { code, err } = rig.ensemble(['backup', target], data)
    expect([code, err.includes('could not be told')]).toEqual([0, false])
    const row = (await rig.rows<{ user_id: string | null; username: string; detail: string; address: string | null }>(data, "SELECT user_id, username, detail, address FROM audit WHERE action = 'relay.backup' ORDER BY id DESC LIMIT 1"))[0]!
    expect(row).toMatchObject({ user_id: null, username: 'console', address: null })
    expect(JSON.parse(row.detail)).toEqual({ file: 'audited.tar', bytes: statSync(target).size, machine_user: userInfo().username })
    expect(row.detail).not.toContain(rig.folder)
    // What was saved is of the moment before.
    const to = fresh('of-before')
    await restore(target, to)
    expect(await rig.rows(to, "SELECT action FROM audit WHERE detail LIKE '%audited.tar%'")).toEqual([{ action: 'relay.restore' }])
  })

  test('of a database of another version is made and said, though the audit cannot be told; nothing in it is changed', () => {
    const old = fresh('old')
    const path = join(old, 'ensemble.sqlite')
    const database = new Database(path)
    for (const sql of ['CREATE TABLE meta (name TEXT, value TEXT)', "INSERT INTO meta VALUES ('epoch', 'e')", ...['users', 'sessions', 'executions', 'events'].map((table) => `CREATE TABLE ${table} (id TEXT)`), 'CREATE TABLE files (blob TEXT, sha256 TEXT, deleted_at INTEGER)']) database.run(sql)
    database.close()
    const before = readFileSync(path)
    const { code, err } = rig.ensemble(['backup', rig.at('old.tar')], old)
    expect([code, err]).toEqual([0, expect.stringContaining('The audit log could not be told of it')])
    expect(readFileSync(path).equals(before)).toBeTrue()
  })

  test('tells of files that are gone or changed, and saves the rest', async () => {
    const other = rig.at('lossy')
    await rig.fill(other, 1)
    rmSync(join(other, 'files', 'a.txt'))
    writeFileSync(join(other, 'files', 'b.bin'), 'changed')
    const { code, err } = rig.ensemble(['backup', rig.at('lossy.tar')], other)
    expect(code).toBe(0)
    expect(err).toContain('1 uploaded file had no bytes on the disk: a.txt')
    expect(err).toContain('1 uploaded file on the disk had changed since the upload: b.bin')
    const { manifest } = await restore(rig.at('lossy.tar'), fresh('lossy-again'))
    expect(manifest.missing).toEqual(['a.txt'])
  })

  test('rows keep their row ids, by which searches find them', async () => {
    const to = fresh('rows')
    await restore(file, to)
    const rowsOf = (folder: string) => rig.rows<{ rowid: number; seq: number }>(folder, 'SELECT rowid, seq FROM events ORDER BY seq')
    const before = await rowsOf(data)
    expect(before.some(({ rowid }, index) => rowid !== index + 1)).toBeTrue()
    expect(await rowsOf(to)).toEqual(before)
  })
})

describe('restore', () => {
  test('W7 into an empty folder: all that was there, a new epoch, and nobody is signed in', async () => {
    const to = rig.at('elsewhere')
    const { code, out, err } = rig.ensemble(['restore', file, '--data', to], data)
    expect([code, out]).toEqual([0, expect.stringMatching(/^Restored to \/.*elsewhere, as of \d{4}-\d\d-\d\d \d\d:\d\d UTC: 2 users, 1 session, 47 events, 2 files\.\n$/)])
    expect(err).toContain('Everybody signs in again')
    expect(err).toContain('There was no database here that knew of later')
    expect(err).toEndWith('nothing can be asked until they are here.\n  /w (1 session)\n')
    for (const table of ['sessions', 'events', 'files', 'workspaces', 'users']) {
      const all = `SELECT * FROM ${table} ORDER BY 1, 2`
      expect([table, await rig.rows(to, all)]).toEqual([table, await rig.rows(data, all)])
    }
    for (const name of ['a.txt', 'b.bin']) expect(readFileSync(join(to, 'files', name)).equals(readFileSync(join(data, 'files', name)))).toBeTrue()
    const epochOf = async (folder: string) => (await rig.rows<{ value: string }>(folder, "SELECT value FROM meta WHERE name = 'epoch'"))[0]!.value
    expect(await epochOf(to)).not.toBe(await epochOf(data))
    expect(await rig.rows(to, 'SELECT sid FROM sign_ins WHERE revoked_at IS NULL')).toEqual([])
    expect(await rig.rows(to, "SELECT username, action FROM audit WHERE action = 'relay.restore'")).toEqual([{ username: 'console', action: 'relay.restore' }])
    expect([statSync(to).mode & 0o777, statSync(join(to, 'ensemble.sqlite')).mode & 0o777, statSync(join(to, 'files', 'a.txt')).mode & 0o777]).toEqual([0o700, 0o600, 0o600])
    expect(rig.names(to).filter((name) => /restoring|relay\.json/.test(name))).toEqual([])
  })

  test('W7 over what is there: that is set aside whole, and the secret stays', async () => {
    const to = rig.at('over')
    await rig.fill(to, 5)
    await rig.run(to, "UPDATE sessions SET title = 'Of later'")
    const secret = readFileSync(join(to, 'jwt-secret'))
    const { setAside, keptOut } = await restore(file, to, true)
    // The same names, and other people.
    expect(keptOut).toMatchObject({ removed: [], unknown: ['jun', 'minji'] })
    expect(setAside).toHaveLength(2)
    expect(await rig.rows(to, 'SELECT title FROM sessions')).toEqual([{ title: 'Tides' }])
    expect(await rig.rows(to, 'SELECT sid FROM sign_ins WHERE revoked_at IS NULL')).toHaveLength(1)
    const old = setAside.find((path) => path.includes('sqlite'))!
    const kept = new Database(old, { readonly: true })
    expect(kept.query('SELECT title FROM sessions').all()).toEqual([{ title: 'Of later' }])
    kept.close()
    expect(existsSync(join(setAside.find((path) => path !== old)!, 'b.bin'))).toBeTrue()
    expect(readFileSync(join(to, 'jwt-secret')).equals(secret)).toBeTrue()
  })

  test('W7 who was removed, lowered or given another password since stays so, and is named', async () => {
    const to = rig.at('put-out')
    const names = ['eve', 'low', 'pass', 'reset', 'high', 'same']
    await withAccounts(rig.configOf(to), async ({ accounts }) => {
      await accounts.add({ name: 'boss', role: 'admin' })
      for (const name of names) await accounts.add({ name, role: name === 'high' ? 'user' : 'admin', password: `${name} of that time` })
    })
    const usersOf = async () => Object.fromEntries((await rig.rows<{ name: string }>(to, 'SELECT name, role, password_hash, deleted_at FROM users')).map(({ name, ...row }) => [name, row]))
    const idOf = async (name: string) => (await rig.rows<{ id: string }>(to, `SELECT id FROM users WHERE name = '${name}'`))[0]!.id
    await rig.run(to, `INSERT INTO workspaces (id, path, name, is_default, created_at) VALUES ('w', '${to}', 'w', 1, 0)`)
    await rig.run(to, `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at) VALUES ('s', 'w', 'Tides', 'prompt', '${await idOf('high')}', 'workspace', 'held', 'default', 0, 0)`)
    for (const [place, name] of ['eve', 'low', 'eve', 'high'].entries()) {
      await rig.run(to, `INSERT INTO queued_prompts (message_id, session_id, execution_id, place, user_id, username, role, content, attachments, mode, queued_at) VALUES ('m${place}', 's', 'x${place}', ${place}, '${await idOf(name)}', '${name}', 'user', 'go on', '[]', 'queue', 0)`)
    }
    expect(rig.ensemble(['backup', rig.at('put-out.tar')], to).code).toBe(0)
    const then = await usersOf()
    await withAccounts(rig.configOf(to), async ({ accounts }) => {
      await accounts.remove('eve')
      await accounts.setPassword('pass', 'another of now')
      // Somebody of now only, under a name that was freed.
      await accounts.add({ name: 'Eve', role: 'viewer' })
    })
    await rig.run(to, "UPDATE users SET role = 'viewer' WHERE name = 'low'")
    await rig.run(to, "UPDATE users SET role = 'admin' WHERE name = 'high'")
    await rig.run(to, "UPDATE users SET password_hash = NULL WHERE name = 'reset'")
    const now = await usersOf()
    const { code, err } = rig.ensemble(['restore', rig.at('put-out.tar'), '--replace', '--keep-sign-ins'], to)
    expect([code, err]).toEqual([0, expect.stringMatching(/Removed since, and still: eve\.\nWith the lower role of now: low\.\nWith the password of now, or none as now: pass, reset\.\n.*\nWaited in a queue and will not be sent, for their authors may not ask any more: eve \(2 prompts in “Tides”\), low \(1 prompt in “Tides”\)\.\n$/)])
    const { Eve: _, ...rest } = now
    expect(await usersOf()).toEqual({ ...rest, high: then['high']! })
    await withAccounts(rig.configOf(to), async ({ accounts }) => expect(await accounts.find('eve')).toBeNull())
    const [told] = await rig.rows<{ detail: string }>(to, "SELECT detail FROM audit WHERE action = 'relay.restore'")
    expect(JSON.parse(told!.detail)).toMatchObject({ kept_out: { removed: ['eve'], lowered: ['low'], password: ['pass', 'reset'] } })
  }, 30_000)

  test('W7 a damaged database that is there is set aside as it is, and no password comes back', async () => {
    const to = fresh('wrecked')
    writeFileSync(join(to, 'ensemble.sqlite'), 'wrecked')
    writeFileSync(join(to, 'ensemble.sqlite-wal'), 'more')
    const { setAside, keptOut } = await restore(file, to)
    expect(keptOut).toBe('unreadable')
    expect(await rig.rows(to, 'SELECT name FROM users WHERE password_hash IS NOT NULL')).toEqual([])
    expect(setAside.map((path) => readFileSync(path, 'utf8')).sort()).toEqual(['more', 'wrecked'])
    expect(await rig.rows(to, 'SELECT title FROM sessions')).toEqual([{ title: 'Tides' }])
  })

  test('is refused while a relay holds the folder', () => {
    const to = fresh('held')
    const holding = holdDataFolder(to)
    if ('problem' in holding) throw new Error(holding.problem)
    holding.held.announce('http://127.0.0.1:1')
    const { code, err } = rig.ensemble(['restore', file, '--data', to], data)
    expect([code, err]).toEqual([1, expect.stringMatching(/A relay is running on .*held already.* Stop it first/)])
    expect(existsSync(join(to, 'ensemble.sqlite'))).toBeFalse()
    holding.held.release()
    expect(rig.ensemble(['restore', file, '--data', to], data).code).toBe(0)
  })

  test('goes where the other commands go: while only the demo runs that is the demo, and what is real stays as it is', () => {
    const to = fresh('real')
    const holding = holdDataFolder(demoDataOf(to))
    if ('problem' in holding) throw new Error(holding.problem)
    holding.held.announce('http://127.0.0.1:1')
    const { code, err } = rig.ensemble(['restore', file], to)
    expect([code, err]).toEqual([1, expect.stringMatching(/^Of the demo, which is running\.\n.* Stop it first/s)])
    expect(existsSync(join(to, 'ensemble.sqlite'))).toBeFalse()
    holding.held.release()
  })

  test('says which folder it writes, and takes neither a folder with data nor a backup of a demo for granted', async () => {
    const to = fresh('asked')
    expect(rig.ensemble(['restore', file], to)).toMatchObject({ code: 0, err: expect.stringContaining(`Restores ${file} to ${to}.`) })
    const before = readFileSync(join(to, 'ensemble.sqlite'))
    const refused = rig.ensemble(['restore', file], to)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/asked is not empty: .* Nothing was changed\. Say --replace/)])
    expect(readFileSync(join(to, 'ensemble.sqlite')).equals(before)).toBeTrue()
    expect(rig.ensemble(['restore', file, '--replace'], to).code).toBe(0)

    const [demo, saved, real] = [demoDataOf(rig.at('tried')), rig.at('demo.tar'), fresh('in-earnest')]
    await rig.fill(demo, 1)
    expect(rig.ensemble(['backup', saved], demo).code).toBe(0)
    const ofDemo = rig.ensemble(['restore', saved], real)
    expect([ofDemo.code, ofDemo.err]).toEqual([1, expect.stringMatching(/demo\.tar is of a demo.* Nothing was changed\. Say --data .*in-earnest\/demo\/data/)])
    expect(existsSync(join(real, 'ensemble.sqlite'))).toBeFalse()
    expect([rig.ensemble(['restore', saved, '--replace'], demo).code, rig.ensemble(['restore', saved, '--from-demo'], real).code]).toEqual([0, 0])
  }, 30_000)

  test('a database of a newer version is refused, and nothing is touched', async () => {
    const newer = rig.at('newer')
    await rig.fill(newer, 1)
    await rig.run(newer, "INSERT INTO migrations (number, name, at) VALUES (9999, 'of-later', 0)")
    expect(rig.ensemble(['backup', rig.at('newer.tar')], newer).code).toBe(0)
    const to = fresh('older')
    const { code, err } = rig.ensemble(['restore', rig.at('newer.tar'), '--data', to], data)
    expect([code, err]).toEqual([1, expect.stringContaining('newer version')])
    expect(rig.names(to).filter((name) => name !== 'relay.lock')).toEqual([])
  })
})

describe('a file that is not whole', () => {
  const broken = () => rig.at('broken.tar')
  async function refuses(to: string): Promise<boolean> {
    const before = rig.names(to)
    const outcome = await restore(broken(), to).then(() => null, (error: unknown) => error)
    if (outcome === null) return false
    expect(outcome).toBeInstanceOf(Damaged)
    expect(rig.names(to)).toEqual(before)
    return true
  }

  test('W7 cut off anywhere it is refused, and nothing of it is left', async () => {
    const to = fresh('cut')
    const { size } = statSync(file)
    for (const bytes of [0, 1, 511, 512, 513, 4_096, Math.floor(size / 2), size - 20_000, size - 1_537, size - 1_025, size - 1_024]) {
      copyFileSync(file, broken())
      truncateSync(broken(), bytes)
      expect([bytes, await refuses(to)]).toEqual([bytes, true])
    }
  })

  test('W7 with one bit turned it is refused, or what it held was none of it', async () => {
    const whole = readFileSync(file)
    const to = fresh('bits')
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= 1 << bit
        writeFileSync(broken(), bytes)
        if (await refuses(to)) return void refused++
        // Only what fills a block up is not looked at.
        expect(whole[at]).toBe(0)
        fresh('bits')
      }),
      { numRuns: 40 },
    )
    expect(refused).toBeGreaterThan(20)
  })

  test('what is something else is refused: text, another tar, names that lead out', async () => {
    const to = fresh('else')
    writeFileSync(broken(), 'hello\n'.repeat(1_000))
    expect(await refuses(to)).toBeTrue()
    for (const name of ['../evil', '/etc/evil', 'files/../../evil', 'files/.hidden', 'ensemble.sqlite/x', 'other']) {
      const header = Buffer.from(readFileSync(file).subarray(0, 512))
      header.fill(0, 0, 100)
      header.write(name, 0)
      header.fill(0x20, 148, 156)
      header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
      writeFileSync(broken(), Buffer.concat([header, readFileSync(file).subarray(512)]))
      expect([name, await refuses(to)]).toEqual([name, true])
    }
    // Everything once more behind the end of what it says it holds.
    const twice = readFileSync(file)
    writeFileSync(broken(), twice.subarray(0, twice.length - 1024))
    appendFileSync(broken(), twice)
    expect(await refuses(to)).toBeTrue()
    const { code, err } = rig.ensemble(['restore', broken(), '--data', to], data)
    expect([code, err]).toEqual([1, expect.stringMatching(/is no whole backup: .*Nothing was changed/)])
  })
})
