// `ensemble doctor` as people run it: what it finds, what it advises, what it ends with; and that it changes and runs nothing.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoDataOf } from '../../../relay/config.ts'
import { holdDataFolder } from '../../../relay/data-folder.ts'
import { backupRig, type BackupRig } from '../backup/backup-rig.ts'

const root = join(import.meta.dir, '..', '..', '..')
const key = 'sk-ant-of-nobody'

type Found = { id: string; state: 'ok' | 'warn' | 'fail'; says: string; advice?: string }

let rig: BackupRig
let data: string
beforeAll(async () => {
  rig = await backupRig()
  data = rig.at('data')
  await rig.fill(data, 3)
})
afterAll(() => rig.remove())

function doctor(args: string[] = [], env: Record<string, string> = {}, runtime = process.execPath, cwd = rig.folder) {
  const run = Bun.spawnSync([runtime, join(root, 'relay', 'cli', 'ensemble.mjs'), 'doctor', ...args], {
    cwd,
    env: { PATH: process.env['PATH']!, HOME: rig.folder, ENSEMBLE_DATA: data, PORT: '0', ANTHROPIC_API_KEY: key, ...env },
    stdin: 'ignore',
  })
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() }
}
function found(env: Record<string, string> = {}): { code: number; ok: boolean; of(id: string): Found } {
  const { code, out } = doctor(['--json'], env)
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Found[] }
  return { code, ok, of: (id) => checks.find((each) => each.id === id)! }
}

test('where all is well every line has its sign, the end is 0, and no key is shown', () => {
  const { code, out, err } = doctor()
  expect([code, err]).toEqual([0, ''])
  const lines = out.split('\n')
  for (const id of ['settings', 'runtime', 'claude', 'credentials', 'sandbox', 'paths', 'port', 'descriptors', 'disk', 'data', 'database', 'clock', 'browser']) {
    expect(lines.filter((line) => new RegExp(`^[✓!] ${id} `).test(line))).toHaveLength(1)
  }
  expect(out).toContain(`Bun ${Bun.version}, Node `)
  expect(out).toMatch(/Claude CLI \d+\.\d+\.\d+/)
  expect(out).not.toContain(key)
  expect(lines.at(-2)).toBe('Nothing is in the way.')
})

