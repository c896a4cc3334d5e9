// All files of a folder that are worth completing: what git tracks or would track, or, without git, a bounded walk.
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { repositoryOf } from './git-branch.ts'
import type { PathEntry } from './rank-paths.ts'
import { namesOf } from './safe-path.ts'

type PathList = { entries: PathEntry[]; truncated: boolean }

const maxPaths = 100_000
const maxListBytes = 16 * 1024 * 1024
const gitMs = 5_000
const maxWalkedFolders = 5_000
const maxDepth = 24

/** Large, and nobody means them. Only for the walk: git knows better. */
const skipped = new Set(['.git', 'node_modules', '.venv', '__pycache__'])

/** Files, and every folder on the way to one. */
function withFolders(files: Iterable<string>, truncated: boolean): PathList {
  const folders = new Set<string>()
  const entries: PathEntry[] = []
  for (const path of files) {
    entries.push({ path, kind: 'file' })
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  for (const path of folders) entries.push({ path, kind: 'folder' })
  return { entries, truncated }
}

/**
 * Reads `git ls-files` without letting the repository run anything: no hooks, no fsmonitor, no fetching of what is
 * missing, no other work tree than the one that the repository lies in. Null where git is missing, refuses, or takes too long.
 */
async function listByGit(folder: string, clock: Clock): Promise<PathList | null> {
  const repository = repositoryOf(folder)
  if (!repository) return null
  const harmless = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.untrackedCache=false']
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C.UTF-8',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    // A `core.worktree` in the repository could point anywhere.
    GIT_WORK_TREE: repository.top,
  }
  const command = ['git', ...harmless, 'ls-files', '-z', '-co', '--exclude-standard', '--']
  let child
  try {
    child = Bun.spawn(command, { cwd: folder, env, stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  } catch {
    return null
  }
  const timer = clock.setTimer(() => child.kill('SIGKILL'), gitMs)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of child.stdout) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > maxListBytes) child.kill('SIGKILL')
    if (bytes > maxListBytes) break
  }
  const code = await child.exited
  timer.cancel()
  const cut = bytes > maxListBytes
  if (code !== 0 && !cut) return null
  const names = Buffer.concat(chunks).toString('utf8').split('\0')
  // The last one is empty, or, when the list was cut, half a name. A merge conflict lists a file up to three times.
  const files = new Set(names.slice(0, -1).filter((path) => !('problem' in namesOf(path.replace(/\/$/, '')))).map((path) => path.replace(/\/$/, '')))
  const some = files.size > maxPaths ? [...files].slice(0, maxPaths) : files
  return withFolders(some, cut || files.size > maxPaths)
}

async function listByWalk(root: string): Promise<PathList> {
  const entries: PathEntry[] = []
  let truncated = false
  // Breadth first: when it is cut, what lies near the root is there.
  const open: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let walked = 0; open.length > 0; walked++) {
    if (walked >= maxWalkedFolders || entries.length >= maxPaths) return { entries: entries.slice(0, maxPaths), truncated: true }
    const { path, depth } = open.shift()!
    const found: Dirent[] = await readdir(join(root, path), { withFileTypes: true }).catch(() => [])
    for (const each of found) {
      const child = path === '' ? each.name : `${path}/${each.name}`
      if ('problem' in namesOf(child)) continue
      if (each.isDirectory()) {
        if (skipped.has(each.name)) continue
        entries.push({ path: child, kind: 'folder' })
        if (depth < maxDepth) open.push({ path: child, depth: depth + 1 })
        else truncated = true
      } else if (each.isFile() || each.isSymbolicLink()) {
        entries.push({ path: child, kind: 'file' })
      }
    }
  }
  return { entries, truncated }
}

export async function listPaths(folder: string, clock: Clock): Promise<PathList> {
  return (await listByGit(folder, clock)) ?? listByWalk(folder)
}
