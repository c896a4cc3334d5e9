// Which of the chosen files are those that an unfinished upload asks for again. Pure.
import type { PickedFile } from './collect-files.ts'
import type { UploadView } from './upload-view.ts'

type Wanted = Pick<UploadView, 'id' | 'name' | 'folder' | 'size' | 'state'>

/** How all that are wanted can be chosen at once. */
export const wayBack = (uploads: readonly Wanted[]): 'folder' | 'files' => (uploads.some(({ state, folder }) => state === 'file-wanted' && folder !== '') ? 'folder' : 'files')

const keyOf = (folder: string, name: string, size: number) => `${folder}\n${name.normalize('NFC')}\n${size}`

/** By folder, name and size; chosen one by one, files have no folder, so then by name and size. Each upload gets one. */
export function matchWanted(uploads: readonly Wanted[], picked: readonly PickedFile[]): { again: { id: string; picked: PickedFile }[]; others: PickedFile[] } {
  const wanted = uploads.filter((each) => each.state === 'file-wanted')
  // Each look at a file's size is one at the disk, and they may be thousands.
  if (wanted.length === 0) return { again: [], others: [...picked] }
  const byPath = Map.groupBy(wanted, (each) => keyOf(each.folder, each.name, each.size))
  const byName = Map.groupBy(wanted, (each) => keyOf('', each.name, each.size))
  const given = new Set<string>()
  const again: { id: string; picked: PickedFile }[] = []
  const others = picked.filter((each) => {
    const { file, folder = '' } = each
    const isFree = ({ id }: Wanted) => !given.has(id)
    const match = byPath.get(keyOf(folder, file.name, file.size))?.find(isFree) ?? (folder === '' ? byName.get(keyOf('', file.name, file.size))?.find(isFree) : undefined)
    if (match === undefined) return true
    given.add(match.id)
    again.push({ id: match.id, picked: each })
    return false
  })
  return { again, others }
}
