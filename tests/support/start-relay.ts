// A real relay for tests: in this process (fast, parts within reach) or as the process that people run (signals, kill -9).
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GlobalRole } from '#protocol'
import { withAccounts } from '../../relay/cli/open-accounts.ts'
import { systemClock } from '../../relay/clock.ts'
import { readConfig, type Config, type SettingName } from '../../relay/config.ts'
import { prepareDataFolder } from '../../relay/data-folder.ts'
import { createLog } from '../../relay/observability/log.ts'
import { createRelay, type Replacements } from '../../relay/relay.ts'
import { cheapHash } from './cheap-hash.ts'
import { createAnswerCheck } from './check-answers.ts'
import { testEnvironment } from './child-environment.ts'

const root = join(import.meta.dir, '..', '..')
/** Nobody answers here: Claude in a test that does not care about it reaches nothing. */
const nowhere = 'http://127.0.0.1:9'

export type RelayOptions = {
  /** Settings by their names, e.g. `{ MAX_CONNECTIONS: '5' }`. */
  settings?: Partial<Record<SettingName, string>>
  /** ANTHROPIC_BASE_URL of Claude's environment: a scripted Messages API. */
  apiUrl?: string
  /** More for Claude's environment. */
  environment?: Record<string, string>
  /** Data of an earlier relay, to start again on it. `stop` leaves it alone then. */
  home?: RelayHome
}

/** Everything a relay needs on the disk, under one temporary folder. */
export type RelayHome = { folder: string; data: string; workspace: string; claudeHome: string; remove(): void }

export function relayHome(): RelayHome {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ensemble-relay-')))
  const [data, workspace, claudeHome] = ['data', 'workspace', 'home'].map((name) => join(folder, name)) as [string, string, string]
  for (const each of [workspace, claudeHome]) mkdirSync(each)
  prepareDataFolder(data)
  return { folder, data, workspace, claudeHome, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Claude's environment: a fake key, and every variable of this machine that could mean a real one emptied. */
function claudeEnvironment({ apiUrl = nowhere, environment = {} }: RelayOptions, home: RelayHome): Record<string, string> {
  const own = Object.keys(process.env).filter((name) => /^(ANTHROPIC_|CLAUDE_CODE_|AWS_|GOOGLE_|AZURE_)/.test(name))
  return { ...Object.fromEntries(own.map((name) => [name, ''])), ...testEnvironment(apiUrl, home.claudeHome), ...environment }
}

const defaults: Partial<Record<SettingName, string>> = { HOST: '127.0.0.1', PORT: '0', OPEN_BROWSER: 'false', CLAUDE_PREWARM: '0' }

function configOf(options: RelayOptions, home: RelayHome): Config {
  const machine = { folder: home.workspace, home: home.claudeHome, memoryBytes: 8 * 1024 ** 3 }
  const read = readConfig({ ...defaults, ENSEMBLE_DATA: home.data, ...options.settings }, [home.workspace], machine)
  if ('problem' in read) throw new Error(read.problem)
  return { ...read.ok, claudeOverrides: claudeEnvironment(options, home) }
}

/** Adds the user if there is none, beside whoever else has the database open. */
const tokenOf = (config: Config, name: string, role: GlobalRole): Promise<string> =>
  withAccounts(config, async ({ accounts }) => {
    const user = (await accounts.find(name)) ?? (await accounts.add({ name, role }))
    return accounts.createToken(user.id, { ttlMs: 3_600_000 })
  })

/** A code that signs this person in, once, from anywhere; adds the user if there is none. */
const codeOf = (config: Config, name: string): Promise<string> =>
  withAccounts(config, async ({ accounts, signIn }) => {
    const user = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'user' }))
    return signIn.createCode(user.id, { loopbackOnly: false })
  })

export type StartedRelay = Awaited<ReturnType<typeof startRelay>>

/** `token` makes a user of that name when there is none. `logged`: every line of the log so far. */
export async function startRelay(options: RelayOptions & { replacements?: Replacements } = {}) {
  const home = options.home ?? relayHome()
  const config = configOf(options, home)
  const logged: Record<string, unknown>[] = []
  const log = createLog((line) => void logged.push(JSON.parse(line) as Record<string, unknown>), systemClock)
  const check = createAnswerCheck(() => relay.routes)
  const relay = await createRelay(config, log, { answered: check.answered, hashCost: cheapHash, ...options.replacements })
  const { port, url } = await relay.start()
  const { accounts } = relay.auth
  return {
    relay,
    url,
    port,
    config,
    home,
    logged,
    async token(name: string, role: GlobalRole = 'user'): Promise<string> {
      const user = (await accounts.find(name)) ?? (await accounts.add({ name, role }))
      return accounts.createToken(user.id, { ttlMs: 3_600_000 })
    },
    /** Throws when it has answered anything that is not as it describes itself. */
    async stop(): Promise<void> {
      await relay.stop()
      if (!options.home) home.remove()
      await check.settle()
    },
  }
}

/** The relay as its own process, with an otherwise empty environment. Resolves when it has printed its sign-in link. */
export async function startRelayProcess(options: RelayOptions = {}) {
  const home = options.home ?? relayHome()
  const config = configOf(options, home)
  const settings = { ...defaults, ENSEMBLE_DATA: home.data, ...options.settings }
  const child = Bun.spawn([process.execPath, join(root, 'relay', 'cli', 'ensemble.mjs'), '--no-build', home.workspace], {
    cwd: root,
    env: { ...claudeEnvironment(options, home), ...settings, CI: 'true' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let printed = ''
  let errors = ''
  const link = Promise.withResolvers<string>()
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      printed += Buffer.from(chunk).toString()
      const found = /^ +(\S+#code=\S+)$/m.exec(printed)?.[1]
      if (found) link.resolve(found)
    }
    link.reject(new Error(`the relay ended before it listened:\n${printed}\n${errors}`))
  })()
  const complaining = (async () => {
    for await (const chunk of child.stderr) errors += Buffer.from(chunk).toString()
  })()
  const signInLink = await link.promise
  const { origin: url, port, hash } = new URL(signInLink)

  return {
    url,
    port: Number(port),
    pid: child.pid,
    /** The code of the printed link: signs in the owner, once. */
    code: hash.slice('#code='.length),
    config,
    home,
    printed: () => printed,
    /** The log lines, as text. */
    errors: () => errors,
    token: (name: string, role: GlobalRole = 'user') => tokenOf(config, name, role),
    codeFor: (name: string) => codeOf(config, name),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Settles with code or signal once it is gone and everything it said was read. */
    async exited(): Promise<{ code: number | null; signal: NodeJS.Signals | number | null }> {
      await child.exited
      await Promise.all([reading.catch(() => undefined), complaining])
      return { code: child.exitCode, signal: child.signalCode }
    },
    async stop(): Promise<void> {
      child.kill('SIGTERM')
      await child.exited
      if (!options.home) home.remove()
    },
  }
}
