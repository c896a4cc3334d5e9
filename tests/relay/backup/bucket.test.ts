// Backups of a relay whose files lie in a bucket: the bytes go in and come out, also into the other kind of store, and a store that is away changes nothing.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { s3Keys, s3Server, type S3Server } from '../../support/s3-server.ts'
import { backupRig, type BackupRig } from './backup-rig.ts'

let rig: BackupRig
let server: S3Server
let env: Record<string, string>
let data: string
let file: string
const contents = { 'a.txt': Buffer.from('first'), 'b.bin': Buffer.alloc(3_000_000, 7) }
beforeAll(async () => {
  rig = await backupRig()
  server = s3Server()
  env = { FILES_URL: server.url, S3_ACCESS_KEY_ID: s3Keys.accessKeyId, S3_SECRET_ACCESS_KEY: s3Keys.secretAccessKey }
  data = rig.at('data')
  file = rig.at('bucket.tar')
  await rig.fill(data)
  for (const [name, content] of Object.entries(contents)) {
    server.objects.set(`team/${await epochOf(data)}/${name}`, new Uint8Array(content))
    rmSync(join(data, 'files', name))
  }
})
afterAll(async () => {
  await server.stop()
  rig.remove()
})

const epochOf = async (folder: string) => (await rig.rows<{ value: string }>(folder, "SELECT value FROM meta WHERE name = 'epoch'"))[0]!.value
const inBucket = (epoch: string) => Object.fromEntries([...server.objects].filter(([key]) => key.startsWith(`team/${epoch}/`)).map(([key, bytes]) => [key.slice(`team/${epoch}/`.length), Buffer.from(bytes)]))
const fresh = (name: string) => {
  mkdirSync(rig.at(name), { mode: 0o700 })
  return rig.at(name)
}

test('what lies in the bucket is in the backup, and no key is', async () => {
  const { code, out, err } = await rig.ensembleBeside(['backup', file], data, env)
  expect([code, out]).toEqual([0, expect.stringMatching(/2 files\. Written, read again and found whole\.\n$/)])
  expect(Bun.spawnSync(['tar', '-xOf', file, 'files/b.bin']).stdout.equals(contents['b.bin'])).toBe(true)
  for (const secret of Object.values(s3Keys)) expect([out.includes(secret), err.includes(secret), readFileSync(file).includes(secret)]).toEqual([false, false, false])
})

test('restored into the bucket it lies in a place of its own; what was there before stays, and is named', async () => {
  const before = await epochOf(data)
  const to = fresh('to')
  expect((await rig.ensembleBeside(['restore', file], to, env)).code).toBe(0)
  const first = await epochOf(to)
  expect([inBucket(first), inBucket(before)]).toEqual([contents, contents])
  expect(rig.names(join(to, 'files'))).toEqual(['copies'])
  const again = await rig.ensembleBeside(['restore', file, '--replace'], to, env)
  const second = await epochOf(to)
  expect([again.code, again.err]).toEqual([0, expect.stringContaining(`s3://files/team/${first}/`)])
  expect([first === second, inBucket(first), inBucket(second)]).toEqual([false, contents, contents])
})

test('a backup moves files from one kind of store to the other, and back', async () => {
  const local = fresh('local')
  expect((await rig.ensembleBeside(['restore', file], local, {})).code).toBe(0)
  for (const [name, content] of Object.entries(contents)) expect(readFileSync(join(local, 'files', name)).equals(content)).toBe(true)
  const moved = rig.at('moved.tar')
  expect((await rig.ensembleBeside(['backup', moved], local, {})).code).toBe(0)
  expect((await rig.ensembleBeside(['restore', moved, '--replace'], local, env)).code).toBe(0)
  expect([inBucket(await epochOf(local)), existsSync(join(local, 'files', 'a.txt'))]).toEqual([contents, false])
})

test('while the store is away nothing is saved that is not whole, nothing is changed, and nothing is left', async () => {
  server.fail(({ method, key }) => (method === 'GET' && key.endsWith('b.bin') ? 'error' : null))
  const backup = await rig.ensembleBeside(['backup', rig.at('away.tar')], data, env)
  expect([backup.code, backup.out, backup.err]).toEqual([1, '', expect.stringContaining('The store of uploaded files does not answer')])
  const to = rig.at('to')
  const [epoch, keys] = [await epochOf(to), [...server.objects.keys()].sort()]
  server.fail(({ method, key }) => (method === 'PUT' && key.endsWith('b.bin') ? 'error' : null))
  const restore = await rig.ensembleBeside(['restore', file, '--replace'], to, env)
  expect([restore.code, restore.out, restore.err]).toEqual([1, '', expect.stringContaining('Nothing was changed')])
  expect([await epochOf(to), [...server.objects.keys()].sort()]).toEqual([epoch, keys])
  expect(rig.names(rig.folder).filter((name) => name.includes('away') || name.includes('part'))).toEqual([])
  expect(rig.names(to).filter((name) => name.includes('restoring'))).toEqual([])
  server.heal()
})

test('the doctor says whether the bucket answers, and why not', async () => {
  const saysOf = async (more: Record<string, string>) => {
    const { out } = await rig.ensembleBeside(['doctor', '--json'], data, { ...env, ...more })
    return (JSON.parse(out) as { checks: { id: string; state: string; says: string }[] }).checks.find(({ id }) => id === 'files')
  }
  expect(await saysOf({})).toEqual({ id: 'files', state: 'ok', says: 's3://files/team/ answers' })
  expect(await saysOf({ S3_SECRET_ACCESS_KEY: 'wrong' })).toMatchObject({ state: 'fail', says: expect.stringContaining('(SignatureDoesNotMatch)') })
  expect(await saysOf({ FILES_URL: '' })).toMatchObject({ state: 'ok', says: 'kept in the data folder' })
})
