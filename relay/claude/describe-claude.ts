// What can be said about Claude before it is asked anything: whether there is a CLI, which one, and whether it has credentials.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { claudeFolderOf } from '../claude-folder.ts'
import type { Clock } from '../clock.ts'
import { isOn } from './child-environment.ts'

const KEYS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']
const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']
const PROBE_MS = 20_000
/** What it started may hold the pipe open after it has ended: nobody waits for that. */
const LINGER_MS = 500
const MAX_CHARACTERS = 10_000

/** What a person is told at the start: whether Claude can be run at all. */
export type ClaudeDescription = { found: boolean; version: string | null; credentials: 'key' | 'login' | 'none'; sandbox: 'bwrap' | 'off' }

export type Described = { bin: string | null; environment: Record<string, string>; clock: Clock }

/** The CLI that the SDK brings lies in a package of its own for each platform. */
function bundledCli(): string | null {
  const require = createRequire(import.meta.url)
  const libc = process.platform === 'linux' && existsSync('/lib/ld-musl-x86_64.so.1') ? ['-musl', ''] : ['', '-musl']
  for (const suffix of libc) {
    try {
      const folder = dirname(require.resolve(`@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}${suffix}/package.json`))
      const path = join(folder, process.platform === 'win32' ? 'claude.exe' : 'claude')
      if (existsSync(path)) return path
    } catch {
      // Not installed for this platform.
    }
  }
  return null
}

/** A key in the environment, a cloud, or a login of the person whose account this is. The login's own validity is not tried. */
export function credentialsOf(environment: Record<string, string>): ClaudeDescription['credentials'] {
  if (KEYS.some((name) => environment[name]) || CLOUDS.some((name) => isOn(environment[name]))) return 'key'
  const folder = claudeFolderOf(environment)
  // On macOS the login is in the keychain; the account it belongs to is in the configuration.
  const login = [join(folder, '.credentials.json'), ...(process.platform === 'darwin' ? [join(environment.HOME ?? '', '.claude.json')] : [])]
  return login.some((file) => existsSync(file)) ? 'login' : 'none'
}

/** Starts it to ask. Null when it does not say, also within 20 s: then it is ended, with all that it has started. */
export async function versionOf(path: string, environment: Record<string, string>, clock: Clock): Promise<string | null> {
  const late = Promise.withResolvers<'late'>()
  const timers = [clock.setTimer(() => late.resolve('late'), PROBE_MS)]
  try {
    // In a process group of its own, by which all of it can be ended.
    const probe = Bun.spawn([path, '--version'], { env: environment, stdin: 'ignore', stdout: 'pipe', stderr: 'ignore', detached: true })
    const reader = probe.stdout.getReader()
    let text = ''
    const readAll = async (): Promise<'read'> => {
      const decoder = new TextDecoder()
      for (let piece = await reader.read(); !piece.done && text.length < MAX_CHARACTERS; piece = await reader.read()) text += decoder.decode(piece.value, { stream: true })
      return 'read'
    }
    const read = readAll()
    const ended = await Promise.race([probe.exited, late.promise])
    timers.push(clock.setTimer(() => late.resolve('late'), LINGER_MS))
    const told = await Promise.race([read, late.promise])
    if (ended === 'late' || told === 'late') {
      endGroup(probe.pid)
      read.catch(() => undefined)
      await reader.cancel()
    }
    return ended === 0 ? (/\d+\.\d+\.\d+\S*/.exec(text)?.[0] ?? null) : null
  } catch {
    return null
  } finally {
    for (const timer of timers) timer.cancel()
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It was faster.
  }
}

/** The CLI that the relay runs: the operator's own, or the one that comes with the product. */
export const findClaude = (bin: string | null): string | null => bin ?? bundledCli()

/** Waits until the CLI has answered. */
export async function describeClaude({ bin, environment, clock }: Described): Promise<Omit<ClaudeDescription, 'sandbox'>> {
  const path = findClaude(bin)
  const version = path === null ? null : await versionOf(path, environment, clock)
  return { found: version !== null, version, credentials: credentialsOf(environment) }
}
