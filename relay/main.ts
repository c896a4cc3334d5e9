// Starts the relay in this process: settings, the folder's lock, the relay, words for the terminal, and an end that loses nothing.
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { configFor, Misused } from './cli/called-with.ts'
import { browserOpener, openBrowser } from './cli/open-browser.ts'
import { openLogTarget, type LogTarget } from './cli/log-target.ts'
import { showShortLines } from './cli/short-line.ts'
import { startMessage } from './cli/start-message.ts'
import { systemClock } from './clock.ts'
import { whyNotToStart, type Config } from './config.ts'
import { holdDataFolder } from './data-folder.ts'
import { createLog, type Log } from './observability/log.ts'
import { createRelay, type Relay } from './relay.ts'
import { databaseFile } from './storage/storage.ts'
import { isLoopback } from './unsafe-settings.ts'

/** Longer than the relay needs to stop when all goes well; a supervisor that waits 30 s never has to kill it. */
const stopWithinMs = 25_000

export type PreparedDemo = { config: Config; stop(): Promise<void> }
type MainOptions = { prepareDemo?: (config: Config) => Promise<PreparedDemo> }

/** Runs until a signal comes. `argv` holds what follows the command. Throws `Misused` for what a person can put right. */
export async function main(argv: readonly string[], { prepareDemo }: MainOptions): Promise<void> {
  const asked = configFor(argv, process.env, prepareDemo ? { claudeOverrides: {} } : undefined)
  const unfit = whyNotToStart(asked)
  if (unfit !== null) throw new Misused(unfit)
  const holding = holdDataFolder(asked.ensembleData, databaseFile(asked.databaseUrl))
  if ('problem' in holding) throw new Misused(holding.problem)
  const { held } = holding
  const target = openLogTarget({ path: join(asked.ensembleData, 'relay.log'), isTerminal: process.stderr.isTTY ?? false })
  const short = showShortLines((text) => void process.stderr.write(`${text}\n`))
  const log = createLog((line) => {
    target.write(line)
    if (target.path !== null) short(line)
  }, systemClock)
  const demo = await prepareDemo?.(asked)
  const config = demo?.config ?? asked
  const relay = await createRelay(config, log)

  async function stop(): Promise<void> {
    await relay.stop()
    await demo?.stop()
    held.release()
    target.close()
  }
  const listening = await relay.start().catch(async (error: unknown) => {
    await stop()
    throw inWords(error, config)
  })
  const end = endOnSignals(stop, log)
  void relay.lost.then(() => end('the database is lost', 1))
  held.announce(listening.url)
  await greet(relay, config, listening, target)
}

/** What a person can put right, as a sentence. */
function inWords(error: unknown, { host, port }: Config): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'EADDRINUSE') return new Misused(`Port ${port} of ${host} is taken. Stop what uses it, or choose another with --port.`)
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') return new Misused(`${host}:${port} cannot be listened on (${code}). Choose another with --host and --port.`)
  return error
}

/** The first signal ends gracefully, a later one at once. The launcher passes on what the terminal may have sent as well. */
function endOnSignals(stop: () => Promise<void>, log: Log): (why: string, code: number) => void {
  let endingSince: number | null = null
  const end = (why: string, code: number) => {
    if (endingSince !== null) {
      if (Date.now() - endingSince > 1_000) process.exit(1)
      return
    }
    endingSince = Date.now()
    log.info('stopping', { why })
    setTimeout(() => process.exit(1), stopWithinMs).unref()
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error('could not stop', { error })
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal, 0))
  // Sent when the launcher dies without a word: nobody is left who could stop us.
  process.on('disconnect', () => end('launcher gone', 0))
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', { error }))
  process.on('uncaughtException', (error) => {
    log.error('uncaught exception', { error })
    end('uncaught exception', 1)
  })
  return end
}

/** Under which address other devices come, if one is known. */
function deviceOrigin({ host, publicUrl, tlsCert }: Config, port: number): string | null {
  if (publicUrl !== null) return publicUrl
  if (isLoopback(host)) return null
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const name = ['0.0.0.0', '::'].includes(host) ? all.find((entry) => !entry.internal && entry.family === 'IPv4')?.address : host
  return name === undefined ? null : new URL(`${tlsCert ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`).origin
}

function localOrigin({ host, tlsCert }: Config, port: number): string | null {
  const everywhere = ['0.0.0.0', '::'].includes(host)
  if (!everywhere && !isLoopback(host)) return null
  return `${tlsCert ? 'https' : 'http'}://${everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Asked of the system: the environment may say anything, or, in a unit file or container, nothing. */
function nameOfUser(): string {
  try {
    const { exitCode, stdout } = Bun.spawnSync(['id', '-un'])
    const name = stdout.toString().trim()
    return exitCode === 0 && name !== '' ? name : 'owner'
  } catch {
    return 'owner'
  }
}

async function greet({ auth, claude }: Relay, config: Config, { port }: { port: number }, target: LogTarget): Promise<void> {
  const owner = await auth.accounts.ensureOwner(nameOfUser())
  const link = async (origin: string | null, loopbackOnly: boolean) =>
    origin === null ? null : `${origin}/#code=${await auth.signIn.createCode(owner.id, { loopbackOnly })}`
  const local = localOrigin(config, port)
  const opener = config.openBrowser && local ? browserOpener({ platform: process.platform, env: process.env, isTerminal: process.stdout.isTTY ?? false, which: Bun.which }) : null
  const [localLink, deviceLink, described] = await Promise.all([link(local, true), link(deviceOrigin(config, port), false), claude.describe()])
  target.flush()
  console.log(startMessage({ folder: config.folder, localLink, deviceLink, opened: opener !== null, demo: config.demo, claude: described, logPath: target.path }))
  // A code of its own: the printed link stays good for whoever closes that tab.
  const opened = opener && (await link(local, true))
  if (opener && opened) openBrowser(opener, opened)
}
