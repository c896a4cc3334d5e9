// The files of a session, out of the pages that were asked for and what was told since. Pure.
import type { ListedFile } from './group-files.ts'

const timeOf = ({ created_at }: ListedFile) => created_at ?? Infinity

/** The newest first. What is in a page and was told as well is one file; what was deleted is none. */
export function listedFiles(paged: readonly ListedFile[], told: readonly ListedFile[], deleted: readonly string[]): readonly ListedFile[] {
  const gone = new Set(deleted)
  const files = new Map([...paged, ...told].flatMap((file) => (gone.has(file.file_id) ? [] : [[file.file_id, file]])))
  return [...files.values()].sort((a, b) => timeOf(b) - timeOf(a) || (a.file_id < b.file_id ? 1 : -1))
}