describe('what it finds', () => {
  test('no CLI, one that cannot run, and nobody signed in', () => {
    const none = found({ CLAUDE_BIN: rig.at('none'), ANTHROPIC_API_KEY: '' })
    expect([none.code, none.ok, none.of('claude').state, none.of('credentials').state]).toEqual([1, false, 'fail', 'fail'])
    expect(none.of('claude').advice).toContain('CLAUDE_BIN')
    expect(none.of('credentials').advice).toContain('ensemble login')
  })

  test('a port that somebody else has, and one that a relay of ours has', () => {
    const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    const PORT = String(other.port)
    expect(found({ PORT }).of('port')).toMatchObject({ state: 'fail', advice: expect.stringContaining('--port') })
    const holding = holdDataFolder(data)
    if ('problem' in holding) throw new Error(holding.problem)
    holding.held.announce(`http://127.0.0.1:${PORT}`)
    expect(found({ PORT }).of('port')).toMatchObject({ state: 'ok', says: `a relay of yours runs at http://127.0.0.1:${PORT}` })
    holding.held.release()
    // The demo: by its name, not as a stranger; and nobody looks for its data in vain.
    const demo = holdDataFolder(demoDataOf(data))
    if ('problem' in demo) throw new Error(demo.problem)
    demo.held.announce(`http://127.0.0.1:${PORT}`)
    const beside = found({ PORT, ANTHROPIC_API_KEY: '' })
    expect(beside.of('port')).toMatchObject({ state: 'fail', says: `127.0.0.1:${PORT} is your demo’s, which runs` })
    expect(beside.of('credentials').advice).toContain('the demo that runs needs neither')
    expect(beside.of('demo')).toMatchObject({ state: 'ok', says: `runs at http://127.0.0.1:${PORT}; its data lies apart, in ${demoDataOf(data)}` })
    demo.held.release()
    other.stop(true)
    expect(found({ PORT }).of('port')).toMatchObject({ state: 'ok', says: `127.0.0.1:${PORT} is free` })
  })

  test('a sandbox that is off, and one that is insisted on where there is none', () => {
    expect(found({ CLAUDE_SANDBOX: 'off' }).of('sandbox')).toMatchObject({ state: 'warn', says: expect.stringContaining('CLAUDE_SANDBOX') })
    const bare = found({ CLAUDE_SANDBOX: 'bwrap', PATH: rig.at('no-programs') })
    expect(bare.of('sandbox')).toMatchObject({ state: 'fail', says: expect.stringContaining('insists') })
  })

  test('a limit of open files that strangers could use up', () => {
    const few = rig.at('with-few-files')
    writeFileSync(few, `#!/bin/sh\nulimit -n 399\nexec '${process.execPath}' "$@"\n`, { mode: 0o700 })
    const at = (MAX_CONNECTIONS: string) => (JSON.parse(doctor(['--json'], { MAX_CONNECTIONS }, few).out) as { checks: Found[] }).checks.find(({ id }) => id === 'descriptors')!
    expect([at('99').state, at('100')]).toEqual(['ok', expect.objectContaining({ state: 'warn', advice: expect.stringMatching(/LimitNOFILE.* to 400, or lower MAX_CONNECTIONS/) })])
  })

  test('a data folder that others can read', () => {
    chmodSync(join(data, 'jwt-secret'), 0o644)
    const { code, of } = found()
    expect([code, of('data')]).toEqual([0, expect.objectContaining({ state: 'warn', says: expect.stringContaining('jwt-secret') })])
    chmodSync(join(data, 'jwt-secret'), 0o600)
    expect(found().of('data').state).toBe('ok')
  })

  test('a database that is damaged, of a newer version, suspected, or not there yet', async () => {
    expect(found({ ENSEMBLE_DATA: rig.at('nothing') }).of('database')).toMatchObject({ state: 'ok', says: 'made by the first start' })
    expect(existsSync(rig.at('nothing'))).toBeFalse()

    const newer = rig.at('newer')
    await rig.fill(newer, 1)
    await rig.run(newer, "INSERT INTO migrations (number, name, at) VALUES (9999, 'of-later', 0)")
    expect(found({ ENSEMBLE_DATA: newer }).of('database')).toMatchObject({ state: 'fail', says: 'changed by a newer version (9999-of-later)' })

    const wrecked = rig.at('wrecked')
    await rig.fill(wrecked, 200)
    truncateSync(join(wrecked, 'ensemble.sqlite'), 60_000)
    expect(found({ ENSEMBLE_DATA: wrecked })).toMatchObject({ code: 1, ok: false })
    expect(found({ ENSEMBLE_DATA: wrecked }).of('database')).toMatchObject({ state: 'fail', advice: expect.stringContaining('ensemble restore') })
    writeFileSync(join(wrecked, 'ensemble.sqlite'), 'no database at all')
    expect(found({ ENSEMBLE_DATA: wrecked }).of('database').state).toBe('fail')

    writeFileSync(join(data, 'ensemble.sqlite.suspect'), '')
    expect(found().of('database').state).toBe('fail')
    rmSync(join(data, 'ensemble.sqlite.suspect'))
    writeFileSync(join(data, 'ensemble.sqlite.damaged-x'), '')
    expect(found().of('database')).toMatchObject({ state: 'warn', says: expect.stringContaining('damaged-x') })
    rmSync(join(data, 'ensemble.sqlite.damaged-x'))
  })

  test('a clock that was set back', async () => {
    await rig.run(data, `UPDATE sessions SET updated_at = ${Date.now() + 3_600_000}`)
    expect(found().of('clock')).toMatchObject({ state: 'warn', says: expect.stringContaining('later time') })
    await rig.run(data, 'UPDATE sessions SET updated_at = 0')
    expect(found().of('clock').state).toBe('ok')
  })

  test('no browser where there is no screen, one where there is', () => {
    expect(found().of('browser')).toMatchObject({ state: 'warn', advice: expect.stringContaining('link') })
    mkdirSync(rig.at('programs'))
    writeFileSync(rig.at('programs', 'xdg-open'), '#!/bin/sh\n')
    chmodSync(rig.at('programs', 'xdg-open'), 0o755)
    expect(found({ DISPLAY: ':0', PATH: `${rig.at('programs')}:${process.env['PATH']}` }).of('browser').state).toBe('ok')
  })

  test('a folder in which nothing could work', () => {
    mkdirSync(rig.at('roots'))
    expect(found({ ENSEMBLE_ROOTS: rig.at('roots') }).of('settings')).toMatchObject({ state: 'fail', says: expect.stringContaining('ENSEMBLE_ROOTS') })
  })
})

test('nothing of the folder is run, and nothing is changed in it or in the data', () => {
  const trap = rig.at('trap')
  mkdirSync(join(trap, '.claude'), { recursive: true })
  const sprung = rig.at('sprung')
  const command = `touch ${sprung}`
  writeFileSync(join(trap, 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
  writeFileSync(join(trap, 'preload.ts'), `require('node:fs').writeFileSync(${JSON.stringify(sprung)}, '')`)
  writeFileSync(join(trap, '.env'), 'CLAUDE_BIN=/nowhere\n')
  writeFileSync(join(trap, '.claude', 'settings.json'), JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command }] }] } }))
  const listed = () => [readdirSync(trap).sort(), readdirSync(data).filter((name) => !/-(wal|shm)$/.test(name)).sort()]
  const before = listed()
  const { code, out } = doctor(['--json'], {}, 'node', trap)
  expect([code, (JSON.parse(out) as { ok: boolean }).ok]).toEqual([0, true])
  expect(existsSync(sprung)).toBeFalse()
  expect(listed()).toEqual(before)
})

test('what is said wrongly is said in a sentence', () => {
  for (const [args, pattern] of [[['a', 'b'], /Say which folder/], [['--frobnicate'], /unknown/], [['nowhere'], /is not a folder/]] as const) {
    const { code, out, err } = doctor([...args])
    expect([args, code, out, err]).toEqual([args, 1, '', expect.stringMatching(pattern)])
  }
})
