// Which branch a folder is on, read from the repository's own files: no git is run, nothing of the repository is obeyed.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const maxBytes = 4_096
const maxParents = 64

/** A descriptor of a regular file; null for anything else, a FIFO that would wait for a writer among it. Links are followed. */
export function openRegular(path: string): number | null {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (fstatSync(descriptor).isFile()) return descriptor
    closeSync(descriptor)
  } catch {
    // Not there, or not for us.
  }
  return null
}

/** Its first bytes as text. */
export function startOf(path: string): string | null {
  const descriptor = openRegular(path)
  if (descriptor === null) return null
  try {
    const buffer = Buffer.alloc(maxBytes)
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, maxBytes, 0))
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}

/** The folder that holds HEAD: `.git` itself, or where a linked worktree or submodule says that it is (gitrepository-layout). */
function gitFolder(folder: string): string | null {
  const dotGit = join(folder, '.git')
  const link = startOf(dotGit)
  if (link === null) return startOf(join(dotGit, 'HEAD')) === null ? null : dotGit
  const target = /^gitdir: (.+?)\s*$/.exec(link)?.[1]
  return target ? resolve(folder, target) : null
}

/** The nearest folder upwards with a repository, or null. */
export function repositoryOf(folder: string): { top: string; git: string } | null {
  let top = folder
  for (let steps = 0; steps < maxParents; steps++) {
    const git = gitFolder(top)
    if (git) return { top, git }
    const parent = dirname(top)
    if (parent === top) return null
    top = parent
  }
  return null
}

/** The branch's name, the first seven digits of a detached commit, or null where there is no repository. */
export function branchOf(folder: string): string | null {
  const repository = repositoryOf(folder)
  const head = repository && startOf(join(repository.git, 'HEAD'))?.trim()
  if (!head) return null
  const branch = /^ref: refs\/heads\/([^\u0000-\u0020\u007f]{1,255})$/.exec(head)?.[1]
  return branch ?? (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(head) ? head.slice(0, 7) : null)
}
