// What of the uploads of this tab is still to be written down for a later page, and when: all that happened together is one change.
import type { Clock, Timer } from '../clock.ts'
import type { KeptFiles } from './kept-files.ts'
import { folderOf, type Upload } from './upload.ts'

type UploadSavingDependencies = {
  kept: Pick<KeptFiles, 'change'>
  clock: Clock
  /** As it is now; undefined: it is gone, or another tab sends it. */
  mine(id: string): Upload | undefined
  all(): readonly Upload[]
  /** Nobody shows these any more. */
  gone(ids: readonly string[]): void
}

const SAVE_MS = 500

const isThrough = ({ state, purpose, unchecked }: Upload) => state === 'done' && purpose === 'files' && unchecked === null
const wholeOf = (upload: Upload) => folderOf(upload) ?? upload.id

/** Nothing is kept of what is through, for the session's files say the rest. Of a folder not before all of it is: a later page still has to say how much of it is there. */
function overWith(changed: readonly Upload[], all: () => readonly Upload[]): ReadonlySet<string> {
  const through = new Set(changed.filter(isThrough).map(wholeOf))
  if (through.size === 0) return through
  const coming = new Set(all().filter((each) => !isThrough(each)).map(wholeOf))
  return new Set(all().filter((each) => through.has(wholeOf(each)) && !coming.has(wholeOf(each))).map(({ id }) => id))
}

export function createUploadSaving({ kept, clock, mine, all, gone }: UploadSavingDependencies) {
  const unsaved = new Set<string>()
  const forgotten = new Set<string>()
  let saving: Timer | null = null

  function saveNow(): void {
    saving?.cancel()
    saving = null
    if (unsaved.size + forgotten.size === 0) return
    const changed = [...unsaved].flatMap((id) => mine(id) ?? [])
    const removed = [...forgotten]
    const over = overWith(changed, all)
    unsaved.clear()
    forgotten.clear()
    void kept.change({ save: changed.filter(({ id }) => !over.has(id)), remove: [...removed, ...over] })
    if (removed.length > 0) gone(removed)
  }

  const saveSoon = () => void (saving ??= clock.setTimer(saveNow, SAVE_MS))

  return {
    changed(id: string): void {
      unsaved.add(id)
      saveSoon()
    },
    forgotten(id: string): void {
      unsaved.delete(id)
      forgotten.add(id)
      saveSoon()
    },
    saveNow,
  }
}
