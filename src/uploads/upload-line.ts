// The uploads that this tab sends: three at a time in their order, what happens to each, and what is kept of that for a later page.
import type { Clock } from '../clock.ts'
import { abandonUpload, type AbandonDependencies } from './abandon-upload.ts'
import { chunkAfterAnswer, chunkAfterCut, FIRST_CHUNK_BYTES, SMALLEST_BYTES } from './chunk-size.ts'
import { isFastLink } from './fast-link.ts'
import { isAsSent } from './is-as-sent.ts'
import type { KeptFiles } from './kept-files.ts'
import { runUpload, type RunDependencies } from './run-upload.ts'
import { nextInLine } from './next-in-line.ts'
import { afterEvent, isActive, isAttended, type Upload, type UploadEvent } from './upload.ts'
import type { UploadList } from './upload-list.ts'
import { createUploadSaving } from './upload-saving.ts'
import type { UploadDeed } from './upload-view.ts'

type UploadLineDependencies = RunDependencies &
  AbandonDependencies & {
    /** The tab. */
    self: string
    list: UploadList
    kept: KeptFiles
    clock: Clock
    /** Nobody shows these any more. */
    gone: (ids: readonly string[]) => void
  }

const AT_ONCE = 3
/** Where the relay does not say when to ask again. */
const ASIDE_MS = 10_000
/** A folder of thousands that is taken back is not thousands of requests at once. */
const CALLED_OFF_AT_ONCE = 4

export function createUploadLine(dependencies: UploadLineDependencies) {
  const { self, list, sources, digests, newId } = dependencies
  /** What runs, rests, or is being called off at the relay, and how to end it. */
  const runs = new Map<string, AbortController>()
  /** Of the files at the relay that are not what was sent, by upload. */
  const deletions = new Map<string, AbortController>()
  /** Deletions at the relay that stand in line, and how many are under way. */
  const callOffs: (() => Promise<void>)[] = []
  let callingOff = 0
  /** What the line has to see to when all that happens together has happened; null: nothing does. */
  let together: { next: boolean; save: boolean } | null = null
  /** Of the link, so of all of them: what one has learnt the next begins with. */
  let chunkBytes = FIRST_CHUNK_BYTES
  /** What something on the way has not refused. */
  let mostBytes = Infinity

  const isMine = (upload: Upload | undefined): upload is Upload => upload?.tab === self
  const mine = (): Upload[] => [...list.all()].filter(isMine)
  const mineOf = (id: string): Upload | undefined => {
    const upload = list.get(id)
    return isMine(upload) ? upload : undefined
  }
  const saving = createUploadSaving({ ...dependencies, mine: mineOf, all: mine })

  /** However many uploads `work` changes, the line is looked at once, and they are written down once. */
  function inOneGo(work: () => void): void {
    if (together) return work()
    const due = (together = { next: false, save: false })
    try {
      work()
      if (due.next) startNext()
    } finally {
      together = null
    }
    if (due.save) saving.saveNow()
  }

  const happen = (id: string, event: UploadEvent): void => inOneGo(() => change(id, event))

  function change(id: string, event: UploadEvent): void {
    const before = mineOf(id)
    const after = before && afterEvent(before, event)
    if (!before || !after || after === before) return
    put(after)
    if (isAttended(before) && (isActive(before) !== isActive(after) || !isAttended(after))) stopRun(id)
    if (after.aside === 'rests' && before.aside !== 'rests') void restAside(after)
    if (after.state === 'done') settle(after)
    if (after.state === 'cancelled') callOff(after, before.state === 'done')
    if (after.wrong !== before.wrong) void deleteWrong(after)
    if (after.state === 'queued' || after.aside === 'due' || (before.state === 'waiting' && after.state !== 'waiting') || (isActive(before) && !isActive(after))) together!.next = true
  }

  function put(upload: Upload): void {
    list.put(upload)
    saving.changed(upload.id)
    // What somebody has said holds at once. Of what happens by itself the relay knows more than a crash can forget.
    if (upload.state === 'paused' || upload.state === 'cancelled') together!.save = true
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
        if (bytes > 0 && !isFastLink(bytes, ms)) sources.hurry()
        if (bytes > 0) chunkBytes = Math.min(mostBytes, chunkAfterAnswer(chunkBytes, bytes, ms))
        list.measured(id, offset, bytes)
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

  /** Its place is another's meanwhile. */
  async function restAside({ id, trouble }: Upload): Promise<void> {
    const stop = new AbortController()
    runs.set(id, stop)
    await dependencies.way.rest(trouble?.retryAfterMs ?? ASIDE_MS, stop.signal)
    if (!stop.signal.aborted) happen(id, { type: 'due' })
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
  function callOff({ id, fileId, isKnown }: Upload, isFile: boolean): void {
    stopRun(id)
    letGo(id)
    if (!isKnown) return forget(id)
    const stop = new AbortController()
    runs.set(id, stop)
    callOffs.push(async () => {
      if (!stop.signal.aborted) await abandonUpload(dependencies, { fileId, isFile }, stop.signal)
      if (!stop.signal.aborted) forget(id)
    })
    callNextOff()
  }

  function callNextOff(): void {
    while (callingOff < CALLED_OFF_AT_ONCE && callOffs.length > 0) {
      callingOff += 1
      void callOffs.shift()!().finally(() => {
        callingOff -= 1
        callNextOff()
      })
    }
  }

  function forget(id: string): void {
    stopRun(id)
    letGo(id)
    list.remove(id)
    saving.forgotten(id)
  }

  function doOne(upload: Upload, deed: UploadDeed, rank: number): void {
    const { id } = upload
    if (deed === 'forget' ? upload.unchecked === null : deed === 'cancel' && upload.isBorrowed) {
      forget(id)
      together!.save = true
    } else if (deed === 'forget') change(id, { type: 'let-go' })
    else if (deed === 'pause') change(id, { type: 'paused' })
    else if (deed === 'attach') change(id, { type: 'attached' })
    else if (deed === 'cancel') change(id, { type: 'cancelled' })
    else change(id, { type: deed === 'resume' ? 'resumed' : 'retried', rank })
  }

  return {
    isMine,
    mine,
    happen,
    inOneGo,
    /** To all of them at once, in this order: a folder may be of thousands. */
    do(ids: readonly string[], deed: UploadDeed): void {
      const uploads = ids.flatMap((id) => mineOf(id) ?? [])
      const front = list.front(uploads.length)
      inOneGo(() => uploads.forEach((upload, index) => doOne(upload, deed, front + index)))
    },
    /** From now on this tab sends them: new ones, or what another has left. */
    take(uploads: readonly Upload[]): void {
      inOneGo(() => {
        for (const upload of uploads) {
          list.put(upload)
          if (upload.state === 'done') settle(upload)
          if (upload.state === 'cancelled') callOff(upload, false)
          void deleteWrong(upload)
        }
        together!.next = true
      })
    },
    /** Another tab sends it now. */
    release: stopRun,
    stop(): void {
      for (const id of [...runs.keys()]) stopRun(id)
      for (const stop of deletions.values()) stop.abort()
      deletions.clear()
      saving.saveNow()
    },
  }
}
