// What a sandboxed Claude must not see, and the mounts that keep it out of sight whatever is moved or replaced around it.
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Where links lead. What is not there so far counts as lying where it would be made. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path))
  }
}

const ancestors = (path: string): string[] => (dirname(path) === '/' ? [] : [...ancestors(dirname(path)), dirname(path)])

/** The file, and what SQLite or the relay has put beside it under longer names. */
function withCompanions(file: string): string[] {
  try {
    return readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file))).map((name) => join(dirname(file), name))
  } catch {
    return []
  }
}

function identityOf(folder: string): string | null {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found ? `${found.dev}:${found.ino}` : null
}

export type HiddenPaths = ReturnType<typeof createHiddenPaths>

/** `own`: the relay's data folder, which must stay what it is at this moment. `files` are hidden with all beside them whose name begins like theirs. */
export function createHiddenPaths({ own, folders: others, files }: { own: string; folders: readonly string[]; files: readonly string[] }) {
  const folders = [own, ...others].map(realPath)
  const lying = files.map(realPath).filter((file) => !folders.some((folder) => file.startsWith(`${folder}/`)))
  const identity = identityOf(own)
  return {
    /** The data folder, links followed: nothing can be mounted on a path that leads over one. */
    own: folders[0]!,
    /**
     * What is mounted on cannot be moved: were the folders above free to be, the next process would find something else hidden. They are
     * mounted on themselves, from the top down, and before anything is hidden: each would uncover what lies in it.
     */
    mounts(): string[] {
      const hiddenFiles = lying.flatMap(withCompanions)
      const above = new Set([...folders, ...hiddenFiles].flatMap(ancestors))
      return [
        ...[...above].flatMap((folder) => ['--dev-bind-try', folder, folder]),
        ...folders.flatMap((folder) => ['--tmpfs', folder]),
        ...hiddenFiles.flatMap((file) => ['--ro-bind', '/dev/null', file]),
      ]
    },
    /** Something else lies at its path, so that hiding the path would not hide it. */
    isMoved: (): boolean => identityOf(own) !== identity,
  }
}
