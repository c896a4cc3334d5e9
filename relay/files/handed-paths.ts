// Under which paths the files of a session lie before Claude: the names and folders that people gave them, each path once. Pure.
import { numberedNames } from './file-name.ts'

/** `path`: where it lies already, which is where it stays; null or absent: nowhere so far. */
type Placed = { id: string; filename: string; folder?: string | null; path?: string | null }

/** Some disks take these for one name. */
const folded = (path: string) => path.normalize('NFC').toLowerCase()
const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const within = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)

/** A folder and all above it. */
function take(taken: Set<string>, folder: string): void {
  // Where one is known, so are those above.
  for (let path = folded(folder); path !== '' && !taken.has(path); path = parentOf(path)) taken.add(path)
}

/** The first name in this folder that is free: itself, else ` (2)` and so on. In time that grows with the files, however many are of one name. */
function createFreeNames(isTaken: (path: string) => boolean) {
  const nextNumbers = new Map<string, number>()
  return (folder: string, name: string): string => {
    let path = within(folder, name)
    if (!isTaken(path)) return path
    const names = numberedNames(name)
    const key = folded(within(folder, names.key))
    let number = nextNumbers.get(key) ?? 2
    while (isTaken((path = within(folder, names.of(number))))) number++
    nextNumbers.set(key, number + 1)
    return path
  }
}

/** By id, relative, `/` between; oldest first. The first of a name keeps it, the next is ` (2)`; so is a folder where a file lies already. */
export function handedPaths(all: readonly Placed[]): Map<string, string> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const paths = new Map<string, string>()
  const lay = (id: string, path: string) => {
    files.add(folded(path))
    take(folders, parentOf(path))
    paths.set(id, path)
  }
  for (const { id, path } of all) if (path) lay(id, path)

  const places = new Map<string, string>([['', '']])
  /** For all that came in this folder the same. */
  function placeOf(folder: string): string {
    const known = places.get(folder)
    if (known !== undefined) return known
    const above = placeOf(parentOf(folder))
    const name = folder.slice(folder.lastIndexOf('/') + 1)
    const names = numberedNames(name)
    let place = within(above, name)
    for (let number = 2; files.has(folded(place)); number++) place = within(above, names.of(number))
    places.set(folder, place)
    return place
  }

  const fresh = all.filter(({ path }) => !path).map(({ id, filename, folder }) => ({ id, name: filename || 'file', folder: placeOf(folder ?? '') }))
  // Folders before files: all that came in one lies together.
  for (const { folder } of fresh) take(folders, folder)
  const freeName = createFreeNames((path) => files.has(folded(path)) || folders.has(folded(path)))
  for (const { id, name, folder } of fresh) lay(id, freeName(folder, name))
  return paths
}
