// Completion of paths in a workspace: the list is kept for a few seconds, what is shown is looked at on the disk.
import type { Tree } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Inside } from './inside.ts'
import { listPaths } from './list-paths.ts'
import { indexPaths, type PathIndex, rankPaths } from './rank-paths.ts'

const freshMs = 4_000
const maxKept = 16
const defaultLimit = 50
const maxLimit = 200

type Kept = { at: number; index: PathIndex; truncated: boolean }

export type PathQuery = { q?: string | null; limit?: number | null }

export function createPathSearch({ clock, inside }: { clock: Clock; inside: Inside }) {
  const kept = new Map<string, Kept>()
  const reading = new Map<string, Promise<Kept>>()

  async function read(folder: string): Promise<Kept> {
    const { entries, truncated } = await listPaths(folder, clock)
    const found = { at: clock.now(), index: indexPaths(entries), truncated }
    kept.delete(folder)
    kept.set(folder, found)
    if (kept.size > maxKept) kept.delete(kept.keys().next().value!)
    return found
  }

  async function indexOf(folder: string): Promise<Kept> {
    const known = kept.get(folder)
    if (known && clock.now() - known.at < freshMs) return known
    // Many keystrokes of many people share one reading.
    const under = reading.get(folder) ?? read(folder).finally(() => reading.delete(folder))
    reading.set(folder, under)
    return under
  }

  /** Its kind as it is now; null for what is gone, leads out, or is no file. */
  function kindNow(folder: string, path: string): 'file' | 'folder' | null {
    const opened = inside.open(folder, path)
    if (!opened) return null
    opened.close()
    return opened.stats.isDirectory() ? 'folder' : 'file'
  }

  return {
    async find(folder: string, { q, limit }: PathQuery): Promise<Tree> {
      const { index, truncated } = await indexOf(folder)
      const count = Math.min(Math.max(1, limit ?? defaultLimit), maxLimit)
      // A few more than asked for, in place of those that turn out to be gone.
      const { entries, more } = rankPaths(index, q ?? '', count + 20)
      const paths: Tree['paths'] = []
      let left = entries.length
      for (const { path } of entries) {
        if (paths.length === count) break
        left--
        const kind = kindNow(folder, path)
        if (kind) paths.push({ path, kind })
      }
      return { paths, truncated: truncated || more || left > 0 }
    },
  }
}
