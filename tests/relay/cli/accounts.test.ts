// `ensemble token` and `ensemble user` as people run them: what they print where, what they change, how they refuse.
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withAccounts } from '../../../relay/cli/open-accounts.ts'
import { readConfig } from '../../../relay/config.ts'
import { outcomeOf } from '../auth/auth-rig.ts'

const root = join(import.meta.dir, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'ensemble-cli-'))
const data = join(folder, 'data')
afterAll(() => rmSync(folder, { recursive: true }))

function ensemble(args: string[], { stdin = '', runtime = process.execPath, env = {} }: { stdin?: string; runtime?: string; env?: Record<string, string> } = {}) {
  const run = Bun.spawnSync([runtime, join(root, 'relay', 'cli', 'ensemble.mjs'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH']!, HOME: folder, ENSEMBLE_DATA: data, ...env },
    stdin: Buffer.from(stdin),
  })
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() }
}
const read = readConfig({ ENSEMBLE_DATA: data }, [], { folder, home: folder, memoryBytes: 1 })
const config = 'ok' in read ? read.ok : null
const identify = (token: string) => withAccounts(config!, (auth) => auth.identify(token, { address: null, agent: null }))

describe('token', () => {
  test('prints the token and nothing else, for a user it makes when there is none', async () => {
    expect(ensemble(['user', 'list'])).toMatchObject({ code: 0, err: expect.stringContaining(`Nobody in ${data} so far`) })
    const { code, out, err } = ensemble(['token', '--user', 'ci', '--role', 'viewer'])
    expect([code, err]).toEqual([0, 'Added ci (viewer).\n'])
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(await identify(out.trim())).toMatchObject({ name: 'ci', role: 'viewer', kind: 'cli' })
    expect(statSync(data).mode & 0o777).toBe(0o700)
    for (const name of ['ensemble.sqlite', 'jwt-secret']) expect(statSync(join(data, name)).mode & 0o777).toBe(0o600)
  })

  test('under Node as well, and for a known user the role only lowers the token', async () => {
    const raised = ensemble(['token', '--user=ci', '--role=admin', '--ttl=24h'], { runtime: 'node' })
    expect([raised.code, raised.err]).toEqual([0, ''])
    expect((await identify(raised.out.trim())).role).toBe('viewer')
    ensemble(['user', 'add', 'boss', '--role', 'admin', '--no-password'])
    const lowered = ensemble(['token', '--user', 'boss', '--role', 'viewer', '--ttl', '90s'])
    const who = await identify(lowered.out.trim())
    expect(who.role).toBe('viewer')
    expect(who.expiresAt - Date.now()).toBeLessThanOrEqual(90_000)
  })

  test('says what is wrong, on stderr, with a code', () => {
    const cases: [string[], RegExp][] = [
      [[], /Say for whom/],
      [['--user'], /needs a value/],
      [['--user', 'x', '--ttl', '25h'], /24h at most/],
      [['--user', 'x', '--ttl', 'soon'], /90s, 15m or 1h/],
      [['--user', 'x', '--ttl', '0s'], /90s, 15m or 1h/],
      [['--user', 'x', '--role', 'root'], /admin, user or viewer/],
      [['--user', '<x>'], /a name has/],
      [['--user', 'x', '--frobnicate'], /--frobnicate is unknown/],
    ]
    for (const [args, pattern] of cases) {
      const { code, out, err } = ensemble(['token', ...args])
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(pattern)
      expect(err).not.toContain('    at ')
    }
  })
})

