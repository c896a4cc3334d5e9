// The files that the CLI loads for a trusted folder: its own, those of the folders above, those of the repository it belongs to.
import { closeSync, readdirSync, readSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openRegular, repositoryOf, startOf } from './git-branch.ts'

/** `alias`: a folder that was found under another name before. */
type SourceKind = 'settings' | 'mcp' | 'scheduled' | 'read' | 'alias'
export type Source = {
  kind: SourceKind
  /** As it is shown: relative to the folder, absolute above of it. */
  path: string
  /** What is to be described; empty for what is only read. */
  text: string
  /** SHA-256 of all of it, hex. */
  digest: string
  /** A link leads out of the folder it was found in. */
  outside: boolean
}

const settingsFile = '.claude/settings.json'
const localSettingsFile = '.claude/settings.local.json'
const mcpFile = '.mcp.json'
const scheduledFile = '.claude/scheduled_tasks.json'
const instructionFiles = ['CLAUDE.md', 'CLAUDE.local.md', 'AGENTS.md', '.claude/CLAUDE.md', '.claude/loop.md']
/** Commands, agents and skills may run things, too, and hooks are scripts: a changed one is something else than was trusted. */
const folders = ['agents', 'commands', 'hooks', 'output-styles', 'routines', 'rules', 'skills', 'workflows'].map((name) => `.claude/${name}`)

const pieceBytes = 256 * 1024
const maxDescribedBytes = 1024 * 1024
const maxBytes = 64 * 1024 * 1024
const maxLooked = 5_000

function real(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

function parentsOf(folder: string): string[] {
  const parents: string[] = []
  for (let at = folder; dirname(at) !== at; at = dirname(at)) parents.push(dirname(at))
  return parents
}

/** The top of the folder's repository, and of the main one if that is a linked worktree: local settings and skills come from there, too. */
function repositoryFolders(root: string): string[] {
  const repository = repositoryOf(root)
  if (!repository) return []
  const common = startOf(join(repository.git, 'commondir'))?.trim()
  return [repository.top, ...(common ? [dirname(resolve(repository.git, common))] : [])]
}

/** `isCut`: there is more than is looked at, so that the digests do not stand for all of it. `root` is absolute, links resolved; what lies in `userFolder` Claude loads for its person everywhere: no folder's doing. Never throws. */
export function trustSources(root: string, userFolder: string): { sources: Source[]; isCut: boolean } {
  const sources: Source[] = []
  const visited = new Set<string>()
  const buffer = Buffer.alloc(pieceBytes)
  let leftBytes = maxBytes
  let leftLooks = maxLooked
  let isCut = false

  /** Read as Claude would. */
  function add(kind: SourceKind, base: string, path: string): void {
    const full = join(base, path)
    const descriptor = openRegular(full)
    if (descriptor === null) return
    try {
      const hash = new Bun.CryptoHasher('sha256')
      const pieces: Buffer[] = []
      let bytes = 0
      for (;;) {
        const count = readSync(descriptor, buffer, 0, pieceBytes, null)
        if (count === 0) break
        leftBytes -= count
        if (leftBytes < 0) break
        bytes += count
        hash.update(buffer.subarray(0, count))
        if (kind !== 'read' && bytes <= maxDescribedBytes) pieces.push(Buffer.from(buffer.subarray(0, count)))
      }
      if (leftBytes < 0 || (kind !== 'read' && bytes > maxDescribedBytes)) isCut = true
      const outside = !real(full)?.startsWith(base === '/' ? '/' : `${base}/`)
      sources.push({ kind, path: base === root ? path : full, text: Buffer.concat(pieces).toString('utf8'), digest: hash.digest('hex'), outside })
    } catch {
      // What cannot be read is not there for Claude either.
    } finally {
      closeSync(descriptor)
    }
  }

  /** Everything below, each folder once however many links lead there: they may go round in circles. */
  function addFolder(base: string, folder: string): void {
    const open = [folder]
    for (let path = open.shift(); path !== undefined; path = open.shift()) {
      if (leftLooks-- <= 0) return void (isCut = true)
      const target = real(join(base, path))
      if (target === null) continue
      let names: string[]
      try {
        names = readdirSync(target).sort()
      } catch {
        // No folder, then: a file, or nothing.
        if (path !== folder) add('read', base, path)
        continue
      }
      if (visited.has(target)) {
        sources.push({ kind: 'alias', path: join(base, path), text: '', digest: target, outside: false })
        continue
      }
      visited.add(target)
      if (names.length > leftLooks) isCut = true
      for (const name of names.slice(0, Math.max(0, leftLooks))) open.push(`${path}/${name}`)
    }
  }

  const above = [...new Set([...parentsOf(root), ...repositoryFolders(root)])].filter((folder) => folder !== root)
  const isUsers = (folder: string) => real(join(folder, '.claude')) === real(userFolder)
  add('settings', root, settingsFile)
  add('settings', root, localSettingsFile)
  for (const folder of new Set(repositoryFolders(root))) if (folder !== root && !isUsers(folder)) add('settings', folder, localSettingsFile)
  for (const folder of [root, ...above]) add('mcp', folder, mcpFile)
  add('scheduled', root, scheduledFile)
  for (const folder of [root, ...above]) {
    // Above, the user's own folder is just that; what lies beside it is loaded like anything else.
    const skips = folder !== root && isUsers(folder)
    for (const path of instructionFiles) if (!skips || !path.startsWith('.claude/')) add('read', folder, path)
    if (!skips) for (const path of folders) addFolder(folder, path)
  }
  return { sources, isCut }
}
