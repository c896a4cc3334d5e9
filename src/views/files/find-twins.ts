// Which of the chosen files are on their way already, or may be here: by what can be told without reading them. Pure.
import type { PickedFile } from './collect-files.ts'
import type { ListedFile } from './group-files.ts'
import type { UploadView } from './upload-view.ts'

type Known = Pick<UploadView, 'id' | 'name' | 'folder' | 'size' | 'lastModified' | 'state' | 'purpose' | 'trouble'>

const pathOf = (folder: string, name: string) => `${folder}/${name}`.normalize('NFC')
const pickedPath = ({ file, folder = '' }: PickedFile) => pathOf(folder, file.name)

/** Of one's own of this session. What is done is in the session's list of files, unless it waits for its prompt. */
export function underWay(uploads: readonly Known[], picked: readonly PickedFile[]): { twins: Known[]; others: PickedFile[] } {
  const known = Map.groupBy(uploads.filter(({ state, purpose }) => state !== 'done' || purpose === 'prompt'), ({ folder, name }) => pathOf(folder, name))
  const twins: Known[] = []
  const others = picked.filter((each) => {
    const twin = known.get(pickedPath(each))?.find(({ size, lastModified }) => size === each.file.size && lastModified === each.file.lastModified)
    if (twin) twins.push(twin)
    return !twin
  })
  return { twins, others }
}

/** With the files of the session that have its name, folder and size; the newest first. */
export function alikeHere(listed: readonly ListedFile[], picked: readonly PickedFile[]): { alike: { picked: PickedFile; files: ListedFile[] }[]; others: PickedFile[] } {
  const known = Map.groupBy(listed, ({ folder, filename }) => pathOf(folder ?? '', filename))
  const alike: { picked: PickedFile; files: ListedFile[] }[] = []
  const others = picked.filter((each) => {
    const files = known.get(pickedPath(each))?.filter(({ size }) => size === each.file.size) ?? []
    if (files.length > 0) alike.push({ picked: each, files })
    return files.length === 0
  })
  return { alike, others }
}
