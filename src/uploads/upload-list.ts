// All uploads of the person who is here, of this tab and of others, as they are shown; and the pace of those that flow.
import type { Clock, Timer } from '../clock.ts'
import { createFolderPaces } from './folder-paces.ts'
import { bytesPerSecond, NO_SPEED, secondsLeft, withOffset, withTimeLeft, type Speed } from './speed.ts'
import { folderOf, isActive, type Upload } from './upload.ts'
import { NO_PACE, viewOf, type Pace, type UploadView } from './upload-view.ts'

export type UploadList = ReturnType<typeof createUploadList>

/** The pace is looked at so often while something flows. */
const LOOK_MS = 500

/** `changed`: once for all that happened in one go, with the ids. */
export function createUploadList({ clock, changed }: { clock: Clock; changed: (ids: ReadonlySet<string>) => void }) {
  const uploads = new Map<string, Upload>()
  const views = new Map<string, UploadView | null>()
  const paces = new Map<string, Pace>()
  const speeds = new Map<string, Speed>()
  const folders = createFolderPaces()
  let shown: readonly UploadView[] | null = []
  let order: readonly string[] | null = []
  let dirty = new Set<string>()
  let look: Timer | null = null
  /** The ranks of all that were ever here lie between these. */
  let firstRank = 0
  let lastRank = 0

  function touch(id: string): void {
    views.delete(id)
    shown = null
    if (dirty.size === 0) queueMicrotask(tell)
    dirty.add(id)
  }

  function tell(): void {
    const ids = dirty
    dirty = new Set()
    changed(ids)
  }

  function put(upload: Upload, pace: Pace | null = null): void {
    if (!uploads.has(upload.id)) order = null
    uploads.set(upload.id, upload)
    firstRank = Math.min(firstRank, upload.rank)
    lastRank = Math.max(lastRank, upload.rank)
    if (!isActive(upload)) speeds.delete(upload.id)
    if (pace) paces.set(upload.id, pace)
    else if (upload.state !== 'sending') paces.delete(upload.id)
    touch(upload.id)
  }

  function remove(id: string): void {
    if (!uploads.delete(id)) return
    order = null
    speeds.delete(id)
    paces.delete(id)
    touch(id)
  }

  function keepLooking(): void {
    look ??= speeds.size === 0 && folders.isEmpty() ? null : clock.setTimer(lookNow, LOOK_MS)
  }

  function lookNow(): void {
    look = null
    for (const [id, speed] of speeds) {
      const upload = uploads.get(id)
      if (!upload) continue
      const next = withTimeLeft(speed, upload.size, clock.elapsed())
      speeds.set(id, next)
      const rate = bytesPerSecond(next, clock.elapsed())
      const pace = { speed: rate === null ? null : Math.round(rate), secondsLeft: secondsLeft(next), folderSpeed: null }
      const before = paces.get(id) ?? NO_PACE
      if (pace.speed === before.speed && pace.secondsLeft === before.secondsLeft) continue
      paces.set(id, pace)
      touch(id)
    }
    const news = folders.look(clock.elapsed())
    if (news.size > 0) for (const upload of uploads.values()) if (upload.state === 'sending' && news.has(folderOf(upload) ?? '')) touch(upload.id)
    keepLooking()
  }

  /** Of this tab what was measured, of others what they said. */
  function paceOf(upload: Upload): Pace {
    const pace = paces.get(upload.id) ?? NO_PACE
    const folderSpeed = folders.of(folderOf(upload))
    return folderSpeed === null ? pace : { ...pace, folderSpeed }
  }

  return {
    get: (id: string) => uploads.get(id),
    all: () => uploads.values(),
    pace: (upload: Upload): Pace => paceOf(upload),
    /** The first of so many ranks in their order, all before whatever stands in line. */
    front: (count: number): number => firstRank - count,
    /** Behind all that stand in line. */
    back: (): number => lastRank + 1,
    /** `pace`: of another tab's; one of this tab has the one that was measured. */
    put,
    remove,
    clear(): void {
      for (const id of [...uploads.keys()]) remove(id)
    },
    /** The relay has so much of it now; `bytes` of it came since. */
    measured(id: string, offset: number, bytes: number): void {
      const upload = uploads.get(id)
      const folder = upload && folderOf(upload)
      if (folder) folders.came(folder, bytes, clock.elapsed())
      speeds.set(id, withOffset(speeds.get(id) ?? NO_SPEED, offset, clock.elapsed()))
      keepLooking()
    },
    /** What comes next is a new stretch: a pause, or a sleep of the machine, says nothing of how fast it is. */
    broken(id: string): void {
      const upload = uploads.get(id)
      const folder = upload && folderOf(upload)
      if (folder) folders.broken(folder)
      speeds.delete(id)
      if (paces.delete(id)) touch(id)
    },
    /** In the order in which they were added. Those that did not change are the same objects. */
    views(): readonly UploadView[] {
      order ??= [...uploads.values()].sort((a, b) => a.addedAt - b.addedAt || a.place - b.place).map(({ id }) => id)
      shown ??= order.flatMap((id) => {
        let view = views.get(id)
        if (view === undefined) views.set(id, (view = viewOf(uploads.get(id)!, paceOf(uploads.get(id)!))))
        return view ?? []
      })
      return shown
    },
    stop(): void {
      look?.cancel()
      speeds.clear()
      folders.clear()
    },
  }
}
