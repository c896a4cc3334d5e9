// Under which paths the files of a session lie before Claude: the names and folders that people gave them, each path once. Pure.
import { numberedName } from './file-name.ts'

/** Some disks take these for one name. */
const folded = (path: string) => path.normalize('NFC').toLowerCase()

const foldersAbove = (folder: string): string[] => {
  const parts = folder === '' ? [] : folder.split('/')
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

/** By id, relative, `/` between. The first of a name keeps it, the next is ` (2)`. */
export function handedPaths(files: readonly { id: string; filename: string; folder?: string | null }[]): Map<string, string> {
  const taken = new Set(files.flatMap(({ folder }) => foldersAbove(folder ?? '')).map(folded))
  const paths = new Map<string, string>()
  for (const { id, filename, folder } of files) {
    const of = (name: string) => (folder ? `${folder}/${name}` : name)
    let path = of(filename)
    for (let number = 2; taken.has(folded(path)); number++) path = of(numberedName(filename, number))
    taken.add(folded(path))
    paths.set(id, path)
  }
  return paths
}
