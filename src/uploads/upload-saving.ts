// What of the uploads of this tab is still to be written down for a later page, and when: all that happened together is one change.
import type { Clock, Timer } from '../clock.ts'
import type { KeptFiles } from './kept-files.ts'
import type { Upload } from './upload.ts'

type UploadSavingDependencies = {
  kept: Pick<KeptFiles, 'change'>
  clock: Clock
  /** As it is now; undefined: it is gone, or another tab sends it. */
  mine(id: string): Upload | undefined
  /** Nobody shows these any more. */
  gone(ids: readonly string[]): void
}

const SAVE_MS = 500

/** Of a whole folder that is through nothing is kept: the session's files say the rest. */
const isOver = ({ state, purpose, unchecked }: Upload) => state === 'done' && purpose === 'files' && unchecked === null

export function createUploadSaving({ kept, clock, mine, gone }: UploadSavingDependencies) {
  const unsaved = new Set<string>()
  const forgotten = new Set<string>()
  let saving: Timer | null = null

  function saveNow(): void {
    saving?.cancel()
    saving = null
    if (unsaved.size + forgotten.size === 0) return
    const changed = [...unsaved].flatMap((id) => mine(id) ?? [])
    const removed = [...forgotten]
    unsaved.clear()
    forgotten.clear()
    void kept.change({ save: changed.filter((each) => !isOver(each)), remove: [...removed, ...changed.filter(isOver).map(({ id }) => id)] })
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
