// The CLI's transcripts of a folder on the disk: found by name, never through links, and read line by line within limits.
import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Refused } from '#protocol'
import { claudeFolderOf } from '../claude-folder.ts'
import { nextRound } from '../clock.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const maxFiles = 5_000
const chunkBytes = 256 * 1024
/** Pictures and outputs of tools can be long; what is longer is no conversation, and is passed over. */
const maxLineBytes = 4 * 1024 * 1024
/** Of any kind, empty ones too: each costs, and no conversation comes near to it. */
const maxLines = 200_000
/** Whoever looks at so many has worked for a few milliseconds, and others wait. */
const linesInARow = 500
const [newline, brace] = [0x0a, 0x7b]
/** The CLI's own: longer names are cut there, and a hash follows. */
const maxNameChars = 200

export type TranscriptFile = { conversationId: string; path: string; bytes: number; /** Milliseconds since 1970. */ changedAt: number }

export const isConversationId = (text: string): boolean => UUID.test(text)

const encoded = (folder: string) => folder.replace(/[^a-zA-Z0-9]/g, '-')

/** Where Claude of this environment keeps its transcripts, links on the way resolved; null when it has none. */
const projectsOf = (environment: Record<string, string>): Promise<string | null> => realpath(join(claudeFolderOf(environment), 'projects')).catch(() => null)

/** The folders whose name can stand for this one; more than one only where it was cut. */
async function foldersFor(projects: string, cwd: string): Promise<string[]> {
  const name = encoded(cwd)
  if (name.length <= maxNameChars) return [join(projects, name)]
  const names = await readdir(projects).catch(() => [])
  return names.filter((each) => each.startsWith(`${name.slice(0, maxNameChars)}-`)).map((each) => join(projects, each))
}

const statOf = (path: string): Promise<Stats | null> => lstat(path).catch(() => null)

/** The latest first. A folder or file that is a link is not looked at. */
export async function listTranscripts(environment: Record<string, string>, cwd: string): Promise<TranscriptFile[]> {
  const projects = await projectsOf(environment)
  const found: TranscriptFile[] = []
  for (const folder of projects === null ? [] : await foldersFor(projects, cwd)) {
    if (!(await statOf(folder))?.isDirectory()) continue
    for (const name of (await readdir(folder)).slice(0, maxFiles)) {
      const conversationId = name.endsWith('.jsonl') ? name.slice(0, -'.jsonl'.length) : ''
      if (!isConversationId(conversationId)) continue
      const path = join(folder, name)
      const stats = await statOf(path)
      if (stats?.isFile()) found.push({ conversationId, path, bytes: stats.size, changedAt: Math.floor(stats.mtimeMs) })
    }
  }
  return found.sort((a, b) => b.changedAt - a.changedAt || (a.conversationId < b.conversationId ? -1 : 1))
}

/** Only what can be an object: what is not costs no reader anything. */
const mayBeObject = (line: Buffer): boolean => line.length >= 2 && line[0] === brace

async function* linesOf(file: FileHandle, maxBytes: number): AsyncGenerator<string> {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let pending: Buffer[] = []
  let pendingBytes = 0
  let lines = 0
  for (let at = 0; at < maxBytes; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, maxBytes - at), at)
    if (bytesRead === 0) break
    at += bytesRead
    let from = 0
    for (let end = chunk.indexOf(newline, from); end >= 0 && end < bytesRead; end = chunk.indexOf(newline, from)) {
      lines += 1
      if (lines > maxLines) throw new Refused('TOO_LARGE', 'the conversation is too long to be taken over')
      if (lines % linesInARow === 0) await nextRound()
      const last = chunk.subarray(from, end)
      const line = pending.length === 0 ? last : Buffer.concat([...pending, last])
      if (pendingBytes + last.length <= maxLineBytes && mayBeObject(line)) yield line.toString()
      pending = []
      pendingBytes = 0
      from = end + 1
    }
    pendingBytes += bytesRead - from
    // Of a line that is too long nothing is held.
    pending = pendingBytes <= maxLineBytes ? [...pending, Buffer.from(chunk.subarray(from, bytesRead))] : []
  }
}

/** The lines of a transcript that can be entries, up to `maxBytes` of it, without the last one if it has no end yet: it is being written. Throws TOO_LARGE after too many. */
export async function* readTranscript(path: string, maxBytes: number): AsyncGenerator<string> {
  // A pipe in its place would keep the reader waiting, a link would lead it out.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if ((await file.stat()).isFile()) yield* linesOf(file, maxBytes)
  } finally {
    await file.close()
  }
}
