// The door of uploads: files on their way to the relay, of whoever is here and in all tabs, and what people may do with each. They outlive reload, lost links and the relay's restart.
import type { Clock, Timer } from '../clock.ts'
import type { Rest } from '../connection/rest.ts'
import { createListeners } from '../connection/listeners.ts'
import type { Locks, Voice } from '../connection/tabs.ts'
import type { Token } from '../connection/token.ts'
import type { Digests } from './digests.ts'
import { createFileSources, isNamedAs, isSameFile, type ChosenAgain, type PickedFile } from './file-sources.ts'
import type { KeptFiles } from './kept-files.ts'
import type { SameContent } from './same-content.ts'
import type { Way } from './way.ts'
import type { Transfer } from './tus-transfer.ts'
import { afterEvent, type Purpose, type Upload, type UploadEvent } from './upload.ts'
import { createUploadLine } from './upload-line.ts'
import { createUploadList } from './upload-list.ts'
import { createUploadTabs, type Shown } from './upload-tabs.ts'
import type { UploadDeed, UploadView } from './upload-view.ts'

export type { ChosenAgain, PickedFile } from './file-sources.ts'
export type { UploadView } from './upload-view.ts'

/** A file that is at the relay. */
export type BorrowedFile = Pick<Upload, 'fileId' | 'name' | 'folder' | 'outOf' | 'size' | 'type'>

export type Uploads = ReturnType<typeof createUploads>

