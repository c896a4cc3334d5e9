// The files of a session as rows: single ones, and each dropped folder as one that can be opened. Pure.
import type { FileUploaded } from '#protocol'
import { topFolder } from './upload-view.ts'

export type ListedFile = FileUploaded & { folder?: string | null }
export type FolderOfFiles = { folder: string; files: readonly ListedFile[]; size: number }
export type FileEntry = { key: string; file: ListedFile } | { key: string; folder: FolderOfFiles }

const names = new Intl.Collator(undefined, { numeric: true })
const inOrder = (a: ListedFile, b: ListedFile) => names.compare(a.folder ?? '', b.folder ?? '') || names.compare(a.filename, b.filename)

/** `files`: the newest first. A folder stands where its newest file would; within it, names are in order. */
export function groupFiles(files: readonly ListedFile[]): FileEntry[] {
  const folders = new Map<string, ListedFile[]>()
  const entries: ({ file: ListedFile } | { name: string })[] = []
  for (const file of files) {
    const name = topFolder(file.folder ?? '')
    if (name === '') entries.push({ file })
    else if (folders.has(name)) folders.get(name)!.push(file)
    else {
      folders.set(name, [file])
      entries.push({ name })
    }
  }
  return entries.map((entry) => {
    if ('file' in entry) return { key: entry.file.file_id, file: entry.file }
    const inside = folders.get(entry.name)!.sort(inOrder)
    return { key: `folder:${entry.name}`, folder: { folder: entry.name, files: inside, size: inside.reduce((sum, each) => sum + each.size, 0) } }
  })
}
