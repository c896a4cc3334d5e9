// Where a backup goes: never in the place of what it is a backup of, by whatever name or link that is reached.
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { Misused } from './called-with.ts'

/** What SQLite and we put beside the database begins with its name. */
const isOfDatabase = (path: string, database: string) => path === database || path.startsWith(`${database}-`) || path.startsWith(`${database}.`)

/** The folder without links, and as a disk sees it that does not tell capitals apart. */
function placeOf(path: string): string {
  const real = (folder: string): string => {
    try {
      return realpathSync(folder)
    } catch {
      return folder === dirname(folder) ? folder : join(real(dirname(folder)), basename(folder))
    }
  }
  return join(real(dirname(path)), basename(path)).normalize('NFC').toLowerCase()
}

const idOf = (path: string): string | null => {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found ? `${found.dev}:${found.ino}` : null
}

/** A folder is meant as the place for a file with a name of its own. `path` is absolute. Throws `Misused`. */
export function targetOf(path: string, { databasePath, dataFolder, now }: { databasePath: string; dataFolder: string; now: number }): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const target = isFolder ? join(path, `ensemble-${new Date(now).toISOString().slice(0, 19).replace(/[:T]/g, '-')}.tar`) : path
  const place = placeOf(target)
  const isIn = (folder: string) => place.startsWith(dirname(placeOf(join(folder, 'x'))) + sep)
  const isDatabase = idOf(target) !== null && idOf(target) === idOf(databasePath)
  if (isDatabase || [databasePath, realpathSync(databasePath)].some((path) => isOfDatabase(place, placeOf(path)))) throw new Misused(`${target} is the database itself, or belongs to it. Choose another place.`)
  const files = join(dataFolder, 'files')
  if (isIn(files)) throw new Misused(`${files} is for uploaded files only: what is not one of them is removed there. Choose another place.`)
  // The secret, the lock, the log: none of ours has that ending.
  if (isIn(dataFolder) && !place.endsWith('.tar')) throw new Misused(`${dataFolder} holds the relay's own files: a backup there has a name that ends in .tar. Choose another name or place.`)
  return target
}
