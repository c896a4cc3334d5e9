// What a doctor looks at, one by one. Each only looks: nothing is changed, nothing of a workspace is run, no key is shown.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { childEnvironment } from '../claude/child-environment.ts'
import { describeClaude, findClaude } from '../claude/describe-claude.ts'
import { tryBubblewrap } from '../claude/sandbox.ts'
import { demoDataOf, whyNotToStart, type Config } from '../config.ts'
import { systemClock } from '../clock.ts'
import { addressOn } from '../data-folder.ts'
import { diskOf } from '../disk-room.ts'
import { openBlobs } from '../files/open-blobs.ts'
import { createLog } from '../observability/log.ts'
import { databaseFile } from '../storage/storage.ts'
import { createInside } from '../workspaces/inside.ts'
import { lookAtClock, lookAtDatabase, type Finding } from './doctor-data.ts'
import { browserOpener } from './open-browser.ts'

/** Null: there is nothing of the kind here. */
export type Check = (config: Config) => Finding | null | Promise<Finding>

const ok = (says: string): Finding => ({ state: 'ok', says })
const warn = (says: string, advice?: string): Finding => ({ state: 'warn', says, advice })
const fail = (says: string, advice?: string): Finding => ({ state: 'fail', says, advice })

const gib = 1024 ** 3
const size = (bytes: number) => (bytes < gib ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${(bytes / gib).toFixed(1)} GiB`)

function settings(config: Config): Finding {
  const why = whyNotToStart(config)
  return why === null ? ok(`can be started in ${config.folder}`) : fail(why)
}

function runtime(): Finding {
  const tested = packageJson.dependencies.bun
  const node = Bun.which('node')
  const run = node === null ? null : Bun.spawnSync([node, '--version'], { stdin: 'ignore', stderr: 'ignore' })
  const nodeVersion = run?.exitCode === 0 ? run.stdout.toString().trim() : null
  const says = `Bun ${Bun.version}, ${nodeVersion === null ? 'no Node' : `Node ${nodeVersion.replace(/^v/, '')}`}`
  if (Bun.version !== tested) return warn(says, `Tested with Bun ${tested}; npm ci installs it.`)
  return nodeVersion !== null && Number(/\d+/.exec(nodeVersion)?.[0]) < 20 ? warn(says, 'npm and the launcher want Node 20 or newer.') : ok(says)
}

const describe = ({ claudeBin, claudeEnv, claudeOverrides }: Config) =>
  describeClaude({ bin: claudeBin, environment: { ...childEnvironment(process.env, claudeEnv), ...claudeOverrides }, clock: systemClock })

async function claude(config: Config): Promise<Finding> {
  const path = findClaude(config.claudeBin)
  const { found, version } = await describe(config)
  if (path === null) return fail('the Claude CLI was not found', 'Run npm ci in the folder of Ensemble, or set CLAUDE_BIN.')
  return found ? ok(`Claude CLI ${version} (${config.claudeBin === null ? 'the one that comes along' : path})`) : fail(`${path} cannot be run`, 'Set CLAUDE_BIN to a Claude CLI, or unset it for the one that comes along.')
}

async function credentials(config: Config): Promise<Finding> {
  const { credentials: kind } = await describe(config)
  if (kind === 'key') return ok('a key or a cloud is set in the environment; whether it is good is not tried')
  if (kind === 'login') return ok('there is a login of Claude on this machine; whether it is good is not tried')
  const demo = addressOn(demoDataOf(config.ensembleData)) === null ? 'ensemble demo works without' : 'the demo that runs needs neither'
  return fail('Claude has neither key nor login', `ensemble login signs it in; or set ANTHROPIC_API_KEY; ${demo}.`)
}

async function port({ host, port: wanted, ensembleData }: Config): Promise<Finding> {
  if (wanted === 0) return ok('any free port is taken')
  try {
    Bun.listen({ hostname: host, port: wanted, socket: { data: () => undefined } }).stop(true)
    return ok(`${host}:${wanted} is free`)
  } catch (error) {
    const code = (error as { code?: unknown }).code
    const isThere = (url: string | null) => code === 'EADDRINUSE' && url !== null && URL.parse(url)?.port === String(wanted)
    const [url, demo] = [addressOn(ensembleData), addressOn(demoDataOf(ensembleData))]
    if (isThere(url)) return ok(`a relay of yours runs at ${url}`)
    if (isThere(demo)) return fail(`${host}:${wanted} is your demo’s, which runs`, 'Stop it before you start with your own code, or choose another port with --port.')
    if (code === 'EADDRINUSE') return fail(`${host}:${wanted} is taken by another program`, 'Stop it, or choose another with --port.')
    return fail(`${host}:${wanted} cannot be listened on (${String(code)})`, 'Choose another with --host and --port.')
  }
}

async function sandbox({ claudeSandbox }: Config): Promise<Finding> {
  if (claudeSandbox === 'off') return warn('switched off by CLAUDE_SANDBOX: Claude sees the data folder', 'Unset it, and install bubblewrap.')
  const { state } = await tryBubblewrap()
  if (state === 'works') return ok('bubblewrap works: the data folder is hidden from Claude')
  const says = state === 'missing' ? 'there is no bubblewrap' : 'bubblewrap is there, and this machine or container does not let it run'
  const advice = process.platform === 'linux' ? 'Install bubblewrap, and allow user namespaces.' : 'There is none for this system: keep to people whom you would give a shell.'
  return claudeSandbox === 'bwrap' ? fail(`${says}, and CLAUDE_SANDBOX insists on it`, advice) : warn(`${says}: Claude sees the data folder`, advice)
}

function paths(): Finding {
  return createInside().method === 'beneath'
    ? ok('openat2 works: links in workspaces are followed while they stay inside')
    : warn('no openat2 here: folders are opened one by one, and links in workspaces are not followed')
}

/** A socket, and what its page asks for beside it. */
const filesPerConnection = 4

/** As the relay will have it: Bun raises the soft limit to the hard one. Null where a shell does not know it. */
function descriptors({ maxConnections }: Config): Finding | null {
  const most = Bun.spawnSync(['/bin/sh', '-c', 'ulimit -n'], { stdin: 'ignore', stderr: 'ignore' }).stdout.toString().trim()
  const limit = most === 'unlimited' ? Infinity : Number.parseInt(most, 10)
  if (Number.isNaN(limit)) return null
  const wanted = maxConnections * filesPerConnection
  if (limit >= wanted) return ok(`${most === 'unlimited' ? 'any number of' : limit} files and connections may be open at once`)
  return warn(`only ${limit} files and connections may be open at once: whoever opens so many keeps all others out`, `Raise the limit (ulimit -n, LimitNOFILE of systemd) to ${wanted}, or lower MAX_CONNECTIONS (${maxConnections}).`)
}

/** Its folder, or the first one above it that is there. */
const existing = (path: string): string => (existsSync(path) || path === dirname(path) ? path : existing(dirname(path)))

function disk({ ensembleData }: Config): Finding {
  const free = diskOf(existing(ensembleData)).freeBytes
  const says = `${size(free)} free where the data lies`
  if (free < 100 * 1024 ** 2) return fail(says, 'Make room: a relay that can keep nothing takes no work.')
  return free < gib ? warn(says, 'Make room before it is none.') : ok(says)
}

function dataFolder({ ensembleData }: Config): Finding {
  if (!existsSync(ensembleData)) return ok(`${ensembleData} is made by the first start`)
  const about = statSync(ensembleData)
  if (!about.isDirectory()) return fail(`${ensembleData} is no folder`, 'Choose another with --ensemble-data.')
  if (process.getuid && process.getuid() !== 0 && about.uid !== process.getuid()) return fail(`${ensembleData} belongs to another user`, 'Start as that user, or choose another folder with --ensemble-data.')
  const open = ['', 'jwt-secret', 'ensemble.sqlite'].map((name) => join(ensembleData, name)).filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0)
  if (open.length > 0) return warn(`others can read ${open.join(', ')}`, 'The next start closes it; whoever read the secret can sign in as anybody: delete jwt-secret, and everybody signs in again.')
  return ok(`${ensembleData} is private`)
}

function database(config: Config): Finding {
  const path = databaseFile(config.databaseUrl)
  if (!existsSync(path)) return ok('made by the first start')
  const aside = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.damaged-`) || name.startsWith(`${basename(path)}.kept-`))
  const look = lookAtDatabase(path)
  if (look.problem !== null) return fail(look.problem, look.advice)
  if (aside.length > 0) return warn(`whole (${size(look.bytes)}), and beside it lies what was set aside: ${aside.join(', ')}`, 'ensemble restore --replace brings back a backup; delete these when they are of no use any more.')
  return ok(`${look.wasRead ? 'whole' : 'too large to be read through here'} (${size(look.bytes)})${look.toCome > 0 ? `, and will be brought up to this version (${look.toCome} steps)` : ''}`)
}

