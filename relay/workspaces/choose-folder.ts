// Which folders may become workspaces: below the allowed ones wherever links lead, never the relay's own; and what lies there to choose from.
import { mkdirSync, realpathSync, rmdirSync, statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { Refused, type Folders } from '#protocol'
import type { Inside } from './inside.ts'
import { namesOf } from './safe-path.ts'

const maxListed = 500

/** A sibling whose name only begins alike is not under it. */
export const isUnder = (path: string, root: string) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)

type FolderProblem = 'outside' | 'missing' | 'not_a_folder' | 'not_made' | 'reserved'
const sentences: Record<FolderProblem, string> = {
  outside: 'lies under none of the folders in ENSEMBLE_ROOTS',
  missing: 'there is no such folder',
  not_a_folder: 'is no folder',
  not_made: 'no folder can be made there',
  reserved: 'the relay keeps its own data there',
}
const unfit = (reason: FolderProblem) => new Refused('VALIDATION', `path: ${sentences[reason]}`, { details: { reason } })

function realOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

/** `reserved`: folders of the relay; neither what lies in them nor what holds them is given to Claude. */
export function createFolders({ roots, reserved, inside }: { roots: readonly string[]; reserved: readonly string[]; inside: Inside }) {
  const realRoots = [...new Set(roots.map((root) => realOf(root) ?? root))]
  const rootOf = (path: string) => realRoots.find((root) => isUnder(path, root))
  const isReserved = (path: string) => reserved.some((own) => isUnder(path, own) || isUnder(own, path))
  /** Opened beneath its root: what was put in the way after the links were resolved is not followed. */
  const openIn = (root: string, path: string) => inside.open(root, path === root ? '' : path.slice(root.endsWith(sep) ? root.length : root.length + 1))

  /** By its text: absolute, below a root as it was given or as it is, without detours. */
  function refuseText(path: string): void {
    const names = path === '/' ? [] : namesOf(path.slice(1))
    if (!path.startsWith('/') || 'problem' in names) throw new Refused('VALIDATION', 'path: an absolute path without detours is expected', { details: { reason: 'outside' } })
    if (![...roots, ...realRoots].some((root) => isUnder(path, root))) throw unfit('outside')
  }

  /** The folder itself, links resolved. */
  function existing(path: string): { root: string; real: string } {
    refuseText(path)
    const real = realOf(path)
    if (real === null) throw unfit('missing')
    const root = rootOf(real)
    if (root === undefined) throw unfit('outside')
    const opened = openIn(root, real)
    if (opened === null) throw unfit('missing')
    const isFolder = opened.stats.isDirectory()
    opened.close()
    if (!isFolder) throw unfit('not_a_folder')
    return { root, real }
  }

  function make(path: string): string {
    const parent = existing(dirname(path)).real
    const made = join(parent, basename(path))
    if (isReserved(made)) throw unfit('reserved')
    try {
      mkdirSync(made)
    } catch {
      // Something else has the name, the disk is full, or the folder above is not ours to write in.
      throw unfit('not_made')
    }
    try {
      const { real } = existing(made)
      if (real === made) return real
      throw unfit('outside')
    } catch (error) {
      // Its parent was moved away in this moment: an empty folder stays nowhere.
      rmdirSync(made)
      throw error
    }
  }

  return {
    isAllowed: (path: string) => rootOf(path) !== undefined,
    /** A folder that is there now. */
    isThere(path: string): boolean {
      try {
        return rootOf(path) !== undefined && statSync(path).isDirectory()
      } catch {
        return false
      }
    },
    /** The real path of a folder that may be a workspace. Throws VALIDATION with `details.reason`. */
    choose(path: string, { create }: { create: boolean }): string {
      refuseText(path)
      const real = create && realOf(path) === null ? make(path) : existing(path).real
      if (isReserved(real)) throw unfit('reserved')
      return real
    },
    /** The folders in a folder, hidden ones left out; without a path the roots. */
    async list(path: string | null): Promise<Folders> {
      if (path === null) {
        const folders = realRoots.filter((root) => realOf(root) === root).map((root) => ({ name: root, path: root, usable: !isReserved(root) }))
        return { path: null, parent: null, folders, truncated: false }
      }
      const { root, real } = existing(path)
      const opened = openIn(root, real)
      if (opened === null) throw unfit('missing')
      try {
        const names = (await opened.folders()).filter((name) => !name.startsWith('.') && !('problem' in namesOf(name))).sort((a, b) => a.localeCompare(b))
        const folders = names.slice(0, maxListed).map((name) => ({ name, path: join(real, name), usable: !isReserved(join(real, name)) }))
        return { path: real, parent: real === root ? null : dirname(real), folders, truncated: names.length > maxListed }
      } finally {
        opened.close()
      }
    },
  }
}
