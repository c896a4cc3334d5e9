// What happens around a start: the words in the terminal, the browser, the folder that only one relay may have.
import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { browserOpener, type Screen } from '../../../relay/cli/open-browser.ts'
import { openLogTarget } from '../../../relay/cli/log-target.ts'
import { showShortLines } from '../../../relay/cli/short-line.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { startMessage, type StartFacts } from '../../../relay/cli/start-message.ts'
import { takeFlags } from '../../../relay/cli/take-flags.ts'
import { holdDataFolder } from '../../../relay/data-folder.ts'
import { deriveKey, readSecret } from '../../../relay/auth/secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'ensemble-start-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the message', () => {
  const facts: StartFacts = { folder: '/code', localLink: 'http://127.0.0.1:8765/#code=abc', deviceLink: null, opened: false, demo: false, claude: { found: true, credentials: 'login' }, logPath: null }
  const picture = /[▀▄█]/

  test('has the link on a line of its own and no picture while no device could come', () => {
    expect(startMessage(facts).split('\n')).toContain('  http://127.0.0.1:8765/#code=abc')
    expect(startMessage(facts)).not.toMatch(picture)
  })
  test('has a picture for an address that a phone can reach, not for loopback', () => {
    expect(startMessage({ ...facts, deviceLink: 'https://a.example/#code=xyz' })).toMatch(picture)
    const forwarded = startMessage({ ...facts, deviceLink: 'http://localhost:9000/#code=xyz' })
    expect(forwarded).toContain('http://localhost:9000/#code=xyz')
    expect(forwarded).not.toMatch(picture)
  })
  test('says what to do when Claude cannot work, and offers the demo', () => {
    expect(startMessage({ ...facts, claude: { found: true, credentials: 'none' } })).toMatch(/npm run login[^]*ANTHROPIC_API_KEY[^]*npm run demo/)
    expect(startMessage({ ...facts, claude: { found: false, credentials: 'none' } })).toContain('CLAUDE_BIN')
    expect(startMessage({ ...facts, demo: true, claude: { found: true, credentials: 'key' } })).toContain('nothing is asked of Anthropic')
  })
})

describe('a browser is opened', () => {
  const screen: Screen = { platform: 'linux', env: { DISPLAY: ':0' }, isTerminal: true, which: (name) => `/usr/bin/${name}` }
  const cases: [string, Partial<Screen>, string | null][] = [
    ['on a Linux desktop', {}, '/usr/bin/xdg-open'],
    ['on Wayland', { env: { WAYLAND_DISPLAY: 'wayland-0' } }, '/usr/bin/xdg-open'],
    ['on a Mac', { platform: 'darwin', env: {} }, '/usr/bin/open'],
    ['on Windows through WSL', { env: { WSL_DISTRO_NAME: 'Debian' } }, '/usr/bin/wslview'],
    ['not without a screen', { env: {} }, null],
    ['not in CI', { env: { DISPLAY: ':0', CI: 'true' } }, null],
    ['not over SSH', { env: { DISPLAY: ':0', SSH_CONNECTION: '1 2 3 4' } }, null],
    ['not when nobody looks', { isTerminal: false }, null],
    ['not without a program for it', { which: () => null }, null],
  ]
  test.each(cases)('%s', (_, change, opener) => expect(browserOpener({ ...screen, ...change })).toBe(opener))
})

