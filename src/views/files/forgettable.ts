// Which uploads need not be shown any more. Pure.
import { topFolder, type UploadView } from './upload-view.ts'

type Seen = Pick<UploadView, 'id' | 'fileId' | 'state' | 'folder' | 'purpose'>

/** Those for the session's files whose file is in its list; of a folder all at once, or its bar would go backwards. What goes with a prompt is forgotten when that is sent. */
export function forgettable(uploads: readonly Seen[], listed: ReadonlySet<string>): string[] {
  const kept = uploads.filter(({ purpose }) => purpose === 'files')
  const isThere = ({ state, fileId }: Seen) => state === 'done' && listed.has(fileId)
  const unfinished = new Set(kept.filter((each) => each.folder !== '' && each.state !== 'done').map(({ folder }) => topFolder(folder)))
  return kept.filter((each) => (each.folder === '' ? isThere(each) : each.state === 'done' && !unfinished.has(topFolder(each.folder)))).map(({ id }) => id)
}
