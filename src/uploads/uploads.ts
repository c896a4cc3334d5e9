// The door of uploads: the line of files on their way to the relay, three at a time, and what people may do with each. Outlives reload, lost links and the relay's restart.
import type { Clock, Timer } from '../clock.ts'
import type { Rest } from '../connection/rest.ts'
import { createListeners } from '../connection/listeners.ts'
import type { Locks, Voice } from '../connection/tabs.ts'
import type { Token } from '../connection/token.ts'
import { chunkAfterAnswer, chunkAfterCut, FIRST_CHUNK_BYTES } from './chunk-size.ts'
import { abandonUpload } from './abandon-upload.ts'
import type { Digests } from './digests.ts'
import { createFileSources, isSameFile } from './file-sources.ts'
import type { FileHandle, KeptFiles } from './kept-files.ts'
import type { Way } from './way.ts'
import { runUpload } from './run-upload.ts'
import type { Transfer } from './tus-transfer.ts'
import { afterEvent, isActive, nextInLine, type Purpose, type Upload, type UploadEvent } from './upload.ts'
import { createUploadList } from './upload-list.ts'
import { createUploadTabs, type Shown } from './upload-tabs.ts'
import type { UploadDeed, UploadView } from './upload-view.ts'

export type { UploadView } from './upload-view.ts'

/** `handle`: of a browser that gives one; it spares keeping a copy of what is too large for that. */
export type PickedFile = { file: File; folder?: string; handle?: FileHandle | null }

export type Uploads = ReturnType<typeof createUploads>

export type UploadsDependencies = {
  kept: KeptFiles
  digests: Digests
  transfer: Transfer
  way: Way
  rest: Pick<Rest, 'files'>
  token: Pick<Token, 'onChange'>
  /** Who is here; null for nobody. */
  userId: () => string | null
  /** Null: this browser has none between its tabs. */
  locks: Locks | null
  voice: Voice
  clock: Clock
  random: () => number
  newId: () => string
}

const AT_ONCE = 3
/** What other tabs show may be so old. */
const TELL_TABS_MS = 250
/** What a crash may forget of one that flows: how far it was, which the relay knows better. */
const SAVE_MS = 500