async function files({ filesBucket, ensembleData }: Config): Promise<Finding> {
  if (filesBucket === null) return ok('kept in the data folder')
  const store = openBlobs({ bucket: filesBucket, folder: join(ensembleData, 'files'), epoch: 'doctor', clock: systemClock, log: createLog(() => undefined, systemClock) })
  const place = `s3://${filesBucket.bucket}/${filesBucket.prefix}`
  const why = await store.look().then(() => null, (problem: Error) => problem.message)
  return why === null ? ok(`${place} answers`) : fail(`${place} does not answer as it should (${why})`, 'Check FILES_URL, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and the way to its endpoint.')
}

/** Whoever has tried it finds nothing of it in what the others say. */
function demo({ ensembleData }: Config): Finding | null {
  const data = demoDataOf(ensembleData)
  if (!existsSync(data)) return null
  const url = addressOn(data)
  return ok(`${url === null ? 'does not run' : `runs at ${url}`}; its data lies apart, in ${data}`)
}

const clock = ({ ensembleData, databaseUrl }: Config): Finding => lookAtClock(existing(ensembleData), databaseFile(databaseUrl))

function browser({ openBrowser }: Config): Finding {
  if (!openBrowser) return ok('none is opened, as OPEN_BROWSER says')
  const opener = browserOpener({ platform: process.platform, env: process.env, isTerminal: true, which: Bun.which })
  return opener === null ? warn('none would be opened here', 'Open the link that a start prints.') : ok(`opened with ${opener}`)
}

/** In the order in which a person would put things right. */
export const CHECKS: Record<string, Check> = { settings, runtime, claude, credentials, sandbox, paths, port, descriptors, disk, data: dataFolder, database, files, demo, clock, browser }
