// The uploads that this tab sends: three at a time in their order, what happens to each, and what is kept of that for a later page.
import type { Clock, Timer } from '../clock.ts'
import { abandonUpload, type AbandonDependencies } from './abandon-upload.ts'
import { chunkAfterAnswer, chunkAfterCut, FIRST_CHUNK_BYTES, SMALLEST_BYTES } from './chunk-size.ts'
import { isAsSent } from './is-as-sent.ts'
import type { KeptFiles } from './kept-files.ts'
import { runUpload, type RunDependencies } from './run-upload.ts'
import { afterEvent, isActive, nextInLine, type Upload, type UploadEvent } from './upload.ts'
import type { UploadList } from './upload-list.ts'
import type { UploadDeed } from './upload-view.ts'

type UploadLineDependencies = RunDependencies &
  AbandonDependencies & {
    /** The tab. */
    self: string
    list: UploadList
    kept: KeptFiles
    clock: Clock
    /** Nobody shows it any more. */
    gone: (id: string) => void
  }

const AT_ONCE = 3
const SAVE_MS = 500

export function createUploadLine(dependencies: UploadLineDependencies) {
  const { self, list, kept, clock, sources, digests, newId, gone } = dependencies
  /** What runs, or is being called off at the relay, and how to end it. */
  const runs = new Map<string, AbortController>()
  /** Of the files at the relay that are not what was sent, by upload. */
  const deletions = new Map<string, AbortController>()
  const unsaved = new Set<string>()
  let saving: Timer | null = null
  /** Of the link, so of all of them: what one has learnt the next begins with. */
  let chunkBytes = FIRST_CHUNK_BYTES
  /** What something on the way has not refused. */
  let mostBytes = Infinity

  const isMine = (upload: Upload | undefined): upload is Upload => upload?.tab === self
  const mine = (): Upload[] => [...list.all()].filter(isMine)
  const ranks = () => [...list.all()].map(({ rank }) => rank)
  /** Before all that stand in line. */
  const front = () => Math.min(0, ...ranks()) - 1

  function happen(id: string, event: UploadEvent): void {
    const before = list.get(id)
    if (!isMine(before)) return
    const after = afterEvent(before, event)
    if (after === before) return
    put(after)
    if (isActive(before) && !isActive(after)) stopRun(id)
    if (after.state === 'done') settle(after)
    if (after.state === 'cancelled') void callOff(after, before.state === 'done')
    if (after.wrong !== before.wrong) void deleteWrong(after)
    if (after.state === 'queued' || !isActive(after)) startNext()
  }

  function put(upload: Upload): void {
    list.put(upload)
    unsaved.add(upload.id)
    // What somebody has said holds at once. Of what happens by itself the relay knows more than a crash can forget.
    if (upload.state === 'paused' || upload.state === 'cancelled') saveNow()
    else saving ??= clock.setTimer(saveNow, SAVE_MS)
  }

  /** Of a whole folder that is through nothing is kept: the session's files say the rest. */
  const isOver = ({ state, purpose, unchecked }: Upload) => state === 'done' && purpose === 'files' && unchecked === null

  function saveNow(): void {
    saving?.cancel()
    saving = null
    if (unsaved.size === 0) return
    const changed = mine().filter(({ id }) => unsaved.has(id))
    unsaved.clear()
    void kept.change({ save: changed.filter((each) => !isOver(each)), remove: changed.filter(isOver).map(({ id }) => id) })
  }

  function stopRun(id: string): void {
    runs.get(id)?.abort()
    runs.delete(id)
  }

  /** Its bytes are not wanted here any more. */
  function letGo(id: string): void {
    digests.drop(id)
    sources.drop(id)
  }

  function startNext(): void {
    for (const { id } of nextInLine(mine(), AT_ONCE)) start(id)
  }

  function start(id: string): void {
    const stop = new AbortController()
    runs.set(id, stop)
    happen(id, { type: 'started' })
    const run = {
      upload: () => list.get(id)!,
      tell: (event: UploadEvent) => void (stop.signal.aborted ? undefined : happen(id, event)),
      pieceBytes: () => chunkBytes,
      measured(offset: number, bytes: number, ms: number) {
        if (bytes > 0) chunkBytes = Math.min(mostBytes, chunkAfterAnswer(chunkBytes, bytes, ms))
        list.measured(id, offset)
      },
      broken() {
        chunkBytes = chunkAfterCut(chunkBytes)
        list.broken(id)
      },
      smaller() {
        if (chunkBytes === SMALLEST_BYTES) return false
        chunkBytes = mostBytes = chunkAfterCut(chunkBytes)
        return true
      },
    }
    void runUpload(dependencies, run, stop.signal)
  }

  /** Of a large file the relay knows what it has read before this browser does. */
  function settle(upload: Upload): void {
    if (upload.unchecked !== null) return void (runs.has(upload.id) ? undefined : compare(upload))
    if (upload.isLetGo) forget(upload.id)
    else letGo(upload.id)
  }

  /** Again by a later page, as long as the file can be read there without asking anybody. */
  async function compare(upload: Upload): Promise<void> {
    const { id } = upload
    const stop = new AbortController()
    runs.set(id, stop)
    const isRight = await isAsSent(dependencies, upload)
    if (stop.signal.aborted) return
    stopRun(id)
    happen(id, isRight ? { type: 'compared' } : { type: 'differed', fileId: newId() })
  }

  async function deleteWrong({ id, wrong, anew }: Upload): Promise<void> {
    if (wrong === null) return
    const stop = new AbortController()
    deletions.get(id)?.abort()
    deletions.set(id, stop)
    await abandonUpload(dependencies, { fileId: wrong, isFile: anew === 'differs' }, stop.signal)
    if (stop.signal.aborted) return
    deletions.delete(id)
    happen(id, { type: 'wrong-deleted' })
  }

  /** The relay is told as soon as it can be, also by a later page. */
  async function callOff({ id, fileId, isKnown }: Upload, isFile: boolean): Promise<void> {
    stopRun(id)
    letGo(id)
    const stop = new AbortController()
    runs.set(id, stop)
    if (isKnown) await abandonUpload(dependencies, { fileId, isFile }, stop.signal)
    if (!stop.signal.aborted) forget(id)
  }

  function forget(id: string): void {
    stopRun(id)
    letGo(id)
    unsaved.delete(id)
    list.remove(id)
    gone(id)
    void kept.change({ remove: [id] })
  }

  return {
    isMine,
    mine,
    front,
    /** Behind all that stand in line. */
    back: () => Math.max(0, ...ranks()) + 1,
    happen,
    do(id: string, deed: UploadDeed): void {
      const upload = list.get(id)
      if (!isMine(upload)) return
      if (deed === 'cancel' && upload.isBorrowed) return forget(id)
      if (deed === 'forget') return upload.unchecked === null ? forget(id) : happen(id, { type: 'let-go' })
      if (deed === 'pause') return happen(id, { type: 'paused' })
      if (deed === 'cancel') return happen(id, { type: 'cancelled' })
      happen(id, { type: deed === 'resume' ? 'resumed' : 'retried', rank: front() })
    },
    /** From now on this tab sends them: new ones, or what another has left. */
    take(uploads: readonly Upload[]): void {
      for (const upload of uploads) {
        list.put(upload)
        if (upload.state === 'done') settle(upload)
        if (upload.state === 'cancelled') void callOff(upload, false)
        void deleteWrong(upload)
      }
      startNext()
    },
    /** Another tab sends it now. */
    release: stopRun,
    stop(): void {
      for (const id of [...runs.keys()]) stopRun(id)
      for (const stop of deletions.values()) stop.abort()
      deletions.clear()
      saveNow()
    },
  }
}
