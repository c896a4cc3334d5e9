// Every setting of the relay as one table, and the one function that reads it from environment and flags.
import { realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { readFilesUrl, type Bucket } from './files-url.ts'
import { whyUnsafe } from './unsafe-settings.ts'

type Common = { name: string; meaning: string }
export type Setting = Common &
  (
    | { kind: 'text' | 'secret' | 'url' | 'path'; default: string | null; shown?: string }
    | { kind: 'flag'; default: boolean }
    | { kind: 'count'; default: number | null; min: number; max: number; shown?: string }
    | { kind: 'list' | 'paths'; default: readonly string[]; shown?: string }
    | { kind: 'choice'; options: readonly string[]; default: string }
  )

/** Environment variables; the flag of `PUBLIC_URL` is `--public-url`. `shown` explains a default that is worked out at the start. */
export const SETTINGS = [
  { name: 'HOST', kind: 'text', default: '127.0.0.1', meaning: 'Address to listen on. Anything but loopback needs TLS, PUBLIC_URL or ALLOW_INSECURE.' },
  { name: 'PORT', kind: 'count', default: 8765, min: 0, max: 65535, meaning: 'Port to listen on; 0 takes any free one.' },
  { name: 'PUBLIC_URL', kind: 'url', default: null, meaning: 'Address under which browsers reach the relay through a proxy.' },
  { name: 'TLS_CERT', kind: 'path', default: null, meaning: 'Certificate file (PEM); with TLS_KEY the relay speaks https itself.' },
  { name: 'TLS_KEY', kind: 'path', default: null, meaning: 'Key file (PEM) of TLS_CERT.' },
  { name: 'TRUSTED_PROXIES', kind: 'list', default: [], meaning: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For, -Proto and -Host are believed; such a host still has to be one that the relay answers to.' },
  { name: 'ALLOW_INSECURE', kind: 'flag', default: false, meaning: 'Allows plain http beyond loopback, for networks that are trusted.' },
  { name: 'ALLOWED_ORIGINS', kind: 'list', default: [], meaning: 'Other origins whose pages may use the API, for a web app on a static host.' },
  { name: 'ENSEMBLE_DATA', kind: 'path', default: null, shown: '$XDG_DATA_HOME/ensemble', meaning: 'Folder of database, secret and uploads (mode 0700).' },
  { name: 'ENSEMBLE_ROOTS', kind: 'paths', default: [], shown: 'the folder it was started in', meaning: 'Folders under which workspaces may lie, separated by colons.' },
  { name: 'JWT_SECRET', kind: 'secret', default: null, shown: 'made and kept in the data folder', meaning: 'Secret that signs tokens, at least 32 random bytes.' },
  { name: 'JWT_JWKS_URL', kind: 'url', default: null, meaning: 'Key set of an identity provider whose tokens are accepted too.' },
  { name: 'JWT_ISSUER', kind: 'text', default: 'ensemble', meaning: 'The iss a token must carry.' },
  { name: 'JWT_AUDIENCE', kind: 'text', default: 'ensemble', meaning: 'The aud a token must carry.' },
  { name: 'DATABASE_URL', kind: 'text', default: null, shown: 'SQLite in the data folder', meaning: 'Where events and accounts are kept: sqlite:<path>.' },
  { name: 'FILES_URL', kind: 'text', default: null, shown: 'the data folder', meaning: 'Where uploaded files are kept: s3://bucket/folder?endpoint=https://…&region=…, with the keys in S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY (or AWS_…). What is there already moves with ensemble backup and restore.' },
  { name: 'CLAUDE_BIN', kind: 'path', default: null, shown: 'the one that comes with the SDK', meaning: 'Another Claude CLI.' },
  { name: 'CLAUDE_IDLE_MINUTES', kind: 'count', default: 30, min: 1, max: 10_080, meaning: 'Minutes after which an unused Claude process ends; the next prompt resumes it.' },
  { name: 'CLAUDE_MAX_PROCESSES', kind: 'count', default: null, min: 1, max: 1_000, shown: 'one per GiB of memory, at least 2', meaning: 'Most Claude processes at once; idle ones end first.' },
  { name: 'CLAUDE_PREWARM', kind: 'count', default: 1, min: 0, max: 8, meaning: 'Claude processes kept ready before anybody asks.' },
  { name: 'CLAUDE_SANDBOX', kind: 'choice', options: ['auto', 'bwrap', 'off'], default: 'auto', meaning: 'Whether Claude runs inside bubblewrap.' },
  { name: 'CLAUDE_ENV', kind: 'list', default: [], meaning: 'More names of variables that Claude may see.' },
  { name: 'ENABLE_PERSISTENT_SESSIONS', kind: 'flag', default: true, meaning: 'Keeps one Claude process per session; false starts one per prompt.' },
  { name: 'ALLOW_BYPASS', kind: 'flag', default: false, meaning: 'Lets owners choose modes in which Claude asks nobody.' },
  { name: 'MAX_CONNECTIONS', kind: 'count', default: 1_000, min: 1, max: 1_000_000, meaning: 'Most WebSocket connections at once.' },
  { name: 'MAX_CONNECTIONS_PER_USER', kind: 'count', default: 20, min: 1, max: 1_000_000, meaning: 'Most WebSocket connections of one user.' },
  { name: 'ADMISSION_BURST', kind: 'count', default: 2_000, min: 1, max: 1_000_000, meaning: 'New connections taken at once before they are slowed down.' },
  { name: 'ADMISSION_PER_SECOND', kind: 'count', default: 200, min: 1, max: 1_000_000, meaning: 'New connections a second after such a burst.' },
  { name: 'PROMPTS_PER_SECOND', kind: 'count', default: 10, min: 1, max: 1_000_000, meaning: 'Prompts and commands a second and user; twice as many in a burst.' },
  { name: 'SIGNS_PER_SECOND', kind: 'count', default: 60, min: 1, max: 1_000_000, meaning: 'Carets and typing signs a second and user; more are dropped.' },
  { name: 'MESSAGES_PER_SECOND', kind: 'count', default: 30, min: 1, max: 1_000_000, meaning: 'Other messages a second and user.' },
  { name: 'UPLOADS_PER_SECOND', kind: 'count', default: 200, min: 1, max: 1_000_000, meaning: 'Files a second and user that are begun, given up or sent as a whole; twice as many in a burst, and ten times as many pieces.' },
  { name: 'SIGN_INS_PER_MINUTE', kind: 'count', default: 5, min: 1, max: 1_000_000, meaning: 'Sign-in attempts a minute for one address and name.' },
  { name: 'MAX_UPLOAD_MIB', kind: 'count', default: 10_240, min: 1, max: 1_000_000_000, meaning: 'Largest uploaded file, in MiB.' },
  { name: 'MAX_SESSION_FILES_MIB', kind: 'count', default: 51_200, min: 1, max: 1_000_000_000, meaning: 'Most that the files of one session may have together, in MiB.' },
  { name: 'MAX_USER_FILES_MIB', kind: 'count', default: 102_400, min: 1, max: 1_000_000_000, meaning: 'Most that the files of one user may have together, in MiB.' },
  { name: 'MAX_SESSION_FILES', kind: 'count', default: 10_000, min: 1, max: 1_000_000, meaning: 'Most files of one session.' },
  { name: 'MAX_USER_FILES', kind: 'count', default: 50_000, min: 1, max: 10_000_000, meaning: 'Most files of one user, over all sessions.' },
  { name: 'MAX_USER_COPIES_MIB', kind: 'count', default: 2_048, min: 1, max: 1_000_000_000, meaning: 'Most that the sessions which one user has forked, or taken over from the terminal, may have copied together, in MiB; those in the trash count.' },
  { name: 'UPLOAD_EXPIRY_HOURS', kind: 'count', default: 168, min: 1, max: 8_760, meaning: 'Hours after its last byte in which an unfinished upload can be gone on with.' },
  { name: 'WEBHOOK_ALLOW_PRIVATE', kind: 'list', default: [], shown: 'none', meaning: 'Receivers of webhooks that are not public: hosts, addresses or CIDR ranges, or true for every private address but those where clouds keep keys. Only to them plain http is spoken.' },
  { name: 'DISK_RESERVE_MIB', kind: 'count', default: 512, min: 0, max: 1_000_000_000, meaning: 'With less room than this where the data lies, in MiB, no uploads are taken, no sessions are forked or taken over from the terminal, and /readyz says that the disk is nearly full.' },
  { name: 'BUDGET_TIME_ZONE', kind: 'text', default: null, shown: "the machine's", meaning: 'Time zone in which the day of a budget begins, such as Asia/Seoul.' },
  { name: 'OPEN_BROWSER', kind: 'flag', default: true, meaning: 'Opens a browser at the start where there is one.' },
  { name: 'WS_COMPRESSION', kind: 'flag', default: false, meaning: 'Compresses WebSocket frames: less traffic, more memory and time.' },
] as const satisfies readonly Setting[]

/** Known names of what this version cannot do: refusing beats ignoring. */
const NOT_YET: Record<string, string> = {
  NATS_URL: 'This version runs as one relay; unset NATS_URL.',
}

type CamelCase<S extends string> = S extends `${infer A}_${infer B}` ? `${Lowercase<A>}${Capitalize<CamelCase<B>>}` : Lowercase<S>
type ValueOf<S> = S extends { kind: 'flag' }
  ? boolean
  : S extends { kind: 'count' }
    ? number
    : S extends { kind: 'list' | 'paths' }
      ? readonly string[]
      : S extends { kind: 'choice'; options: readonly (infer O)[] }
        ? O
        : S extends { default: string }
          ? string
          : string | null
type FromTable = { [S in (typeof SETTINGS)[number] as CamelCase<S['name']>]: ValueOf<S> }

export type SettingName = (typeof SETTINGS)[number]['name']
export type Config = Omit<FromTable, 'ensembleData' | 'databaseUrl' | 'filesUrl'> & {
  ensembleData: string
  databaseUrl: string
  /** Of FILES_URL; null: files lie in the data folder. */
  filesBucket: Bucket | null
  /** The folder named on the command line, absolute: the default workspace. */
  folder: string
  /** The model is a script on loopback; only its address and the environment for Claude differ. */
  demo: boolean
  /** Put into Claude's environment over what the allow-list passes. */
  claudeOverrides: Readonly<Record<string, string>>
}

export type Environment = Readonly<Record<string, string | undefined>>
export type Machine = { folder: string; home: string; memoryBytes: number }
type ReadConfig = { ok: Config } | { problem: string }

/** A sentence for the person at the console; caught in this file only. */
class Unfit extends Error {}

/** Flags win over the environment. `argv` holds what follows the command: one folder at most, and flags. */
export function readConfig(env: Environment, argv: readonly string[], machine: Machine, demo?: { claudeOverrides: Record<string, string> }): ReadConfig {
  try {
    const { flags, folder } = readArguments(argv)
    const texts: Environment = { ...env, ...flags }
    for (const [name, why] of Object.entries(NOT_YET)) if (texts[name]) throw new Unfit(why)
    const entries = SETTINGS.map((setting) => [camelCase(setting.name), valueOf(setting, texts[setting.name], machine)])
    const table = Object.fromEntries(entries) as FromTable
    const where = resolve(machine.folder, folder ?? '.')
    if (!isFolder(where)) throw new Unfit(`${where} is not a folder. Name the folder with your code, or start in it.`)
    const chosen = table.ensembleData ?? join(dataHome(env, machine), 'ensemble')
    const ensembleData = demo ? demoDataOf(chosen) : chosen
    const { filesUrl, ...others } = table
    const config: Config = {
      ...others,
      ensembleData,
      // What is tried out goes nowhere.
      filesBucket: filesUrl === null || demo ? null : bucketOf(filesUrl, env, table.allowInsecure),
      databaseUrl: table.databaseUrl ?? `sqlite:${join(ensembleData, 'ensemble.sqlite')}`,
      ensembleRoots: table.ensembleRoots.length > 0 ? table.ensembleRoots : [where],
      folder: where,
      demo: demo !== undefined,
      claudeOverrides: demo?.claudeOverrides ?? {},
    }
    const unsafe = whyUnsafe(config)
    if (unsafe !== null) throw new Unfit(unsafe)
    return { ok: config }
  } catch (error) {
    if (error instanceof Unfit) return { problem: error.message }
    throw error
  }
}

function bucketOf(filesUrl: string, env: Environment, allowInsecure: boolean): Bucket {
  const read = readFilesUrl(filesUrl, env, allowInsecure)
  if ('problem' in read) throw new Unfit(read.problem)
  return read.bucket
}

/** What is tried out never lies among what is real; beside its data lies the folder it works in. */
export const demoDataOf = (data: string): string => join(data, 'demo', 'data')
/** Whether a demo keeps its data there. */
export const isDemoData = (data: string): boolean => data === demoDataOf(dirname(dirname(data)))

/** XDG says that a relative path in XDG_DATA_HOME is to be ignored. */
function dataHome(env: Environment, machine: Machine): string {
  const given = env['XDG_DATA_HOME']
  return given && isAbsolute(given) ? given : join(machine.home, '.local', 'share')
}

const camelCase = (name: string) => name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
export const flagOf = (name: string) => `--${name.toLowerCase().replaceAll('_', '-')}`

/** `--public_url` and `--PUBLIC-URL` are meant well. */
export const settingOf = (flag: string): Setting | undefined => SETTINGS.find(({ name }) => flagOf(name) === flag.toLowerCase().replaceAll('_', '-'))

/** Whether the flag takes nothing of what follows it: `--allow-bypass folder`, but `--allow-bypass false`. */
export const standsAlone = ({ kind }: Setting, next: string | undefined): boolean => kind === 'flag' && (next === undefined || !/^(true|false|1|0|yes|no|on|off)$/i.test(next))

function readArguments(argv: readonly string[]): { flags: Record<string, string>; folder: string | null } {
  const flags: Record<string, string> = {}
  let folder: string | null = null
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!argument.startsWith('--')) {
      if (argument.startsWith('-')) throw new Unfit(`${argument} is unknown. See ensemble --help.`)
      if (folder !== null) throw new Unfit(`Only one folder can be named: ${folder} or ${argument}.`)
      folder = argument
      continue
    }
    const [flag, inline] = argument.split(/=(.*)/s) as [string, string | undefined]
    const setting = settingOf(flag)
    if (!setting) throw new Unfit(`${flag} is unknown. See ensemble --help.`)
    const next = argv[i + 1]
    const alone = standsAlone(setting, next)
    const value = inline ?? (alone ? 'true' : next)
    if (value === undefined) throw new Unfit(`${flag} needs a value.`)
    if (inline === undefined && !alone) i++
    flags[setting.name] = value
  }
  return { flags, folder }
}

