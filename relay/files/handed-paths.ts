// Under which paths the files of a session lie before Claude: the names and folders that people gave them, each path once. Pure.
import { numberedNames } from './file-name.ts'

/** Some disks take these for one name. */
const folded = (path: string) => path.normalize('NFC').toLowerCase()

/** A folder and all above it. */
function take(taken: Set<string>, folder: string): void {
  // Where one is known, so are those above.
  for (let path = folded(folder); path !== '' && !taken.has(path); path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) taken.add(path)
}

/** By id, relative, `/` between. The first of a name keeps it, the next is ` (2)`. In time that grows with the files, however many are of one name. */
export function handedPaths(files: readonly { id: string; filename: string; folder?: string | null }[]): Map<string, string> {
  const taken = new Set<string>()
  for (const { folder } of files) take(taken, folder ?? '')
  const nextNumbers = new Map<string, number>()
  const paths = new Map<string, string>()
  for (const { id, filename: given, folder } of files) {
    // Once names could be empty.
    const filename = given || 'file'
    const of = (name: string) => (folder ? `${folder}/${name}` : name)
    let path = of(filename)
    if (taken.has(folded(path))) {
      const names = numberedNames(filename)
      const key = folded(of(names.key))
      let number = nextNumbers.get(key) ?? 2
      while (taken.has(folded((path = of(names.of(number)))))) number++
      nextNumbers.set(key, number + 1)
    }
    taken.add(folded(path))
    paths.set(id, path)
  }
  return paths
}
