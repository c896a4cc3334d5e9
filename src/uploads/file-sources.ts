// Where the bytes of an upload are read from: the file that was picked in this page, what is kept of it, or the disk by a handle.
import type { Clock } from '../clock.ts'
import type { FileHandle, FolderHandle, KeptFiles } from './kept-files.ts'
import type { Upload } from './upload.ts'

export type FileSources = ReturnType<typeof createFileSources>
type Opened = { file: Blob } | { canAsk: boolean }

/** `handle`: of a browser that gives one; it spares keeping a copy of what is too large for that. `root`: of the folder in which it came, the same one for all that did. */
export type PickedFile = { file: File; folder?: string; handle?: FileHandle | null; root?: FolderHandle | null }

export type ChosenAgain = { id: string; picked: PickedFile }

/** Of what was chosen together so much is kept without delay: of a pasted picture there is nothing to choose again. */
const LITTLE_BYTES = 1024 * 1024
/** What is through by then need not be copied; where the link is slow it is not waited for. */
const KEEP_AFTER_MS = 3_000

type About = Pick<Upload, 'name' | 'size' | 'lastModified'>

/** Disks spell the same name in two ways. */
export const isNamedAs = ({ name, size }: Pick<About, 'name' | 'size'>, file: File): boolean => file.name.normalize('NFC') === name.normalize('NFC') && file.size === size

/** The same file as far as anybody can tell without reading it. */
export const isSameFile = (upload: About, file: File): boolean => isNamedAs(upload, file) && file.lastModified === upload.lastModified

/** `isWanted`: bytes of it are still to be sent. */
export function createFileSources({ kept, newId, isWanted, clock }: { kept: KeptFiles; newId: () => string; isWanted: (id: string) => boolean; clock: Pick<Clock, 'setTimer'> }) {
  const picked = new Map<string, Blob>()
  const granted = new Map<string, FileHandle>()
  /** Of these a later page has nothing, not yet or never. */
  const unkept = new Set<string>()
  /** One copy at a time: the disk has to read for the sending as well. */
  let keeping: Promise<unknown> = Promise.resolve()

  const resting = new Set<() => void>()

  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimer(end, KEEP_AFTER_MS)
      resting.add(end)
      function end(): void {
        timer.cancel()
        resting.delete(end)
        resolve()
      }
    })

  async function copy(id: string, file: File): Promise<void> {
    if (await kept.keepBytes(id, file)) unkept.delete(id)
  }

  async function openKept(upload: Upload): Promise<Opened> {
    const content = await kept.content(upload.id)
    if (content?.bytes && (await isReadable(content.bytes))) return { file: content.bytes }
    const handle = granted.get(upload.id) ?? content?.handle
    if (!handle) return { canAsk: false }
    const leave = await leaveFor(handle)
    if (leave !== 'granted') return { canAsk: leave === 'prompt' }
    const file = await handle.getFile().catch(() => null)
    return file && isSameFile(upload, file) ? { file } : { canAsk: false }
  }

  return {
    /** For this page and later ones, the ways in one change with their rows (`save`), where these are new; copies when their turn comes, by then small ones may be through. */
    keep(chosen: readonly ChosenAgain[], save: readonly Upload[] = []): void {
      const roots = new Map<FolderHandle, { id: string; handle: FolderHandle }>()
      const rootOf = (handle: FolderHandle) => roots.get(handle) ?? roots.set(handle, { id: newId(), handle }).get(handle)!
      const ways = chosen.flatMap(({ id, picked: { handle, root } }) => (handle ? [{ id, handle, root: root ? rootOf(root) : null }] : []))
      let hurried: Promise<unknown> = kept.change({ save, ways })
      let littleBytes = LITTLE_BYTES
      let waited: Promise<void> | null = null
      for (const { id, picked: { file, handle } } of chosen) {
        picked.set(id, file)
        if (!handle) unkept.add(id)
        if (file.size > littleBytes) {
          if (!waited) keeping = Promise.all([keeping, (waited = rest())])
          keeping = keeping.then(() => (isWanted(id) ? copy(id, file) : undefined))
          continue
        }
        littleBytes -= file.size
        hurried = hurried.then(() => copy(id, file))
      }
    },
    /** The link is slow: a later page may have to go on. */
    hurry: (): void => resting.forEach((end) => end()),
    /** A later page can read it, leave given. */
    isKept: (id: string): boolean => !unkept.has(id),
    async open(upload: Upload): Promise<Opened> {
      const file = picked.get(upload.id)
      return file ? { file } : openKept(upload)
    },
    /** What this page holds can be read no more. */
    lost: (id: string): void => void picked.delete(id),
    /** Nothing is read of it any more. */
    drop(id: string): void {
      picked.delete(id)
      granted.delete(id)
      unkept.delete(id)
    },
    /** Asks the person for leave to read again, once for all that came in one folder; only within a click. Those that may be read now. */
    async askAgain(ids: readonly string[]): Promise<readonly string[]> {
      const folders = new Map<string, boolean>()
      const given: string[] = []
      for (const id of ids) {
        const { handle, root } = (await kept.content(id)) ?? {}
        if (!handle) continue
        if (root && !folders.has(root.id)) folders.set(root.id, await isGiven(root.handle))
        if (root && !folders.get(root.id)) continue
        if (!(await isGiven(handle))) continue
        granted.set(id, handle)
        given.push(id)
      }
      return given
    },
  }
}

const leaveFor = async (handle: FileHandle | FolderHandle): Promise<PermissionState> => (await handle.queryPermission?.({ mode: 'read' }).catch(() => 'denied' as const)) ?? 'granted'

/** As it is, or as the person says now. */
async function isGiven(handle: FileHandle | FolderHandle): Promise<boolean> {
  if ((await leaveFor(handle)) === 'granted') return true
  return (await handle.requestPermission?.({ mode: 'read' }).catch(() => 'denied' as const)) === 'granted'
}

const isReadable = (bytes: Blob): Promise<boolean> =>
  bytes.slice(0, 1).arrayBuffer().then(() => true, () => false)
