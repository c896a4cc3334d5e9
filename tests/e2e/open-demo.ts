// The demo as people start it: real relay, real CLI, a scripted model; one process per test file.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Demo = {
  link: string
  origin: string
  /** An `ensemble` command on the demo's data, with what is typed into it. */
  command(args: string[], input: string): void
  stop(): Promise<void>
}

const command = fileURLToPath(new URL('../../relay/cli/ensemble.mjs', import.meta.url))
const STARTS_WITHIN_MS = 90_000

/** Resolves when the sign-in link is printed; builds the web app first where it is older than its sources. */
export async function openDemo(): Promise<Demo> {
  const home = mkdtempSync(join(tmpdir(), 'ensemble-e2e-'))
  const child = spawn(process.execPath, [command, 'demo', '--port', '0'], { cwd: home, env: { PATH: process.env['PATH'], HOME: home, OPEN_BROWSER: 'false' }, stdio: ['ignore', 'pipe', 'pipe'] })
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
  return {
    link,
    origin: new URL(link).origin,
    command(args, input) {
      const env = { PATH: process.env['PATH'], HOME: home, ENSEMBLE_DATA: join(home, '.local', 'share', 'ensemble', 'demo', 'data') }
      const { status, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: home, env, input, encoding: 'utf8' })
      if (status !== 0) throw new Error(`ensemble ${args.join(' ')}: ${stderr}`)
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}