export type UploadsDependencies = {
  kept: KeptFiles
  digests: Digests
  transfer: Transfer
  isSameContent: SameContent
  way: Way
  rest: Pick<Rest, 'change'>
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

/** What other tabs show may be so old. */
const TELL_TABS_MS = 250

/** So long somebody who has gone may come back to what they left; then the relay has nothing of it any more either. */
const LEFT_MS = 7 * 24 * 3_600_000

export function createUploads(dependencies: UploadsDependencies) {
  const { kept, digests, way, userId, clock, newId } = dependencies
  const self = newId()
  const changes = createListeners<[]>()
  const sources = createFileSources({ kept, newId, clock, isWanted: (id) => !['done', 'cancelled'].includes(list.get(id)?.state ?? 'cancelled') })
  const list = createUploadList({ clock, changed })
  const line = createUploadLine({ ...dependencies, self, list, sources, gone: (ids) => tabs.gone(ids) })
  const tabs = createUploadTabs({ self, ...dependencies }, { hello: () => tellTabs(line.mine()), shown, gone: (ids) => ids.forEach(list.remove), deeds: line.do, ended })
  const goneTabs = new Set<string>()
  const untold = new Set<string>()
  /** Said to another tab, which has not answered: it may be one that has just gone. */
  const wanted = new Map<string, UploadDeed>()
  let telling: Timer | null = null
  let user: string | null = null
  let booted: Promise<void> | null = null
  let isWhole = false

  function changed(ids: ReadonlySet<string>): void {
    for (const id of ids) if (line.isMine(list.get(id))) untold.add(id)
    if (untold.size > 0) telling ??= clock.setTimer(tellNow, TELL_TABS_MS)
    changes.tell()
  }

  function tellNow(): void {
    telling = null
    tellTabs([...untold].flatMap((id) => list.get(id) ?? []))
    untold.clear()
  }

  function tellTabs(uploads: readonly Upload[]): void {
    if (uploads.length > 0) tabs.shown(uploads.map((upload) => ({ upload, pace: list.pace(upload) })))
  }

  /** Whichever tabs send them. */
  const deed = (what: UploadDeed) => (ids: readonly string[]): void => {
    const elsewhere = ids.filter((id) => !line.isMine(list.get(id)))
    line.do(ids, what)
    for (const id of elsewhere) wanted.set(id, what)
    if (elsewhere.length > 0) tabs.deeds(elsewhere, what)
  }

  /** What other tabs send, and what they have taken from this one while it slept. */
  function shown(news: readonly Shown[]): void {
    for (const { upload, pace } of news) {
      if (upload.userId !== user || goneTabs.has(upload.tab)) continue
      if (line.isMine(list.get(upload.id))) line.release(upload.id)
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

  function take(orphans: readonly Upload[]): void {
    const taken = orphans.filter(({ userId: of }) => of === user)
    line.take(taken)
    line.inOneGo(() => {
      for (const { id } of taken) {
        const what = wanted.get(id)
        if (what && wanted.delete(id)) line.do([id], what)
      }
    })
    void lookThrough(taken)
  }

  /** What cannot be read any more says so now, and not when its turn comes. */
  async function lookThrough(taken: readonly Upload[]): Promise<void> {
    for (const { id } of taken) {
      const upload = list.get(id)
      if (upload?.state !== 'queued' || !line.isMine(upload)) continue
      const opened = await sources.open(upload)
      if ('canAsk' in opened && list.get(id)?.state === 'queued') line.happen(id, { type: 'file-lost', canAsk: opened.canAsk })
    }
  }

  /** Somebody else is here now, or nobody: what one has not sent waits for them to come back, unseen. */
  async function enter(): Promise<void> {
    const next = userId()
    if (next === user) return
    user = next
    isWhole = false
    line.stop()
    list.clear()
    void kept.dropLeft(next, clock.now() - LEFT_MS)
    if (next === null) return
    const found = await kept.all(next)
    if (user !== next) return
    for (const upload of found) {
      if (list.get(upload.id)) continue
      list.put(upload.tab === self ? afterEvent(upload, { type: 'taken', tab: self }) : upload)
      if (goneTabs.has(upload.tab)) void ended(upload.tab)
      else tabs.watch(upload.tab)
    }
    take(line.mine())
    isWhole = true
    changes.tell()
  }

  const offToken = dependencies.token.onChange(() => void (booted && enter()))

  return {
    list: list.views,
    /** Everything of whoever is here is in the list. */
    isWhole: () => isWhole,
    /** Whether a page that goes now takes with it what has to be chosen again. */
    wouldLose: (): boolean => line.mine().some(({ id, state }) => state !== 'done' && state !== 'cancelled' && !sources.isKept(id)),
    /** By this tab. */
    isSentHere: (id: string) => line.isMine(list.get(id)),
    onChange: changes.on,
    /** Once per page. Resolves when everything that was left is in the list. */
    boot(): Promise<void> {
      booted ??= tabs.enter().then(enter)
      return booted
    },
    /** At the end of the line, in this order. Nobody is signed in: nothing. */
    add(picked: readonly PickedFile[], { sessionId, purpose }: { sessionId: string | null; purpose: Purpose }): UploadView[] {
      if (user === null) return []
      const back = list.back()
      const addedAt = clock.now()
      const added = picked.map(({ file, folder = '' }, index): Upload => {
        const id = newId()
        const about = { name: file.name, folder, size: file.size, type: file.type, lastModified: file.lastModified }
        const fresh = { state: 'queued', offset: 0, isKnown: false, digest: null, unchecked: null, isLetGo: false, wrong: null, anew: null, trouble: null, canAsk: false } as const
        return { id, fileId: id, userId: user!, tab: self, sessionId, purpose, ...about, addedAt, place: index, rank: back + index, ...fresh }
      })
      sources.keep(added.map(({ id }, index) => ({ id, picked: picked[index]! })), added)
      line.take(added)
      const ids = new Set(added.map(({ id }) => id))
      return list.views().filter(({ id }) => ids.has(id))
    },
    /** Files that are at the relay go with the next prompt of this session as if they had been sent for it; those that do already are left as they are. */
    borrow(files: readonly BorrowedFile[], sessionId: string): void {
      if (user === null) return
      const there = new Set([...list.all()].filter((each) => each.sessionId === sessionId && each.purpose === 'prompt').map(({ fileId }) => fileId))
      const addedAt = clock.now()
      const borrowed = files.filter(({ fileId }) => !there.has(fileId)).map((file, place): Upload => {
        const whole = { state: 'done', offset: file.size, isKnown: true, digest: null, unchecked: null, isLetGo: false, wrong: null, anew: null, trouble: null, canAsk: false } as const
        return { ...file, id: newId(), userId: user!, tab: self, sessionId, purpose: 'prompt', isBorrowed: true, lastModified: 0, addedAt, place, rank: 0, ...whole }
      })
      void kept.change({ save: borrowed })
      line.take(borrowed)
    },
    /** What the relay has stays there; the next in line gets the place. */
    pause: deed('pause'),
    /** In front of all others. */
    resume: deed('resume'),
    retry: deed('retry'),
    /** What is still on its way goes with the next prompt. */
    attach: deed('attach'),
    isSameContent: dependencies.isSameContent,
    /** Also of one that is done: the relay deletes it, now or when it can be told; a borrowed one is given back. */
    cancel: deed('cancel'),
    /** All that is not at the relay yet, of whoever is here: before they sign out. */
    cancelUnfinished: (): void => deed('cancel')(list.views().flatMap(({ id, state }) => (state === 'done' ? [] : [id]))),
    /** Out of the list, and nothing else: it was sent, or somebody else has deleted it. */
    forget: deed('forget'),
    /** The files of those that want them, chosen again; where one has changed since it is sent from its first byte. Answers which were not taken. */
    provide(chosen: readonly ChosenAgain[]): string[] {
      const { taken = [], others = [] } = Object.groupBy(chosen, ({ id, picked: { file } }) => {
        const upload = list.get(id)
        return upload?.state === 'file-wanted' && isNamedAs(upload, file) ? 'taken' : 'others'
      })
      sources.keep(taken)
      const front = list.front(taken.length)
      line.inOneGo(() =>
        taken.forEach(({ id, picked: { file } }, index) => {
          const rank = front + index
          bring(id, isSameFile(list.get(id)!, file) ? { type: 'file-provided', rank } : { type: 'file-replaced', rank, fileId: newId(), lastModified: file.lastModified })
        }),
      )
      return others.map(({ id }) => id)
    },
    /** Asks the person for leave to read what still can be; only within a click. */
    async askAgain(): Promise<void> {
      const wanting = [...list.all()].filter(({ state, canAsk }) => state === 'file-wanted' && canAsk)
      const given = await sources.askAgain(wanting.map(({ id }) => id))
      const front = list.front(given.length)
      line.inOneGo(() => given.forEach((id, index) => bring(id, { type: 'file-provided', rank: front + index })))
    },
    stop(): void {
      offToken()
      telling?.cancel()
      line.stop()
      list.stop()
      way.stop()
      digests.stop()
      tabs.leave()
    },
  }

  /** The file is here, so it is sent from here. */
  function bring(id: string, event: UploadEvent): void {
    const upload = list.get(id)
    if (!upload) return
    list.put(afterEvent(upload, { type: 'taken', tab: self }))
    line.happen(id, event)
  }
}
