// Files out of what was dropped, pasted or chosen, folders and what is in them included. What systems leave lying about stays out.
import type { Harvest } from './harvest-drop.ts'

export type PickedFile = { file: File; /** Relative, '/' between. */ folder?: string; handle?: FileSystemFileHandle; /** The dropped folder around it. */ root?: FileSystemDirectoryHandle }
export type Collected = { files: PickedFile[]; /** More than anyone means: none of them is taken. */ tooMany: boolean; /** Names of what could not be read. */ unreadable: string[]; /** A folder was among them. */ folders: boolean }

export const MOST_FILES = 10_000

const RUBBISH = /^(?:\.DS_Store|\.localized|\.Spotlight-V100|\.Trashes|\.fseventsd|\._.*|Icon\r|Thumbs\.db|ehthumbs\.db|desktop\.ini|__MACOSX|~\$.*)$/i

const within = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)

class TooMany extends Error {}

/** Of what `harvestDrop` took out of the event in time. */
export async function collectDropped(harvest: Harvest): Promise<Collected> {
  const files: PickedFile[] = []
  const unreadable: string[] = []
  let folders = false

  function take(picked: PickedFile): void {
    if (files.length === MOST_FILES) throw new TooMany()
    files.push(picked)
  }

  async function attempt(name: string, work: () => Promise<void>): Promise<void> {
    await work().catch((problem: unknown) => {
      if (problem instanceof TooMany) throw problem
      unreadable.push(name)
    })
  }

  async function walkHandle(handle: FileSystemHandle, folder: string, root?: FileSystemDirectoryHandle): Promise<void> {
    if (RUBBISH.test(handle.name)) return
    await attempt(handle.name, async () => {
      if (handle.kind === 'file') {
        const file = handle as FileSystemFileHandle
        return take({ file: await file.getFile(), folder, handle: file, ...(root && { root }) })
      }
      folders = true
      const inside = handle as FileSystemDirectoryHandle
      for await (const child of inside.values()) await walkHandle(child, within(folder, handle.name), root ?? inside)
    })
  }

  async function walkEntry(entry: FileSystemEntry, folder: string): Promise<void> {
    if (RUBBISH.test(entry.name)) return
    await attempt(entry.name, async () => {
      if (entry.isFile) return take({ file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)), folder })
      folders = true
      const reader = (entry as FileSystemDirectoryEntry).createReader()
      const next = () => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      // It tells a hundred at a time, and none at the end.
      for (let some = await next(); some.length > 0; some = await next()) for (const child of some) await walkEntry(child, within(folder, entry.name))
    })
  }

  try {
    for (const { handle, entry, file } of harvest) {
      const found = await handle?.catch(() => null)
      if (found) await walkHandle(found, '')
      else if (entry) await walkEntry(entry, '')
      else if (file && !RUBBISH.test(file.name)) take({ file })
    }
  } catch (problem) {
    if (!(problem instanceof TooMany)) throw problem
    return { files: [], tooMany: true, unreadable: [], folders }
  }
  return { files, tooMany: false, unreadable, folders }
}

/** Of a file field: a chosen folder tells each file's place in it. */
export function collectChosen(chosen: Iterable<File>): Collected {
  const files = [...chosen].flatMap((file): PickedFile[] => {
    const path = file.webkitRelativePath.split('/')
    if (path.some((name) => RUBBISH.test(name)) || RUBBISH.test(file.name)) return []
    return [{ file, folder: path.slice(0, -1).join('/') }]
  })
  const tooMany = files.length > MOST_FILES
  return { files: tooMany ? [] : files, tooMany, unreadable: [], folders: files.some((each) => each.folder !== '') }
}

/** What is pasted has no name worth keeping: every picture is called `image.png`. `word`: what to call it in the reader's language; `now`: ms since 1970. */
export function collectPasted(pasted: readonly File[], word: string, now: number): Collected {
  const date = new Date(now)
  const two = (value: number) => String(value).padStart(2, '0')
  const stamp = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}.${two(date.getMinutes())}.${two(date.getSeconds())}`
  const nameless = pasted.filter(isNameless)
  const files = pasted.map((file): PickedFile => {
    if (!isNameless(file)) return { file }
    const count = nameless.length > 1 ? ` ${nameless.indexOf(file) + 1}` : ''
    const ending = file.name.includes('.') ? file.name.split('.').at(-1)! : (file.type.split('/')[1] ?? 'png').replace('jpeg', 'jpg')
    return { file: new File([file], `${word} ${stamp}${count}.${ending}`, { type: file.type, lastModified: file.lastModified }) }
  })
  return { files, tooMany: false, unreadable: [], folders: false }
}

const isNameless = (file: File) => file.type.startsWith('image/') && /^(?:image)?(?:\.\w+)?$/i.test(file.name)