describe('user', () => {
  test('add, list, passwd, remove', async () => {
    expect(ensemble(['user', 'add', 'hana'], { stdin: 'a good password\n' })).toMatchObject({ code: 0, out: '', err: 'Added hana (user).\n' })
    expect(ensemble(['user', 'add', 'HANA', '--no-password']).err).toBe('ensemble: there is a user named HANA already\n')
    expect(ensemble(['user', 'add', 'weak'], { stdin: 'short' })).toMatchObject({ code: 1, err: 'ensemble: a password has at least 8 characters\n' })
    expect(ensemble(['user', 'list']).out).toMatch(/^NAME +ROLE +PASSWORD\n(?:.*\n)*hana +user +yes\n/)
    const signIn = (password: string) => withAccounts(config!, (auth) => outcomeOf(auth.signIn.byPassword({ username: 'hana', password }, { address: null, agent: null })))
    expect(await signIn('a good password')).toBe('allowed')
    expect(ensemble(['user', 'passwd', 'hana'], { stdin: 'another password' }).code).toBe(0)
    expect([await signIn('a good password'), await signIn('another password')]).toEqual(['UNAUTHORIZED', 'allowed'])
    expect(ensemble(['user', 'remove', 'hana']).code).toBe(0)
    expect(await signIn('another password')).toBe('UNAUTHORIZED')
    expect(ensemble(['user', 'remove', 'hana'])).toMatchObject({ code: 1, err: 'ensemble: there is no user named hana\n' })
  })

  test('without an action, or for nobody, tells how', () => {
    for (const args of [['user'], ['user', 'dance'], ['user', 'add'], ['user', 'remove', 'a', 'b']]) expect(ensemble(args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('ensemble user list') })
  })
})

test('help names every command and setting; version and settings print', () => {
  const help = ensemble(['--help']).out
  for (const word of ['ensemble [start] [folder]', 'ensemble demo', 'ensemble login', 'ensemble token', 'ensemble user add', '--public-url']) expect(help).toContain(word)
  expect(ensemble(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(ensemble(['settings']).out).toContain('| `PORT` | `8765` |')
})

test('each command tells of itself, whichever way one asks', () => {
  const ways: [string, string][] = [['demo', 'See it work without a key'], ['login', 'the Claude CLI that the relay uses'], ['token', '[--ttl 1h]'], ['user', '[--no-password]'], ['doctor', '[--json]'], ['backup', '[--replace]'], ['restore', '[--keep-sign-ins]'], ['settings', 'Print all settings']]
  for (const [command, word] of ways) {
    const asked = [[command, '--help'], [command, '-h'], ['help', command]].map((args) => ensemble(args))
    for (const each of asked) expect(each).toMatchObject({ code: 0, err: '', out: asked[0]!.out })
    expect(asked[0]!.out).toContain(word)
    expect(asked[0]!.out).not.toContain('--public-url')
  }
  // Also behind settings, and where a relay would start.
  expect(ensemble(['--port', '1', '--help'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('ensemble [start] [folder]') })
})

test('what is unknown is named, with what there is; nothing starts', () => {
  const wrong: [string[], string][] = [
    [['dmeo'], 'There is neither a command nor a folder "dmeo" here. Commands: demo, login, token, user, doctor, backup, restore, settings. See ensemble --help.'],
    [['help', 'dance'], 'There is no command "dance". Commands: demo, login, token, user, doctor, backup, restore, settings.'],
    [['--prot', '80'], '--prot is unknown. See ensemble --help.'],
    [['demo', '--prot', '80'], '--prot is unknown. See ensemble --help.'],
    [['demo', '-p', '80'], '-p is unknown. See ensemble --help.'],
    [['demo', 'folder'], 'The demo brings a folder of its own: start it without one.'],
    [['token', '--for', 'x'], '--for is unknown. See ensemble --help.'],
    [['settings', 'all'], 'ensemble settings takes nothing more, but there is "all".'],
    [['--version', '2'], 'ensemble --version takes nothing more, but there is "2".'],
    [['user', 'dance'], 'There is no "user dance": ensemble user list | add NAME [--role admin|user|viewer] [--no-password] | passwd NAME | remove NAME'],
  ]
  for (const [args, words] of wrong) expect(ensemble([...args, '--no-build'])).toEqual({ code: 1, out: '', err: `ensemble: ${words}\n` })
})

test('wrong settings refuse every command with a sentence', () => {
  expect(ensemble(['token', '--user', 'x'], { env: { JWT_SECRET: 'short' } })).toMatchObject({ code: 1, out: '', err: expect.stringContaining('openssl rand') })
  expect(ensemble(['--no-build', '/no/such/folder'])).toMatchObject({ code: 1, err: expect.stringContaining('is not a folder') })
})