function valueOf(setting: Setting, given: string | undefined, machine: Machine): unknown {
  // An empty variable means unset: compose files and unit files write `NAME=` for that.
  const text = given?.trim() ? given.trim() : null
  if (text === null) {
    return setting.name === 'CLAUDE_MAX_PROCESSES' ? Math.max(2, Math.floor(machine.memoryBytes / 1024 ** 3)) : setting.default
  }
  switch (setting.kind) {
    case 'text':
      return text
    case 'secret':
      return given
    case 'path':
      return resolve(machine.folder, text)
    case 'url':
      return readUrl(setting.name, text)
    case 'flag':
      if (/^(true|1|yes|on)$/i.test(text)) return true
      if (/^(false|0|no|off)$/i.test(text)) return false
      throw new Unfit(`${setting.name} is "${text}" but must be true or false.`)
    case 'count': {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
      if (value >= setting.min && value <= setting.max) return value
      throw new Unfit(`${setting.name} is "${text}" but must be a whole number from ${setting.min} to ${setting.max}.`)
    }
    case 'list':
      return text.split(',').map((each) => each.trim()).filter(Boolean)
    case 'paths':
      return text.split(':').filter(Boolean).map((each) => resolve(machine.folder, each))
    case 'choice':
      if (setting.options.includes(text)) return text
      throw new Unfit(`${setting.name} is "${text}" but must be one of: ${setting.options.join(', ')}.`)
  }
}

function readUrl(name: string, text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) throw new Unfit(`${name} is "${text}" but must be an address such as https://${hostname()}/.`)
  if (name === 'PUBLIC_URL' && url.pathname !== '/') throw new Unfit(`PUBLIC_URL must have no path: the relay expects to own ${url.origin}.`)
  return name === 'PUBLIC_URL' ? url.origin : url.href
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Whether `folder` is `root` or lies in it, wherever links lead. */
const holds = (root: string, folder: string) => isFolder(root) && relative(realpathSync(root), realpathSync(folder)).split(sep)[0] !== '..'

/** Why no relay can start with these settings, as a sentence: commands that only look at accounts are not concerned. */
export function whyNotToStart({ demo, ensembleRoots, folder }: Config): string | null {
  // The demo brings a folder of its own.
  if (demo || ensembleRoots.some((root) => holds(root, folder))) return null
  return `${folder} lies under none of the folders in ENSEMBLE_ROOTS, so nothing could work there. Add it to ENSEMBLE_ROOTS, or start in a folder that lies under one of them.`
}
