// What can be said about Claude before it is asked anything: whether there is a CLI, which one, and whether it has credentials.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isOn } from './child-environment.ts'

const KEYS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']
const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']
const PROBE_MS = 20_000

/** What a person is told at the start: whether Claude can be run at all. */
export type ClaudeDescription = { found: boolean; version: string | null; credentials: 'key' | 'login' | 'none'; sandbox: 'bwrap' | 'off' }

export type Described = { bin: string | null; environment: Record<string, string>; sandbox: 'bwrap' | 'off' }

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
function credentialsOf(environment: Record<string, string>): ClaudeDescription['credentials'] {
  if (KEYS.some((name) => environment[name]) || CLOUDS.some((name) => isOn(environment[name]))) return 'key'
  const folder = environment.CLAUDE_CONFIG_DIR ?? join(environment.HOME ?? '', '.claude')
  // On macOS the login is in the keychain; the account it belongs to is in the configuration.
  const login = [join(folder, '.credentials.json'), ...(process.platform === 'darwin' ? [join(environment.HOME ?? '', '.claude.json')] : [])]
  return login.some((file) => existsSync(file)) ? 'login' : 'none'
}

async function versionOf(path: string, environment: Record<string, string>): Promise<string | null> {
  try {
    const probe = Bun.spawn([path, '--version'], { env: environment, stdin: 'ignore', stdout: 'pipe', stderr: 'ignore', timeout: PROBE_MS })
    const text = await new Response(probe.stdout).text()
    return (await probe.exited) === 0 ? (/\d+\.\d+\.\d+\S*/.exec(text)?.[0] ?? null) : null
  } catch {
    return null
  }
}

/** The CLI that the relay runs: the operator's own, or the one that comes with the product. */
export const findClaude = (bin: string | null): string | null => bin ?? bundledCli()

export async function describeClaude({ bin, environment, sandbox }: Described): Promise<ClaudeDescription> {
  const path = findClaude(bin)
  const version = path === null ? null : await versionOf(path, environment)
  return { found: version !== null, version, credentials: credentialsOf(environment), sandbox }
}