describe('the data folder', () => {
  test('is private and has one relay at a time, also of another process', () => {
    const data = join(folder, 'held')
    const first = holdDataFolder(data)
    if ('problem' in first) throw new Error(first.problem)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    first.held.announce('http://127.0.0.1:1234')
    const second = holdDataFolder(data)
    expect(second).toEqual({ taken: expect.stringContaining(data), problem: expect.stringMatching(new RegExp(`process ${process.pid}, http://127.0.0.1:1234.*--ensemble-data`)) })
    const script = `import { holdDataFolder } from ${JSON.stringify(join(import.meta.dir, '../../../relay/data-folder.ts'))}; console.log('problem' in holdDataFolder(${JSON.stringify(data)}))`
    const elsewhere = () => Bun.spawnSync([process.execPath, '-e', script]).stdout.toString().trim()
    expect(elsewhere()).toBe('true')
    first.held.release()
    expect(elsewhere()).toBe('false')
  })

  test('a database has one relay at a time as well, whatever folders they have and whatever leads to it', () => {
    const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')]
    for (const name of ['elsewhere/shared.db', 'mine/ensemble.sqlite']) {
      const database = join(folder, name)
      const first = holdDataFolder(mine, database)
      if ('problem' in first) throw new Error(first.problem)
      first.held.announce('http://127.0.0.1:1234')
      const link = join(folder, `link-${name.length}`)
      symlinkSync(join(database, '..'), link)
      for (const path of [database, join(link, basename(database))]) {
        const problem = `A relay is running on ${database} already (process ${process.pid}, http://127.0.0.1:1234). Use that one, or give this one another database with DATABASE_URL.`
        expect(holdDataFolder(theirs, path)).toMatchObject({ problem })
      }
      // Refused, it keeps nothing; another database of the same folder is free.
      const other = holdDataFolder(theirs, join(folder, 'elsewhere', 'other.db'))
      if ('problem' in other) throw new Error(other.problem)
      other.held.release()
      first.held.release()
      const next = holdDataFolder(theirs, database)
      if ('problem' in next) throw new Error(next.problem)
      expect(statSync(join(folder, 'theirs', 'relay.lock')).mode & 0o777).toBe(0o600)
      next.held.release()
    }
    expect(readdirSync(join(folder, 'elsewhere')).sort()).toEqual(['other.db.lock', 'shared.db.lock'])
  })

  test('a process that was killed does not keep it', async () => {
    const data = join(folder, 'killed')
    const script = `import { holdDataFolder } from ${JSON.stringify(join(import.meta.dir, '../../../relay/data-folder.ts'))}; globalThis.held = holdDataFolder(${JSON.stringify(data)}); console.log('held'); setInterval(() => {}, 1000)`
    const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
    await child.stdout.getReader().read()
    expect('problem' in holdDataFolder(data)).toBeTrue()
    child.kill('SIGKILL')
    await child.exited
    const after = holdDataFolder(data)
    expect('held' in after).toBeTrue()
    if ('held' in after) after.held.release()
  })
})

describe('the secret', () => {
  test('is made once, for its user only, and the same for everybody who asks at the same moment', async () => {
    const data = mkdtempSync(join(folder, 'secret-'))
    const script = `import { readSecret } from ${JSON.stringify(join(import.meta.dir, '../../../relay/auth/secret.ts'))}; console.log(Buffer.from(readSecret(null, ${JSON.stringify(data)})).toString())`
    const said = await Promise.all(Array.from({ length: 4 }, () => new Response(Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' }).stdout).text()))
    expect(new Set(said).size).toBe(1)
    expect(Buffer.byteLength(said[0]!.trim())).toBeGreaterThanOrEqual(43)
    expect(statSync(join(data, 'jwt-secret')).mode & 0o777).toBe(0o600)
    expect(Buffer.from(readSecret('given', data)).toString()).toBe('given')
  })
  test('other purposes have other keys', () => {
    const keys = ['refresh', 'other'].map((purpose) => Buffer.from(deriveKey(Buffer.from('x'), purpose)).toString('hex'))
    expect(new Set(keys).size).toBe(2)
  })
})

test('the log goes to a private file that turns over when a person looks at the terminal', async () => {
  const path = join(folder, 'relay.log')
  const target = openLogTarget({ path, isTerminal: true })
  const line = 'x'.repeat(1024 * 1024)
  for (let i = 0; i < 11; i++) target.write(line)
  target.write('last')
  target.close()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(existsSync(`${path}.1`)).toBeTrue()
  expect(readFileSync(path, 'utf8').endsWith('last\n')).toBeTrue()
  expect(openLogTarget({ path, isTerminal: false }).path).toBeNull()
})

test('of the log a terminal shows warnings and errors, each in a line and once until another comes', () => {
  const shown: string[] = []
  const log = createLog(showShortLines((text) => shown.push(text)), { now: () => 1 })
  log.info('request', { ms: 1 })
  log.warn('storage is slow', { ms: 900 })
  log.error('request failed', { error: new Error('disk I/O error\nat the second line') })
  log.error('request failed', { error: new Error('disk I/O error\nat the second line') })
  log.warn('executions.turn_failed', { trace_id: 't', code: 'authentication_failed', message: 'Not logged in' })
  log.warn('refused', { reason: 'x'.repeat(1_000) })
  expect(shown).toEqual(['Warning: storage is slow', 'Error: request failed: disk I/O error', 'Warning: turn failed: Not logged in', `${`Warning: refused: ${'x'.repeat(1_000)}`.slice(0, 300)}…`])
})

test('flags of a command are told from settings and their values', () => {
  expect(takeFlags(['add', '--role', 'admin', '--port', '9', 'mia', '--allow-bypass', 'x', '--host=h', '--no-password'], ['role'], ['no-password'])).toEqual({
    flags: { role: 'admin' }, switches: new Set(['no-password']), words: ['add', 'mia', 'x'], rest: ['--port', '9', '--allow-bypass', '--host=h'],
  })
})

test('a switch among the settings keeps its value and leaves other words alone', () => {
  expect(takeFlags(['--open-browser', 'false', '--allow-bypass', 'x'], [], [])).toMatchObject({ words: ['x'], rest: ['--open-browser', 'false', '--allow-bypass'] })
})
