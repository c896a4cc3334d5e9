// The transcripts on the disk: which there are, and what was added to one since it was last read. Links are never followed.
import { constants } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'

export type Mark = { inode: string; readBytes: number }
export type Piece = { lines: string[]; bytes: number; mark: Mark; more: boolean }

const deepest = 5
const mostFiles = 20_000
const newline = 10

/** Files that end in .jsonl, in the folder and the ones below. Of a folder that is not there, none. */
export async function* transcriptFiles(folder: string): AsyncGenerator<string> {
  let root: string
  try {
    // The folder itself may be a link, as people keep their settings elsewhere; nothing in it is followed.
    root = await realpath(folder)
  } catch {
    return
  }
  let found = 0
  const todo = [{ path: root, depth: 0 }]
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { path, depth } = next
    const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (entry.isDirectory() && depth < deepest) todo.push({ path: join(path, entry.name), depth: depth + 1 })
      if (!entry.isFile() || !entry.name.endsWith('.jsonl')) continue
      if (++found > mostFiles) return
      yield join(path, entry.name)
    }
  }
}

/**
 * The whole lines after `mark`, at most `mostBytes` of them; null when there is nothing new. A file that was replaced or cut is read
 * from its beginning. A line longer than `mostBytes` is passed over: what is left of it is no line that says anything.
 */
export async function readOn(path: string, mark: Mark | undefined, mostBytes: number): Promise<Piece | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { ino, size, isFile } = await file.stat({ bigint: true }).then((stat) => ({ ino: String(stat.ino), size: Number(stat.size), isFile: stat.isFile() }))
    if (!isFile) return null
    const from = mark?.inode === ino && mark.readBytes <= size ? mark.readBytes : 0
    if (from >= size) return null
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(mostBytes, size - from)), 0, undefined, from)
    const bytes = buffer.subarray(0, bytesRead)
    const end = bytes.lastIndexOf(newline) + 1
    const isTooLong = end === 0 && bytesRead >= mostBytes
    const readBytes = from + (isTooLong ? bytesRead : end)
    if (readBytes === from) return null
    return { lines: bytes.toString('utf8', 0, end).split('\n'), bytes: bytesRead, mark: { inode: ino, readBytes }, more: readBytes < size && (isTooLong || bytesRead >= mostBytes) }
  } finally {
    await file.close()
  }
}

const backBytes = 256 * 1024
/** Of a longer line nothing is held: the rest of it is no line that says anything. */
const longestBytes = 4 * 1024 * 1024

/** The lines of a file from its end on, a piece at a time and each in order, until `mostBytes` of it were read. Of what is no file, none. */
export async function* readBack(path: string, mostBytes: number): AsyncGenerator<{ lines: string[]; bytes: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return
    const least = Math.max(0, stat.size - mostBytes)
    /** Of the line whose beginning is not read yet. */
    let begun: Buffer[] = []
    for (let at = stat.size; at > least; ) {
      const size = Math.min(backBytes, at - least)
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, at - size)
      // It was cut while it was read.
      if (bytesRead < size) return
      at -= size
      const from = at === 0 ? 0 : buffer.indexOf(newline) + 1
      const isWithin = from === 0 && at > 0
      const lines = isWithin ? [] : Buffer.concat([buffer.subarray(from), ...begun]).toString().split('\n')
      if (!isWithin) begun = [buffer.subarray(0, from)]
      else begun = begun.length * backBytes > longestBytes ? [] : [buffer, ...begun]
      yield { lines, bytes: size }
    }
  } finally {
    await file.close()
  }
}
