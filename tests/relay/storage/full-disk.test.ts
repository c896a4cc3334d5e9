// A disk that is really full. Needs the right to mount a small tmpfs; the same error without it is in sqlite.test.ts.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSecret } from '../../../relay/auth/secret.ts'
import { sentenceOf } from '../../../relay/cli/command-line.ts'
import type { StorageError } from '../../../relay/storage/storage.ts'
import { tempStorage } from './temp-storage.ts'

const disk = mkdtempSync(join(tmpdir(), 'ensemble-disk-'))
const mounted = process.platform === 'linux' && Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stderr: 'ignore' }).success

beforeAll(() => void mkdirSync(join(disk, 'data'), { recursive: true }))
afterAll(() => {
  if (mounted) Bun.spawnSync(['umount', disk])
  rmSync(disk, { recursive: true, force: true })
})

test.skipIf(!mounted)('says `full`, keeps what it had, and goes on when there is room', async () => {
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(2_500 * 1024))
  const temp = tempStorage()
  const storage = await temp.open({ url: `sqlite:${disk}/data/ensemble.db` })
  const data = JSON.stringify('z'.repeat(20_000))
  const publish = () => storage.commit({ events: [{ channel: 'session:1', type: 'log', data, timestamp: 1 }] })

  let kept = 0
  let problem: StorageError | null = null
  while (problem === null && kept < 100) {
    await publish().then(() => kept++, (caught: StorageError) => (problem = caught))
  }
  expect(problem).toMatchObject({ name: 'StorageError', code: 'full' })
  expect(await storage.query('SELECT COUNT(*) AS count FROM events')).toEqual([{ count: kept }])

  unlinkSync(join(disk, 'ballast'))
  expect(await publish()).toMatchObject({ outcome: 'committed', positions: [{ seq: kept + 1 }] })
  await storage.close()
  const again = await temp.open({ url: `sqlite:${disk}/data/ensemble.db` })
  expect(await again.query('SELECT COUNT(*) AS count FROM events')).toEqual([{ count: kept + 1 }])
  await temp.remove()
})

test.skipIf(!mounted)('a secret that is there is only read; one that cannot be made leaves nothing behind, and the start says why in a sentence', () => {
  rmSync(join(disk, 'data'), { recursive: true })
  const folder = join(disk, 'secret')
  mkdirSync(folder)
  const secret = readSecret(null, folder)
  const fill = () => {
    for (;;) appendFileSync(join(disk, 'ballast'), Buffer.alloc(4096))
  }
  expect(fill).toThrow('ENOSPC')
  expect(readSecret(null, folder)).toEqual(secret)
  unlinkSync(join(folder, 'jwt-secret'))
  expect(fill).toThrow('ENOSPC')
  let problem: unknown
  try {
    readSecret(null, folder)
  } catch (error) {
    problem = error
  }
  expect(sentenceOf(problem)).toContain('no room on the disk')
  expect(readdirSync(folder)).toEqual([])
})