export function createUploads(dependencies: UploadsDependencies) {
  const { kept, digests, way, userId, clock, newId, rest } = dependencies
  const self = newId()
  const changes = createListeners<[]>()
  const sources = createFileSources({ kept })
  const list = createUploadList({ clock, changed })
  const tabs = createUploadTabs({ self, ...dependencies }, { hello: () => tellTabs(mine()), shown, gone: (ids) => ids.forEach(list.remove), deed: doOwn, ended })
  /** What runs, or is being called off at the relay, and how to end it. */
  const runs = new Map<string, AbortController>()
  const goneTabs = new Set<string>()
  const untold = new Set<string>()
  /** Said to another tab, which has not answered: it may be one that has just gone. */
  const wanted = new Map<string, UploadDeed>()
  const unsaved = new Set<string>()
  let saving: Timer | null = null
  let telling: Timer | null = null
  let chunkBytes = FIRST_CHUNK_BYTES
  let user: string | null = null
  let booted: Promise<void> | null = null

  const mine = (): Upload[] => [...list.all()].filter(({ tab }) => tab === self)
  const isMine = (upload: Upload | undefined): upload is Upload => upload?.tab === self
  const ranks = () => [...list.all()].map(({ rank }) => rank)
  const inFront = () => Math.min(0, ...ranks()) - 1

  function changed(ids: ReadonlySet<string>): void {
    for (const id of ids) if (isMine(list.get(id))) untold.add(id)
    if (untold.size > 0) telling ??= clock.setTimer(tellNow, TELL_TABS_MS)
    changes.tell()
  }

  function tellNow(): void {
    telling = null
    tellTabs([...untold].flatMap((id) => list.get(id) ?? []))
    untold.clear()
  }

  function tellTabs(uploads: readonly Upload[]): void {
    if (uploads.length > 0) tabs.shown(uploads.map((upload) => ({ upload, pace: list.pace(upload.id) })))
  }

  function happen(id: string, event: UploadEvent): void {
    const before = list.get(id)
    if (!isMine(before)) return
    const after = afterEvent(before, event)
    if (after === before) return
    put(after)
    if (isActive(before) && !isActive(after)) stopRun(id)
    if (after.state === 'done') settle(after)
    if (after.state === 'cancelled') void callOff(after)
    if (after.state === 'queued' || !isActive(after)) startNext()
  }

  function put(upload: Upload): void {
    list.put(upload)
    unsaved.delete(upload.id)
    if (isActive(upload)) {
      unsaved.add(upload.id)
      saving ??= clock.setTimer(saveNow, SAVE_MS)
      return
    }
    // Of a whole folder that is through nothing is kept: the session's files say the rest.
    if (upload.state === 'done' && upload.purpose === 'files') void kept.remove(upload.id)
    else void kept.save([upload])
  }

  function saveNow(): void {
    saving?.cancel()
    saving = null
    if (unsaved.size === 0) return
    void kept.save(mine().filter(({ id }) => unsaved.has(id)))
    unsaved.clear()
  }

  function stopRun(id: string): void {
    runs.get(id)?.abort()
    runs.delete(id)
  }

  function settle({ id }: Upload): void {
    digests.drop(id)
    sources.drop(id)
  }

  function startNext(): void {
    if (user === null) return
    for (const { id } of nextInLine(mine(), AT_ONCE)) {
      const stop = new AbortController()
      runs.set(id, stop)
      happen(id, { type: 'started' })
      const run = {
        upload: () => list.get(id)!,
        tell: (event: UploadEvent) => void (stop.signal.aborted ? undefined : happen(id, event)),
        pieceBytes: () => chunkBytes,
        measured(offset: number, bytes: number, ms: number) {
          if (bytes > 0) chunkBytes = chunkAfterAnswer(chunkBytes, bytes, ms)
          list.measured(id, offset)
        },
        broken() {
          chunkBytes = chunkAfterCut(chunkBytes)
          list.broken(id)
        },
      }
      void runUpload({ ...dependencies, sources }, run, stop.signal)
    }
  }

  /** The relay is told as soon as it can be, also by a later page. */
  async function callOff(upload: Upload): Promise<void> {
    settle(upload)
    const stop = new AbortController()
    runs.set(upload.id, stop)
    if (upload.isKnown) await abandonUpload({ ...dependencies, rest }, upload.fileId, stop.signal)
    if (stop.signal.aborted) return
    forget(upload.id)
  }

  function forget(id: string): void {
    stopRun(id)
    digests.drop(id)
    sources.drop(id)
    unsaved.delete(id)
    list.remove(id)
    tabs.gone([id])
    void kept.remove(id)
  }

  function doOwn(id: string, deed: UploadDeed): void {
    if (!isMine(list.get(id))) return
    if (deed === 'forget') return forget(id)
    if (deed === 'pause') return happen(id, { type: 'paused' })
    if (deed === 'cancel') return happen(id, { type: 'cancelled' })
    happen(id, { type: deed === 'resume' ? 'resumed' : 'retried', rank: inFront() })
  }

  /** Whichever tab sends it. */
  const deed = (what: UploadDeed) => (id: string): void => {
    if (isMine(list.get(id))) return doOwn(id, what)
    wanted.set(id, what)
    tabs.deed(id, what)
  }

  /** What other tabs send, and what they have taken from this one while it slept. */
  function shown(news: readonly Shown[]): void {
    for (const { upload, pace } of news) {
      if (upload.userId !== user || goneTabs.has(upload.tab)) continue
      if (isMine(list.get(upload.id))) stopRun(upload.id)
      wanted.delete(upload.id)
      list.put(upload, pace)
    }
  }

  async function ended(tab: string): Promise<void> {
    goneTabs.add(tab)
    if (user === null) return
    take(await kept.takeFrom(tab, user, (upload) => afterEvent(upload, { type: 'taken', tab: self })))
    // What it could not keep went with it.
    for (const { id, tab: of, state } of [...list.all()]) if (of === tab && state !== 'done') list.remove(id)
  }

  function take(taken: readonly Upload[]): void {
    for (const upload of taken) {
      if (upload.userId !== user) continue
      list.put(upload)
      if (upload.state === 'cancelled') void callOff(upload)
      const deed = wanted.get(upload.id)
      if (deed && wanted.delete(upload.id)) doOwn(upload.id, deed)
    }
    startNext()
  }

  /** Somebody else is here now, or nobody: what one has not sent waits for them to come back, unseen. */
  async function enter(): Promise<void> {
    const next = userId()
    if (next === user) return
    user = next
    for (const id of [...runs.keys()]) stopRun(id)
    saveNow()
    list.clear()
    if (next === null) return
    const found = await kept.all(next)
    if (user !== next) return
    for (const upload of found) {
      if (list.get(upload.id)) continue
      list.put(upload.tab === self ? afterEvent(upload, { type: 'taken', tab: self }) : upload)
      if (goneTabs.has(upload.tab)) void ended(upload.tab)
      else tabs.watch(upload.tab)
    }
    take(mine())
  }

  const offToken = dependencies.token.onChange(() => void (booted && enter()))

  return {
    list: list.views,
    onChange: changes.on,
    /** Once per page. Resolves when everything that was left is in the list. */
    boot(): Promise<void> {
      booted ??= tabs.enter().then(enter)
      return booted
    },
    /** At the end of the line, in this order. Nobody is signed in: nothing. */
    add(picked: readonly PickedFile[], { sessionId, purpose }: { sessionId: string | null; purpose: Purpose }): UploadView[] {
      if (user === null) return []
      const last = Math.max(0, ...ranks())
      const addedAt = clock.now()
      const added = picked.map(({ file, folder = '' }, index): Upload => {
        const id = newId()
        const about = { name: file.name, folder, size: file.size, type: file.type, lastModified: file.lastModified }
        const fresh = { state: 'queued', offset: 0, isKnown: false, digest: null, trouble: null, canAsk: false } as const
        return { id, fileId: id, userId: user!, tab: self, sessionId, purpose, ...about, addedAt, place: index, rank: last + 1 + index, ...fresh }
      })
      void kept.save(added)
      added.forEach((upload, index) => {
        list.put(upload)
        const { file, handle = null } = picked[index]!
        sources.put(upload.id, file, handle, () => !['done', 'cancelled'].includes(list.get(upload.id)?.state ?? 'cancelled'))
      })
      startNext()
      const ids = new Set(added.map(({ id }) => id))
      return list.views().filter(({ id }) => ids.has(id))
    },
    /** What the relay has stays there; the next in line gets the place. */
    pause: deed('pause'),
    /** In front of all others. */
    resume: deed('resume'),
    retry: deed('retry'),
    /** Also of one that is done: the relay deletes it, now or when it can be told. */
    cancel: deed('cancel'),
    /** Out of the list, and nothing else: it was sent, or somebody else has deleted it. */
    forget: deed('forget'),
    /** The file of one that wants it, chosen again. */
    provide(id: string, file: File): 'ok' | 'other-file' {
      const upload = list.get(id)
      if (upload?.state !== 'file-wanted' || !isSameFile(upload, file)) return 'other-file'
      sources.put(id, file, null, () => list.get(id)?.state !== 'done')
      bring(id)
      return 'ok'
    },
    /** Asks the person for leave to read what still can be; only within a click. */
    async askAgain(): Promise<void> {
      for (const { id, state, canAsk } of [...list.all()]) if (state === 'file-wanted' && canAsk && (await sources.askAgain(id))) bring(id)
    },
    stop(): void {
      offToken()
      for (const id of [...runs.keys()]) stopRun(id)
      telling?.cancel()
      saving?.cancel()
      list.stop()
      way.stop()
      digests.stop()
      tabs.leave()
    },
  }

  /** The file is here, so it is sent from here. */
  function bring(id: string): void {
    const upload = list.get(id)
    if (!upload) return
    list.put(afterEvent(upload, { type: 'taken', tab: self }))
    happen(id, { type: 'file-provided', rank: inFront() })
  }
}
