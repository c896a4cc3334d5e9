// Files on their way as rows: single ones each for themselves, those of a dropped folder as one. Pure.
import { isGoingOn, topFolder, type UploadView } from './upload-view.ts'

export type UploadGroup = {
  folder: string
  uploads: readonly UploadView[]
  /** Bytes. */
  sent: number
  size: number
  done: number
  failed: number
  wanted: number
  /** Of the wanted: those that a click may give back, and nobody has to choose again. */
  askable: number
  state: UploadView['state']
  /** Bytes per second of all together; null while unknown. */
  speed: number | null
  secondsLeft: number | null
}
export type UploadEntry = { key: string; upload: UploadView } | { key: string; group: UploadGroup }

/** What the whole is doing is what its liveliest part does. */
const LIVELIEST: readonly UploadView['state'][] = ['sending', 'waiting', 'queued', 'file-wanted', 'paused', 'failed', 'done']

function groupOf(folder: string, uploads: readonly UploadView[]): UploadGroup {
  const sum = (value: (each: UploadView) => number) => uploads.reduce((total, each) => total + value(each), 0)
  const count = (state: UploadView['state']) => uploads.filter((each) => each.state === state).length
  const size = sum((each) => each.size)
  const sent = sum((each) => (each.state === 'done' ? each.size : each.offset))
  const known = uploads.flatMap(({ folderSpeed }) => folderSpeed ?? [])
  const speeds = uploads.flatMap((each) => (each.state === 'sending' && each.speed !== null ? [each.speed] : []))
  const together = speeds.length === 0 ? null : speeds.reduce((total, each) => total + each, 0)
  const speed = known.length > 0 ? Math.max(...known) : together
  const left = sum((each) => (isGoingOn(each) && each.state !== 'paused' && each.state !== 'file-wanted' ? each.size - each.offset : 0))
  return {
    folder,
    uploads,
    sent,
    size,
    done: count('done'),
    failed: count('failed'),
    wanted: count('file-wanted'),
    askable: uploads.filter(({ state, canAsk }) => state === 'file-wanted' && canAsk).length,
    state: LIVELIEST.find((state) => uploads.some((each) => each.state === state)) ?? 'done',
    speed,
    // A guess as long as neither it nor a file has one of its own: their first seconds say too little.
    secondsLeft: speed === null || speed <= 0 || (known.length === 0 && uploads.every((each) => each.secondsLeft === null)) ? null : left / speed,
  }
}

/** In the order in which they were begun. A folder of one file is one too: it keeps its name. */
export function groupUploads(uploads: readonly UploadView[]): UploadEntry[] {
  const folders = new Map<string, UploadView[]>()
  const entries: (UploadEntry | { folder: string })[] = []
  for (const upload of uploads) {
    const folder = topFolder(upload.folder)
    if (folder === '') {
      entries.push({ key: upload.id, upload })
      continue
    }
    const known = folders.get(folder)
    if (known) known.push(upload)
    else {
      folders.set(folder, [upload])
      entries.push({ folder })
    }
  }
  return entries.map((entry) => ('folder' in entry ? { key: `folder:${entry.folder}`, group: groupOf(entry.folder, folders.get(entry.folder)!) } : entry))
}

/** So many rows at once are more than anyone reads, and thousands more than a page can draw in a moment. */
const MOST_ROWS = 100
const ORDER: readonly UploadView['state'][] = ['failed', 'file-wanted', 'sending', 'waiting', 'paused', 'queued', 'done']

/** What is wrong or moving stands first, as far as there is room. */
export function firstToSee<T>(all: readonly T[], stateOf: (each: T) => UploadView['state']): readonly T[] {
  return ORDER.flatMap((state) => all.filter((each) => stateOf(each) === state)).slice(0, MOST_ROWS)
}

/** The rows to draw: all, as they came; of too many those to be seen first. */
export const foremost = (entries: readonly UploadEntry[]): readonly UploadEntry[] =>
  entries.length <= MOST_ROWS ? entries : firstToSee(entries, (entry) => ('upload' in entry ? entry.upload.state : entry.group.state))
