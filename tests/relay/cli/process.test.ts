// The relay as people run it: started, felt from the console, stopped, killed, started twice.
import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { relayHome, startRelayProcess } from '../../support/start-relay.ts'

const root = join(import.meta.dir, '..', '..', '..')
const launcher = join(root, 'relay', 'cli', 'ensemble.mjs')
const homes: { remove(): void }[] = []
const home = () => {
  const made = relayHome()
  homes.push(made)
  return made
}
afterAll(() => homes.forEach((each) => each.remove()))

type Home = ReturnType<typeof relayHome>
const environment = (of: Home, more: Record<string, string> = {}) => ({
  PATH: process.env['PATH']!,
  HOME: of.claudeHome,
  ENSEMBLE_DATA: of.data,
  CI: 'true',
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
  ANTHROPIC_API_KEY: 'sk-test-fake',
  CLAUDE_PREWARM: '0',
  ...more,
})
/** `ensemble …` under Node, as the shebang has it. */
function ensemble(of: Home, args: string[], more: { cwd?: string; stdin?: string; env?: Record<string, string> } = {}) {
  const child = Bun.spawn(['node', launcher, ...args], {
    cwd: more.cwd ?? of.workspace,
    env: environment(of, more.env),
    stdin: Buffer.from(more.stdin ?? ''),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const out = new Response(child.stdout).text()
  const err = new Response(child.stderr).text()
  return { child, done: Promise.all([child.exited, out, err]).then(([code, stdout, stderr]) => ({ code, out: stdout, err: stderr })) }
}
const isAlive = (pid: number) => existsSync(`/proc/${pid}`)
async function gone(pid: number): Promise<void> {
  await eventually(`process ${pid} has ended`, () => !isAlive(pid))
}
const me = (url: string, token: string) => fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })

