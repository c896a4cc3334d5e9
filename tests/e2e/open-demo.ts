// The demo as people start it: real relay, real CLI, a scripted model; one per test file, on one port and one folder also after it was killed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Demo = {
  link: string
  origin: string
  /** The sample workspace that Claude works in. */
  folder: string
  /** An `ensemble` command on the demo's data, with what is typed into it. */
  command(args: string[], input: string): void
  /** `kill -9` of the relay: no warning, no last word. */
  kill(): Promise<void>
  /** Starts it again on the same data and the same port; the sample is written anew. */
  startAgain(): Promise<void>
  stop(): Promise<void>
}

const command = fileURLToPath(new URL('../../relay/cli/ensemble.mjs', import.meta.url))
const STARTS_WITHIN_MS = 90_000

/** Cookies are named after the port that was asked for: it has to be the same one from the beginning. */
async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

type Started = { child: ChildProcess; ended: Promise<void>; link: string }

/** Resolves when the sign-in link is printed; builds the web app first where it is older than its sources. */
async function start(home: string, port: string, settings: Record<string, string>): Promise<Started> {
  // A group of its own, because Bun runs below Node: what kills the relay must kill both, as it does where Bun is the command.
  const child = spawn(process.execPath, [command, 'demo', '--port', port], { cwd: home, detached: true, env: { PATH: process.env['PATH'], HOME: home, OPEN_BROWSER: 'false', ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let printed = ''
  const link = await new Promise<string>((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`the demo did not start:\n${printed}`)), STARTS_WITHIN_MS)
    const read = (chunk: Buffer) => {
      printed += chunk.toString()
      const found = /http:\/\/127\S+#code=\S+/.exec(printed)
      if (!found) return
      clearTimeout(tooLong)
      resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(() => reject(new Error(`the demo ended:\n${printed}`)))
  })
  return { child, ended, link }
}

/** `data`: where its data and its sample lie, in a fresh folder unless given; `settings`: more of its environment. */
export async function openDemo({ data: chosen, settings = {} }: { data?: string; settings?: Record<string, string> } = {}): Promise<Demo> {
  const home = mkdtempSync(join(tmpdir(), 'ensemble-e2e-'))
  const root = chosen ?? join(home, '.local', 'share', 'ensemble')
  const environment = { ENSEMBLE_DATA: root, ...settings }
  const port = await freePort()
  let running = await start(home, port, environment)
  const { link } = running
  const { origin } = new URL(link)
  const data = join(root, 'demo')
  return {
    link,
    origin,
    folder: join(data, 'harbor-api'),
    command(args, input) {
      const env = { PATH: process.env['PATH'], HOME: home, ENSEMBLE_DATA: join(data, 'data') }
      const { status, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: home, env, input, encoding: 'utf8' })
      if (status !== 0) throw new Error(`ensemble ${args.join(' ')}: ${stderr}`)
    },
    async kill() {
      process.kill(-running.child.pid!, 'SIGKILL')
      await running.ended
    },
    async startAgain() {
      running = await start(home, port, environment)
    },
    async stop() {
      running.child.kill('SIGTERM')
      await running.ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}
