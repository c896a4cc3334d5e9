// DOOR of operation: is the relay ready, how is it doing, what does it run; and the stop button of a process.
import { Refused, type RelayStats, type SessionsOverview, type SessionsOverviewQuery } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth } from '../auth/auth.ts'
import { commitOrRefuse, type Channels } from '../channels/channels.ts'
import type { Claude } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import { diskOf } from '../disk-room.ts'
import type { Executions } from '../executions/executions.ts'
import type { BlobStore } from '../files/files.ts'
import { total } from '../observability/histogram.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Storage } from '../storage/storage.ts'
import { watchEventLoop } from './event-loop.ts'
import { createKeptFigures, type FigureSources } from './kept-figures.ts'
import { createOwnMemory } from './own-memory.ts'
import { createProcessList } from './process-list.ts'
import { createReadiness } from './readiness.ts'
import { createSamples } from './samples.ts'
import { createSessionsOverview } from './sessions-overview.ts'
import { createStatusNews } from './status-news.ts'

export type Operation = ReturnType<typeof createOperation>

type About = { version: string; protocol: number; hostName: string; maxConnections: number; maxProcesses: number; dataFolder: string; reserveBytes: number }
type Dependencies = {
  about: About
  storage: Storage
  channels: Channels
  claude: Claude
  executions: () => Executions
  connections: { open(): number; people(): Omit<RelayStats['connections'], 'open' | 'limit'> }
  figures: FigureSources
  blobs: Pick<BlobStore, 'look'>
  auth: Auth
  clock: Clock
  log: Log
  metrics: Metrics
}

const lookEveryMs = 5_000
const states = ['starting', 'ready', 'working', 'waiting', 'ending', 'spare'] as const

