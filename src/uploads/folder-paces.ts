// How fast the files of a dropped folder come, all together: most are through before three seconds tell anything of one alone.
import { bytesPerSecond, NO_SPEED, withOffset, type Speed } from './speed.ts'

/** So long after its last file came nothing is said of it any more. */
const FORGOTTEN_MS = 15_000

export function createFolderPaces() {
  const folders = new Map<string, { speed: Speed; bytes: number; atMs: number; rate: number | null }>()

  return {
    /** Bytes per second; null while unknown. */
    of: (folder: string | null): number | null => (folder === null ? null : (folders.get(folder)?.rate ?? null)),
    /** `bytes` of one of its files came. */
    came(folder: string, bytes: number, atMs: number): void {
      const before = folders.get(folder) ?? { speed: NO_SPEED, bytes: 0, atMs, rate: null }
      const sum = before.bytes + bytes
      folders.set(folder, { ...before, speed: withOffset(before.speed, sum, atMs), bytes: sum, atMs })
    },
    /** What comes next is a new stretch. */
    broken: (folder: string): void => void folders.delete(folder),
    /** The folders of which something else is to be said now. */
    look(nowMs: number): ReadonlySet<string> {
      const changed = new Set<string>()
      for (const [key, folder] of folders) {
        const exact = nowMs - folder.atMs > FORGOTTEN_MS ? null : bytesPerSecond(folder.speed, nowMs)
        const rate = exact === null ? null : Math.round(exact)
        if (rate !== folder.rate) changed.add(key)
        if (nowMs - folder.atMs > FORGOTTEN_MS) folders.delete(key)
        else folders.set(key, { ...folder, rate })
      }
      return changed
    },
    isEmpty: (): boolean => folders.size === 0,
    clear: (): void => folders.clear(),
  }
}
