// The map of the relay: every part is made here, in the order in which it needs the others, and ended in the reverse.
import type { Server } from 'bun'
import { randomInt, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PROTOCOL_VERSION, type Me } from '#protocol'
import packageJson from '../package.json' with { type: 'json' }
import { createAnswers } from './answers/answers.ts'
import { createAuth, type HashCost } from './auth/auth.ts'
import { deriveKey, newSecret, readSecret } from './auth/secret.ts'
import { databaseSize, describeStorage } from './backup/backup.ts'
import { createChannels, type Broadcaster } from './channels/channels.ts'
import { createPresence } from './channels/presence.ts'
import { claudeFolderOf } from './claude-folder.ts'
import { createClaude, handedFolders, type Claude } from './claude/claude.ts'
import { steady, systemClock, type Clock } from './clock.ts'
import type { Config } from './config.ts'
import { spareBytes } from './disk-room.ts'
import { createEvents, createTranscriptFill, createTranscripts } from './events/events.ts'
import { createTrimming } from './events/trim-events.ts'
import { createExecutions, type Executions } from './executions/executions.ts'
import { createFiles } from './files/files.ts'
import { openBlobs } from './files/open-blobs.ts'
import { createHttp, createRoutes, type Answered } from './http/http.ts'
import { patience } from './http/patience.ts'
import { createWebApp } from './http/web-app.ts'
import type { Log } from './observability/log.ts'
import { createMetrics } from './observability/metrics.ts'
import { createOperation } from './operation/operation.ts'
import { createRateLimits } from './rate-limits.ts'
import { claudeSettings, mib, socketSettings, uploadLimits } from './room-settings.ts'
import { createSessions } from './sessions/sessions.ts'
import { databaseFile, openStorage } from './storage/storage.ts'
import { createUploads } from './uploads/uploads.ts'
import { createUsage, machineTimeZone } from './usage/usage.ts'
import { createWebhooks } from './webhooks/webhooks.ts'
import { createWorkspaces } from './workspaces/workspaces.ts'
import { createWs, type SocketData } from './ws/ws.ts'

export type Relay = Awaited<ReturnType<typeof createRelay>>

/** What tests put in the place of the real thing. */
export type Replacements = { clock?: Clock; claude?: Claude; webAppFolder?: string; answered?: Answered; hashCost?: HashCost }