export function createOperation({ about, storage, channels, claude, executions, connections, figures: sources, blobs, auth, clock, log, metrics }: Dependencies) {
  const startedAt = clock.now()
  let freeBytes: number | null = null
  const askFree = async () => {
    const disk = await Promise.try(diskOf, about.dataFolder).catch(() => null)
    return (freeBytes = disk && disk.freeBytes)
  }
  const eventLoop = watchEventLoop({ clock, metrics })
  const readiness = createReadiness({ clock, storage, eventLoop, freeBytes: askFree, reserveBytes: about.reserveBytes, blobs, claude })
  const news = createStatusNews({ channels, readiness, startedAt, log })
  const processes = createProcessList({ claude, storage, clock, log })
  const figures = createKeptFigures({ clock, sources })
  const overview = createSessionsOverview({ storage, claude })
  const ownMemory = createOwnMemory()
  const fanout = metrics.histogram('ensemble_fanout_seconds')
  const commits = metrics.histogram('ensemble_commit_seconds')
  const samples = createSamples({
    clock,
    read() {
      const delivered = fanout.counted()
      return {
        connections: connections.open(),
        messages: metrics.total('ensemble_messages_total') + total(delivered),
        requests: metrics.total('ensemble_http_requests_total'),
        delivered,
        committed: commits.counted(),
        errors: metrics.totals('ensemble_errors_total', 'code'),
        messagesByType: metrics.totals('ensemble_messages_total', 'type'),
        uploads: metrics.totals('ensemble_uploads_total', 'outcome')['done'] ?? 0,
        uploadBytes: metrics.total('ensemble_upload_bytes_total'),
        eventLoopLagMs: eventLoop.maxLagMs(),
        relayMemoryBytes: ownMemory().totalBytes,
        claudeMemoryBytes: processes.memoryBytes(),
      }
    },
  })
  // For the metrics and for the history: whoever looks at those does not wait for it.
  const looking = clock.every(() => void Promise.all([processes.look(), news.look()]), lookEveryMs)

  const byState = () => {
    const all = claude.processes()
    return Object.fromEntries(states.map((state) => [state, all.filter((each) => each.state === state).length]))
  }
  metrics.read('ensemble_build_info', () => 1, { version: about.version, protocol: String(about.protocol), runtime: `bun ${Bun.version}` })
  metrics.read('ensemble_ready', () => (readiness.isReady() ? 1 : 0))
  metrics.read('process_start_time_seconds', () => startedAt / 1_000)
  metrics.read('process_resident_memory_bytes', () => ownMemory().totalBytes)
  metrics.read('process_cpu_seconds_total', () => (process.cpuUsage().user + process.cpuUsage().system) / 1_000_000)
  metrics.read('ensemble_heap_used_bytes', () => ownMemory().heapBytes)
  metrics.read('ensemble_disk_free_bytes', () => freeBytes ?? NaN)
  metrics.read('ensemble_event_loop_lag_max_seconds', () => eventLoop.maxLagMs() / 1_000)
  metrics.read('ensemble_connections', connections.open)
  metrics.read('ensemble_connections_limit', () => about.maxConnections)
  metrics.read('ensemble_members', () => channels.counts().members)
  metrics.read('ensemble_lanes', () => channels.counts().lanes)
  metrics.read('ensemble_commit_waiting_batches', () => storage.writer().waitingBatches)
  metrics.read('ensemble_commit_waiting_bytes', () => storage.writer().waitingBytes)
  metrics.readBy('ensemble_claude_processes', 'state', byState)
  metrics.read('ensemble_claude_processes_limit', () => about.maxProcesses)
  metrics.read('ensemble_claude_memory_bytes', processes.memoryBytes)
  metrics.read('ensemble_claude_sessions_waiting', () => claude.stats().waiting)
  metrics.read('ensemble_claude_unknown_messages_total', () => claude.stats().unknownMessages)
  metrics.read('ensemble_turns_running', () => executions().counts().running)
  metrics.read('ensemble_prompts_waiting', () => executions().counts().waiting)
  metrics.read('ensemble_permissions_open', () => figures.last()?.asked ?? NaN)
  metrics.readBy('ensemble_execution_followers', 'over', () => executions().followers())
  metrics.read('ensemble_webhooks_waiting', () => figures.last()?.webhooks.waiting ?? NaN)
  metrics.read('ensemble_cost_today_usd', () => (figures.last()?.cost_today.micros ?? NaN) / 1_000_000)
  metrics.readBy('ensemble_database_bytes', 'part', () => {
    const { bytes, wal_bytes } = figures.last()?.database ?? { bytes: NaN, wal_bytes: NaN }
    return { main: bytes, wal: wal_bytes }
  })

  return {
    readiness,
    /** It takes no new work from now on, and says so. */
    async drain(): Promise<void> {
      readiness.drain()
      await news.now()
    },
    /** All metrics as Prometheus text. A database that does not answer keeps nobody from the rest. */
    async metrics(): Promise<string> {
      await figures.fresh().catch(() => null)
      return metrics.text()
    },
    async stats(): Promise<RelayStats> {
      const [ready, all, { asked, ...kept }] = await Promise.all([readiness.judged(), processes.all(), figures.fresh()])
      const { totalBytes, heapBytes } = ownMemory()
      const { commit_p99_ms, ...recent } = samples.recent()
      const { waitingBatches, waitingBytes } = storage.writer()
      return {
        at: clock.now(),
        started_at: startedAt,
        version: about.version,
        host_name: about.hostName,
        readiness: ready,
        connections: { open: connections.open(), limit: about.maxConnections, ...connections.people() },
        ...recent,
        ...samples.counted(),
        commits: { p99_ms: commit_p99_ms, waiting_batches: waitingBatches, waiting_bytes: waitingBytes },
        event_loop_lag_ms: Math.round(eventLoop.maxLagMs() * 10) / 10,
        turns: { ...executions().counts(), asked },
        followers: executions().followers(),
        ...kept,
        relay: { memory_bytes: totalBytes, heap_bytes: heapBytes },
        claude: { memory_bytes: processes.memoryBytes(), limit: about.maxProcesses, spares: claude.stats().spares, sessions_waiting: claude.stats().waiting, processes: all },
        history: samples.history(),
      }
    },
    sessions: (query: SessionsOverviewQuery): Promise<SessionsOverview> => overview(query),
    /** A session's process is stopped as by its owner; a spare one just ends. The conversation goes on with the next prompt. */
    async stopProcess(asked: Asked, id: string): Promise<object> {
      const found = claude.processes().find((each) => each.id === id)
      if (!found) throw new Refused('NOT_FOUND', 'no such process')
      if (found.sessionId !== null) return executions().command(asked, { session_id: found.sessionId, command: 'stop_process', args: {} })
      await commitOrRefuse(channels, { statements: [auth.audit(asked.who, 'process.stop', { process_id: id })], events: [], ...asked.answering({}) })
      claude.endSpare(id)
      return {}
    },
    stop(): void {
      looking.cancel()
      samples.stop()
      eventLoop.stop()
    },
  }
}