describe('a running relay', () => {
  test('takes a token of the console at once, and feels a removed user within a second', async () => {
    const of = home()
    const relay = await startRelayProcess({ home: of })
    const { code, out } = await ensemble(of, ['token', '--user', 'robin', '--role', 'user']).done
    expect(code).toBe(0)
    const token = out.trim()
    expect((await me(relay.url, token)).status).toBe(200)
    const live = await connectProtocol({ url: relay.url, token })
    const removed = await ensemble(of, ['user', 'remove', 'robin']).done
    expect(removed.code).toBe(0)
    const since = Date.now()
    const closed = await live.closed
    expect(Date.now() - since).toBeLessThan(1_500)
    expect(closed.code).toBe(4401)
    expect((await me(relay.url, token)).status).toBe(401)
    expect(relay.errors()).not.toContain(token)
    await relay.stop()
  })

  test('signs in the owner, by the name of the OS user, with the printed code, once', async () => {
    const of = home()
    const relay = await startRelayProcess({ home: of })
    const login = () => fetch(`${relay.url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code: relay.code }) })
    const first = await login()
    expect(await first.json()).toMatchObject({ user: { role: 'admin', name: Bun.spawnSync(['id', '-un']).stdout.toString().trim() }, access_token: expect.any(String) })
    expect((await login()).status).toBe(401)
    expect(relay.errors()).not.toContain(relay.code)
    await relay.stop()
  })

  test('keeps others away from its folder until it ends, however it ends', async () => {
    const of = home()
    const relay = await startRelayProcess({ home: of })
    const second = await ensemble(of, ['--no-build', '--port', '0']).done
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toContain(`A relay is running on ${of.data} already (process ${relay.pid}, ${relay.url}).`)
    // Its database as well, whatever folder another one has; the accounts are opened beside it on purpose.
    const other = home()
    const itsDatabase = { env: { DATABASE_URL: `sqlite:${join(of.data, 'ensemble.sqlite')}` } }
    const [beside, users, restored] = await Promise.all([['--no-build', '--port', '0'], ['user', 'list'], ['restore', 'none.ensemble']].map((args) => ensemble(other, args, itsDatabase).done))
    expect(beside).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`A relay is running on ${join(of.data, 'ensemble.sqlite')} already (process ${relay.pid}, ${relay.url}). Use that one, or give this one another database with DATABASE_URL.`) })
    expect(users).toMatchObject({ code: 0 })
    expect(restored).toMatchObject({ code: 1, err: expect.stringContaining('Stop it first') })
    relay.kill('SIGKILL')
    await relay.exited()
    const third = await startRelayProcess({ home: of })
    await third.stop()
  })

  test('ends on SIGTERM with code 0, leaves no lock, and says so to sockets', async () => {
    const of = home()
    const relay = await startRelayProcess({ home: of })
    const live = await connectProtocol({ url: relay.url, token: await relay.token('ann') })
    relay.kill('SIGTERM')
    expect((await live.closed).code).toBe(4503)
    expect(await relay.exited()).toEqual({ code: 0, signal: null })
    expect(existsSync(join(of.data, 'relay.json'))).toBeFalse()
    expect(statSync(join(of.data, 'ensemble.sqlite')).mode & 0o777).toBe(0o600)
  })

  test('H13 whose database is deleted says so, ends, and goes on from there when it is started again', async () => {
    const at = home()
    const relay = await startRelayProcess({ home: at })
    const token = await relay.token('ada')
    const send = (url: string, title: string) =>
      fetch(`${url}/api/v1/claude/sessions`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ title }) })
    expect((await send(relay.url, 'before')).status).toBe(201)
    unlinkSync(join(at.data, 'ensemble.sqlite'))
    const refused = await send(relay.url, 'after')
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'BUSY'])
    expect(await relay.exited()).toEqual({ code: 1, signal: null })
    expect(relay.errors()).toContain('nothing can be kept any more, so the relay ends; start it again')
    const again = await startRelayProcess({ home: at })
    const { sessions } = (await (await fetch(`${again.url}/api/v1/claude/sessions`, { headers: { authorization: `Bearer ${token}` } })).json()) as { sessions: { title: string }[] }
    expect(sessions.map(({ title }) => title)).toEqual(['before'])
    await again.stop()
  })

  test('that cannot have its port says what to do', async () => {
    const of = home()
    const taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const { code, out, err } = await ensemble(of, ['--no-build', '--port', String(taken.port)]).done
    expect([code, out, err]).toEqual([1, '', `ensemble: Port ${taken.port} of 127.0.0.1 is taken. Stop what uses it, or choose another with --port.\n`])
    await taken.stop(true)
  })
})

describe('the launcher under Node', () => {
  /** Started in a folder of somebody's that would like to run code in Bun. */
  function baited(): Home {
    const of = home()
    mkdirSync(join(of.workspace, 'inner'))
    writeFileSync(join(of.workspace, 'bunfig.toml'), 'preload = ["./bait.ts"]\n')
    writeFileSync(join(of.workspace, 'bait.ts'), `require('node:fs').writeFileSync(${JSON.stringify(join(of.folder, 'bitten'))}, '')\n`)
    writeFileSync(join(of.workspace, '.env'), 'MAX_CONNECTIONS=not-a-number\n')
    return of
  }
  async function launched(of: Home, args: string[] = [], { shell = false, env = {} }: { shell?: boolean; env?: Record<string, string> } = {}) {
    const command = ['node', launcher, ...args, '--no-build', '--port', '0']
    // As npm does it: a shell that stays.
    const child = Bun.spawn(shell ? ['sh', '-c', `${command.map((each) => `'${each}'`).join(' ')}; exit`] : command, { cwd: of.workspace, env: environment(of, env), stdout: 'pipe', stderr: 'ignore', stdin: 'ignore' })
    let printed = ''
    const up = Promise.withResolvers<string>()
    void (async () => {
      for await (const chunk of child.stdout) {
        printed += Buffer.from(chunk).toString()
        const link = /(http:\S+)\/#code=/.exec(printed)?.[1]
        if (link) up.resolve(link)
      }
      up.reject(new Error(printed))
    })()
    const url = await up.promise
    const { pid } = JSON.parse(readFileSync(join(of.data, 'relay.json'), 'utf8')) as { pid: number }
    return { child, url, pid, printed: () => printed }
  }

  test('runs nothing of the folder it is called in, and works in that folder', async () => {
    const of = baited()
    const relay = await launched(of)
    expect(existsSync(join(of.folder, 'bitten'))).toBeFalse()
    expect(relay.printed()).toContain(`Ensemble in ${of.workspace}\n`)
    relay.child.kill('SIGTERM')
    expect(await relay.child.exited).toBe(0)
    const inner = await launched(of, ['start', 'inner'])
    expect(inner.printed()).toContain(`Ensemble in ${join(of.workspace, 'inner')}\n`)
    inner.child.kill('SIGINT')
    expect(await inner.child.exited).toBe(0)
    await gone(inner.pid)
  })

  test('takes the relay with it when it is killed', async () => {
    const relay = await launched(home())
    expect(isAlive(relay.pid)).toBeTrue()
    relay.child.kill('SIGKILL')
    await gone(relay.pid)
  })

  test('as a script of npm ends with the shell that npm puts between; started by a shell of somebody’s it outlives that', async () => {
    const [ofNpm, ofSomebody] = await Promise.all([launched(home(), [], { shell: true, env: { npm_package_json: join(root, 'package.json') } }), launched(home(), [], { shell: true, env: { npm_package_json: '/elsewhere/package.json' } })])
    for (const { child } of [ofSomebody, ofNpm]) {
      child.kill('SIGTERM')
      await child.exited
    }
    await gone(ofNpm.pid)
    expect((await fetch(`${ofSomebody.url}/healthz`)).status).toBe(200)
    process.kill(ofSomebody.pid, 'SIGTERM')
    await gone(ofSomebody.pid)
  })

  test('ends by the same signal when the relay is killed', async () => {
    const relay = await launched(home())
    process.kill(relay.pid, 'SIGKILL')
    await relay.child.exited
    expect([relay.child.exitCode, relay.child.signalCode]).toEqual([null, 'SIGKILL'])
  })
})

/** One connection that stays: what is asked over it needs no new descriptor. */
async function keptOpen(port: number, token: string) {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.setEncoding('utf8').on('data', (text: string) => (said += text)).on('error', () => undefined)
  return {
    async ask(path: string): Promise<string> {
      said = ''
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
      await eventually(`all of ${path}`, () => said.includes('\r\n\r\n') && said.length >= said.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(said)?.[1] ?? NaN))
      return said
    },
    end: () => void socket.destroy(),
  }
}

test('strangers end no relay: bytes that are not HTTP do not show in the next answer, and without a descriptor left it goes on and stops as ever', async () => {
  const relay = await startRelayProcess()
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      new Promise<void>((resolve) => {
        const socket = connect(relay.port, '127.0.0.1', () => socket.end(Buffer.from(Bun.hash(`${i}`).toString().repeat(i * 10))))
        socket.on('error', () => undefined).on('close', () => resolve()).resume()
      }),
    ),
  )
  expect(await (await fetch(`${relay.url}/healthz`)).json()).toMatchObject({ status: 'ok' })

  const kept = await keptOpen(relay.port, await relay.token('root', 'admin'))
  await kept.ask('/metrics')
  if (Bun.which('prlimit')) Bun.spawnSync(['prlimit', '--pid', String(relay.pid), '--nofile=8:8'])
  for (const path of ['/metrics', '/api/v1/stats']) expect([path, (await kept.ask(path)).split('\r\n')[0]]).toEqual([path, 'HTTP/1.1 200 OK'])
  relay.kill('SIGTERM')
  expect(await relay.exited()).toEqual({ code: 0, signal: null })
  kept.end()
  relay.home.remove()
})