/** Makes a relay that does not listen yet. `log` gets everything worth a line. */
export async function createRelay(config: Config, log: Log, replacements: Replacements = {}) {
  const clock = steady(replacements.clock ?? systemClock, (error) => log.error('a periodic task failed', { error }))
  const newId = randomUUID
  const metrics = createMetrics()

  const lost = Promise.withResolvers<string>()
  const commitSeconds = metrics.histogram('ensemble_commit_seconds')
  const commitBatches = metrics.histogram('ensemble_commit_batches')
  const storage = await openStorage({
    url: config.databaseUrl,
    clock,
    log,
    lost(reason) {
      log.error('nothing can be kept any more, so the relay ends; start it again', { reason })
      lost.resolve(reason)
    },
    groupDone(batches, ms) {
      commitSeconds.observe(ms / 1_000)
      commitBatches.observe(batches)
    },
  })
  // Links are followed once: whoever changes one later does not choose where uploads lie.
  const dataFolder = realpathSync(config.ensembleData)
  const claudeFolder = claudeFolderOf({ ...process.env, ...config.claudeOverrides })
  const events = createEvents({ storage })
  const trimming = createTrimming({ storage, clock, log })
  const filling = createTranscriptFill({ storage, clock, log })
  const secret = readSecret(config.jwtSecret, dataFolder)
  const auth = createAuth({
    storage,
    clock,
    log,
    secret,
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    jwksUrl: config.jwtJwksUrl,
    signInsPerMinute: config.signInsPerMinute,
    newId,
    newSecret,
    hashCost: replacements.hashCost,
  })
  const answers = createAnswers({ storage, clock })

  // Bun's server exists only once it listens; until then nobody can have subscribed.
  let server: ReturnType<typeof Bun.serve<SocketData>> | null = null
  /** With 0 among the settings the one that the system gave. */
  const port = () => server?.port ?? config.port
  /** Cookies know no ports. One that is any at each start is no name to come back by: then the one that browsers are told has to do. */
  const cookiePort = () => (config.port === 0 && config.publicUrl !== null ? new URL(config.publicUrl).port : '') || port()
  const broadcaster: Broadcaster = {
    publish: (topic, text) => void server?.publish(topic, text),
    subscribers: (topic) => server?.subscriberCount(topic) ?? 0,
  }
  const channels = createChannels({ storage, events, clock, log, broadcaster, metrics })
  const presence = createPresence({ channels, clock })
  const workspaces = createWorkspaces({ storage, channels, auth, clock, newId, roots: config.ensembleRoots, reserved: [dataFolder], claudeFolder })
  const limits = uploadLimits(config)
  const sessions = createSessions({ storage, channels, events, transcripts: createTranscripts({ storage }), auth, clock, log, newId, workspaces, runner: () => executions, allowBypass: config.allowBypass, copies: { spareBytes: () => spareBytes(dataFolder, limits.reserveBytes), userBytes: config.maxUserCopiesMib * mib } })
  const blobs = openBlobs({ bucket: config.filesBucket, folder: join(dataFolder, 'files'), epoch: storage.epoch, clock, log })
  const files = createFiles({ storage, channels, auth, clock, log, newId, store: blobs, limits, removed: (sessionId, fileId) => claude.withdrawFile(sessionId, fileId) })
  const uploads = createUploads({ storage, channels, auth, files, clock, log, metrics, newId, folder: join(dataFolder, 'files', 'incoming'), limits })
  const filesOf = async (sessionId: string) => (await files.handedTo(sessionId)).map((each) => ({ ...each, local: () => files.pathOf(each.id) }))
  const claude: Claude = replacements.claude ?? createClaude({ config: claudeSettings(config, dataFolder), clock, log, metrics, newId, filesOf })
  const usage = createUsage({ storage, auth, clock, log, timeZone: config.budgetTimeZone ?? machineTimeZone(), transcripts: join(claudeFolder, 'projects') })
  const webhooks = createWebhooks({
    storage,
    auth,
    clock,
    log,
    metrics,
    newId,
    newSecret,
    secretKey: deriveKey(secret, 'webhook secrets'),
    random: () => randomInt(2 ** 32) / 2 ** 32,
    allowPrivate: config.webhookAllowPrivate,
    version: packageJson.version,
    resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  })
  const executions: Executions = createExecutions({ storage, channels, claude, sessions, workspaces, files, usage, auth, clock, log, metrics, newId, allowBypass: config.allowBypass, webhooks })

  const rateLimits = createRateLimits({ rates: { promptsPerSecond: config.promptsPerSecond, signsPerSecond: config.signsPerSecond, othersPerSecond: config.messagesPerSecond, uploadsPerSecond: config.uploadsPerSecond }, clock })
  const ws = createWs({
    auth,
    rateLimits,
    channels,
    services: { answers, auth, executions, files, presence, sessions, uploads, metrics },
    settings: socketSettings(config),
    epoch: storage.epoch,
    clock,
    log,
    newId,
  })
  const operation = createOperation({
    about: { version: packageJson.version, protocol: PROTOCOL_VERSION, hostName: hostname(), maxConnections: config.maxConnections, maxProcesses: config.claudeMaxProcesses, dataFolder, reserveBytes: limits.reserveBytes },
    storage,
    channels,
    claude,
    executions: () => executions,
    connections: ws.connections,
    figures: { costToday: usage.budgets.spentToday, webhooksWaiting: webhooks.waiting, openQuestions: () => executions.openQuestions(), databaseSize: () => databaseSize(databaseFile(config.databaseUrl)) },
    blobs,
    auth,
    clock,
    log,
    metrics,
  })
  void lost.promise.then(operation.readiness.lost)

  async function relayFacts(): Promise<Me['relay']> {
    const [described, standard] = await Promise.all([claude.describe(), workspaces.standard()])
    return {
      version: packageJson.version,
      protocol: PROTOCOL_VERSION,
      epoch: storage.epoch,
      host_name: hostname(),
      demo: config.demo,
      sandbox: described.sandbox,
      allow_bypass: config.allowBypass,
      claude: { found: described.found, version: described.version, credentials: described.credentials },
      default_workspace_id: standard.id,
    }
  }
  const routes = createRoutes({
    auth,
    clock,
    relayFacts,
    cookieName: () => `ensemble_refresh_${cookiePort()}`,
    metrics,
    operation,
    version: packageJson.version,
    epoch: storage.epoch,
    sessions,
    workspaces,
    files,
    uploads,
    executions,
    usage,
    webhooks,
    storageFacts: () => describeStorage({ storage, databasePath: databaseFile(config.databaseUrl), dataFolder, filesIn: config.filesBucket && blobs.where, copies: [...handedFolders(dataFolder), join(dataFolder, 'files', 'copies')] }),
  })
  const http = createHttp<Server<SocketData>>({
    routes,
    auth,
    answers,
    gate: { host: config.host, publicUrl: config.publicUrl, tls: config.tlsCert !== null, trustedProxies: config.trustedProxies, allowedOrigins: config.allowedOrigins },
    port,
    webApp: createWebApp({ folder: replacements.webAppFolder ?? join(import.meta.dir, '..', 'dist') }),
    charge: rateLimits.charge,
    upgrade: (request, to, from) => ws.upgrade(request, to, { address: from.address ?? '', agent: from.agent, hop: from.hop ?? null }),
    clock,
    log,
    metrics,
    newId,
    answered: replacements.answered,
  })

  sessions.onAccessLost(({ sessionId, userIds }) => {
    for (const userId of userIds ?? [null]) presence.forget(sessionId, userId)
    ws.rightsChanged(userIds)
  })
  executions.onExecutionEnded(({ execution_id }) => webhooks.ended(execution_id))
  sessions.onErased(() => void Promise.all([files.sweep(), uploads.sweep()]).catch((error) => log.error('files could not be swept', { error })))
  workspaces.onRemoved(() => ws.rightsChanged(null))
  workspaces.onTrustChanged((workspaceId) => void sessions.trustChanged(workspaceId).catch((error) => log.error('trust could not be told', { error })))
  const unwatch = auth.watch(() => void sessions.accountsChanged().catch((error) => log.error('sessions could not follow the accounts', { error })))

  /** Settles what the last run left, then listens. */
  async function start(): Promise<{ port: number; url: string }> {
    const swept = await claude.sweep()
    if (swept > 0) log.warn('ended processes of an earlier run', { count: swept })
    await workspaces.boot(config.folder)
    await sessions.boot()
    await files.sweep()
    await uploads.boot()
    await usage.boot()
    await executions.boot()
    usage.start()
    await webhooks.boot()
    server = Bun.serve<SocketData>({
      hostname: config.host,
      port: config.port,
      development: false,
      // Once a head is there, HTTP says how long its connection may be quiet; sockets are ended by their owners.
      idleTimeout: patience.head,
      maxRequestBodySize: limits.maxBytes + mib,
      ...(config.tlsCert && config.tlsKey ? { tls: { cert: Bun.file(config.tlsCert), key: Bun.file(config.tlsKey) } } : {}),
      fetch: (request, self) => http.fetch(request, self),
      error: (problem) => http.error(problem),
      websocket: ws.handlers,
    })
    filling.start()
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    return { port: port(), url: `${config.tlsCert ? 'https' : 'http'}://${host}:${port()}` }
  }

  /** No new prompts, sockets told to come back, turns interrupted, everything on disk. */
  async function stop(): Promise<void> {
    const told = operation.drain()
    ws.drain()
    await executions.stop()
    await claude.stop()
    await webhooks.stop()
    await usage.stop()
    ws.stop()
    operation.stop()
    presence.stop()
    sessions.stop()
    uploads.stop()
    trimming.stop()
    filling.stop()
    unwatch()
    await told
    await channels.stop()
    await server?.stop(true)
    auth.stop()
    await storage.close()
  }

  /** `lost`: settles when nothing can be kept any more; whoever runs the relay ends it then. */
  return { start, stop, lost: lost.promise, storage, auth, channels, claude, workspaces, routes, connections: ws.connections.open }
}
