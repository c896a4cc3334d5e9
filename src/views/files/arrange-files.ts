// The files of a session in the order and with the words that the reader asks for. Pure.
import { kindOf, KINDS_IN_ORDER } from './file-kind.ts'
import { groupFiles, type FileEntry, type ListedFile } from './group-files.ts'

export const FILE_ORDERS = ['newest', 'name', 'size', 'type'] as const
export type FileOrder = (typeof FILE_ORDERS)[number]

const names = new Intl.Collator(undefined, { numeric: true })
const plain = (text: string) => text.normalize('NFC').toLowerCase()

const nameOf = (entry: FileEntry) => ('file' in entry ? entry.file.filename : entry.folder.folder)
const sizeOf = (entry: FileEntry) => ('file' in entry ? entry.file.size : entry.folder.size)
/** Folders are a kind of their own, before all others. */
const kindRank = (entry: FileEntry) => ('file' in entry ? KINDS_IN_ORDER.indexOf(kindOf(entry.file)) : -1)

const byName = (a: FileEntry, b: FileEntry) => names.compare(nameOf(a), nameOf(b))
const COMPARE: Readonly<Record<Exclude<FileOrder, 'newest'>, (a: FileEntry, b: FileEntry) => number>> = {
  name: byName,
  size: (a, b) => sizeOf(b) - sizeOf(a) || byName(a, b),
  type: (a, b) => kindRank(a) - kindRank(b) || byName(a, b),
}

/** Those whose name, or folder, has all of these words in it; all of them when there are none. */
export function findFiles(files: readonly ListedFile[], sought: string): readonly ListedFile[] {
  const words = plain(sought).split(/\s+/).filter(Boolean)
  if (words.length === 0) return files
  return files.filter(({ filename, folder }) => {
    const path = plain(folder ? `${folder}/${filename}` : filename)
    return words.every((word) => path.includes(word))
  })
}

/** `files`: the newest first. What was sought stands by itself, wherever it lies; else what is in a folder stands in it. */
export function arrangeFiles(files: readonly ListedFile[], { sought, order }: { sought: string; order: FileOrder }): FileEntry[] {
  const entries = sought.trim() === '' ? groupFiles(files) : findFiles(files, sought).map((file): FileEntry => ({ key: file.file_id, file }))
  return order === 'newest' ? entries : entries.sort(COMPARE[order])
}

/** All that is in these rows, from above to below, whether it is seen or in a closed folder. */
export const filesIn = (entries: readonly FileEntry[]): ListedFile[] => entries.flatMap((entry) => ('file' in entry ? [entry.file] : entry.folder.files))
