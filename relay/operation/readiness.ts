// Whether the relay serves, why not, and what else is wrong with it: each reason a short code and a sentence for whoever runs it.
import type { Readiness as ReadinessTold, ReadinessCode, ReadinessReason } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Claude } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import type { BlobStore } from '../files/files.ts'
import type { Storage } from '../storage/storage.ts'
import type { EventLoop } from './event-loop.ts'

export type Readiness = ReturnType<typeof createReadiness>

type Dependencies = {
  clock: Clock
  storage: Pick<Storage, 'writer' | 'commit'>
  eventLoop: Pick<EventLoop, 'maxLagMs'>
  /** Bytes left where the data folder lies; null where nobody can say. */
  freeBytes: () => Promise<number | null>
  /** Less than this is nearly full. */
  reserveBytes: number
  blobs: Pick<BlobStore, 'look'>
  claude: Pick<Claude, 'known'>
}

/** `/readyz` is open to anybody: one look serves all who ask within a second. */
const lookEveryMs = 1_000
/** A request to somebody else's machine each time. */
const lookAtFilesEveryMs = { well: 30_000, ill: 5_000 }
const slowCommitMs = 1_000
const behindBytes = 16 * 1024 * 1024
const behindBatches = 10_000
const lateMs = 2_000
/** People go on reading and, where that is what is missing, wait for Claude: a relay that is taken away for these helps nobody. */
const WARNINGS: readonly ReadinessCode[] = ['disk_nearly_full', 'files_store_away', 'claude_missing', 'claude_unknown', 'claude_no_credentials', 'event_loop_slow']
const isWarning = ({ code }: ReadinessReason): boolean => WARNINGS.includes(code)

export function createReadiness({ clock, storage, eventLoop, freeBytes, reserveBytes, blobs, claude }: Dependencies) {
  let isDraining = false
  let lostBecause: string | null = null
  let looked: { at: number; reasons: Promise<ReadinessReason[]> } | null = null
  let stored: { at: number; reasons: ReadinessReason[] } | null = null
  let known: readonly ReadinessReason[] = []
  let isLookingAtFiles = false
  let isProbing = false

  /** Who is told that this relay is not ready sends it nothing: then only a try of its own can find out that the disk is free again. */
  function probe(): void {
    if (isProbing) return
    isProbing = true
    storage.commit({}).then(
      () => (isProbing = false),
      () => (isProbing = false),
    )
  }

  function ofStorage(): ReadinessReason[] {
    if (lostBecause !== null) return [{ code: 'storage_lost', message: `nothing can be kept: ${lostBecause}` }]
    const { waitingBatches, waitingBytes, underWayMs, stuckOn } = storage.writer()
    const reasons: ReadinessReason[] = []
    if (stuckOn !== null) probe()
    if (stuckOn === 'locked') reasons.push({ code: 'storage_locked', message: 'another program holds the database: end it, or wait until it has finished' })
    if (stuckOn === 'full') reasons.push({ code: 'storage_full', message: 'the disk of the database is full: make room' })
    if (underWayMs > slowCommitMs) reasons.push({ code: 'storage_slow', message: `a commit has been under way for ${Math.round(underWayMs / 1_000)} s: the disk is slow or the database held` })
    if (waitingBytes > behindBytes || waitingBatches > behindBatches) {
      reasons.push({ code: 'writer_behind', message: `${waitingBatches} batches with ${Math.round(waitingBytes / 1024 / 1024)} MiB wait for the disk` })
    }
    return reasons
  }

  async function ofDisk(): Promise<ReadinessReason[]> {
    const free = await freeBytes()
    if (free === null || free >= reserveBytes) return []
    return [{ code: 'disk_nearly_full', message: `only ${Math.round(free / 1024 / 1024)} MiB are left where the data lies; DISK_RESERVE_MIB asks for ${Math.round(reserveBytes / 1024 / 1024)}` }]
  }

  /** As of the last look, which nobody waits for: a store that does not answer holds up nothing here. */
  function ofFiles(): ReadinessReason[] {
    if (!isLookingAtFiles && (stored === null || clock.elapsed() - stored.at > lookAtFilesEveryMs[stored.reasons.length === 0 ? 'well' : 'ill'])) void lookAtFiles()
    return stored?.reasons ?? []
  }

  async function lookAtFiles(): Promise<void> {
    isLookingAtFiles = true
    const why = await blobs.look().then(() => null, (problem: Error) => problem.message)
    isLookingAtFiles = false
    stored = { at: clock.elapsed(), reasons: why === null ? [] : [{ code: 'files_store_away', message: `the store of uploaded files does not answer as it should (${why}): check FILES_URL and its keys` }] }
  }

  function ofClaude(): ReadinessReason[] {
    const described = claude.known()
    if (described === null) return [{ code: 'claude_unknown', message: 'the Claude CLI was asked for its version and has not answered so far' }]
    if (!described.found) return [{ code: 'claude_missing', message: 'the Claude CLI cannot be run: check CLAUDE_BIN, or install the package again' }]
    if (described.credentials === 'none') return [{ code: 'claude_no_credentials', message: 'Claude has no credentials: set ANTHROPIC_API_KEY, or sign in with `claude` as the user that runs the relay' }]
    return []
  }

  async function look(): Promise<ReadinessReason[]> {
    const disk = await ofDisk()
    const lagMs = eventLoop.maxLagMs()
    const late: ReadinessReason[] = lagMs > lateMs ? [{ code: 'event_loop_slow', message: `something held up the relay for ${(lagMs / 1_000).toFixed(1)} s` }] : []
    return [...ofStorage(), ...disk, ...ofFiles(), ...ofClaude(), ...late]
  }

  async function reasons(): Promise<ReadinessReason[]> {
    // These two are known at once, and end the relay: nobody waits for the rest.
    const ending: ReadinessReason[] = isDraining ? [{ code: 'draining', message: 'the relay is shutting down' }] : []
    if (lostBecause !== null) ending.push(...ofStorage())
    if (ending.length > 0) return ending
    const now = clock.elapsed()
    if (looked === null || now - looked.at >= lookEveryMs) looked = { at: now, reasons: look() }
    known = await looked.reasons
    return [...known]
  }

  async function judged(): Promise<Required<ReadinessTold>> {
    const all = await reasons()
    const why = all.filter((each) => !isWarning(each))
    return { status: why.length === 0 ? 'ready' : 'not_ready', reasons: why, warnings: all.filter(isWarning) }
  }

  return {
    drain: (): void => void (isDraining = true),
    lost: (reason: string): void => void (lostBecause ??= reason),
    /** All that is wrong; what is no more than a warning as well. */
    reasons,
    judged,
    /** Whether it is ready is told to anybody; why not, to admins alone. */
    async toldTo(who: Pick<Identity, 'role'> | null): Promise<ReadinessTold> {
      const all = await judged()
      return who?.role === 'admin' ? all : { status: all.status }
    },
    /** As of the last look. */
    isReady: (): boolean => !isDraining && lostBecause === null && known.every(isWarning),
  }
}
