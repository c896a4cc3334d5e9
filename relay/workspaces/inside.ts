// Opens what lies inside a folder and never follows a link out of it: the kernel resolves, so that no race can slip by.
import { dlopen, FFIType, ptr } from 'bun:ffi'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { namesOf } from './safe-path.ts'

type Opened = {
  readonly stats: Stats
  /** Up to `maxBytes` from the start, for regular files. */
  read(maxBytes: number): Buffer
  /** The names of the folders in this one, links left out; read through the descriptor where the system has names for those. */
  folders(): Promise<string[]>
  close(): void
}

/**
 * beneath: `openat2` with RESOLVE_BENEATH; links that stay inside are followed. no-links: one `openat` per name with
 * O_NOFOLLOW, where there is no openat2; no link is followed at all.
 */
export type Method = 'beneath' | 'no-links'

export type Inside = {
  readonly method: Method
  /** A regular file or a folder; null for what is not there, is neither, or lies outside. `''` is the folder itself. */
  open(root: string, path: string): Opened | null
}

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW, O_DIRECTORY } = constants
const isLinux = process.platform === 'linux'
const closeOnExec = isLinux ? 0x80000 : 0x1000000
const callOpenat2 = 437n
const resolveNoMagicLinks = 0x02n
const resolveBeneath = 0x08n
const openHowBytes = 24n
// A FIFO without a writer would hold the thread for ever; with this it opens, is seen for what it is, and is closed.
const openFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | closeOnExec

const libraries = isLinux ? ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1', 'libc.so'] : ['libSystem.B.dylib']

/** Opens relative to a descriptor; a negative number when it cannot. */
type OpenAt = (folder: number, name: string, flags: number) => number

function firstLibrary<T>(load: (library: string) => T): T {
  let problem: unknown
  for (const library of libraries) {
    try {
      return load(library)
    } catch (error) {
      problem = error
    }
  }
  throw problem
}

const cString = (text: string) => Buffer.from(`${text}\0`)

function loadBeneath(): OpenAt {
  const { i32, i64, u64, ptr: pointer } = FFIType
  const { symbols } = firstLibrary((library) => dlopen(library, { syscall: { args: [i64, i32, pointer, pointer, u64], returns: i64 } }))
  return (folder, path, flags) => {
    const how = new BigUint64Array([BigInt(flags), 0n, resolveBeneath | resolveNoMagicLinks])
    return Number(symbols.syscall(callOpenat2, folder, ptr(cString(path)), ptr(how), openHowBytes))
  }
}

function loadNoLinks(): OpenAt {
  const { i32, ptr: pointer } = FFIType
  const { symbols } = firstLibrary((library) => dlopen(library, { openat: { args: [i32, pointer, i32], returns: i32 } }))
  return (folder, path, flags) => {
    let current = folder
    const names = path.split('/')
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1
      const next = symbols.openat(current, ptr(cString(name)), (last ? flags : O_RDONLY | O_DIRECTORY | closeOnExec) | O_NOFOLLOW)
      if (current !== folder) closeSync(current)
      if (next < 0) return -1
      current = next
    }
    return current
  }
}

function openRoot(root: string): number | null {
  try {
    return openSync(root, O_RDONLY | O_DIRECTORY)
  } catch {
    return null
  }
}

function opened(descriptor: number, path: string): Opened | null {
  const stats = fstatSync(descriptor)
  if (!stats.isFile() && !stats.isDirectory()) {
    closeSync(descriptor)
    return null
  }
  return {
    stats,
    read(maxBytes) {
      const buffer = Buffer.alloc(Math.min(maxBytes, stats.size + 1))
      let length = 0
      while (length < buffer.length) {
        const read = readSync(descriptor, buffer, length, buffer.length - length, length)
        if (read === 0) break
        length += read
      }
      return buffer.subarray(0, length)
    },
    async folders() {
      const found = await readdir(isLinux ? `/proc/self/fd/${descriptor}` : path, { withFileTypes: true })
      return found.filter((each) => each.isDirectory()).map(({ name }) => name)
    },
    close: () => closeSync(descriptor),
  }
}

export function createInside(wanted?: Method): Inside {
  let method: Method = wanted ?? (isLinux ? 'beneath' : 'no-links')
  let openAt = method === 'beneath' ? loadBeneath() : loadNoLinks()

  const inside = {
    get method() {
      return method
    },
    open(root: string, path: string): Opened | null {
      if (path !== '' && 'problem' in namesOf(path)) return null
      const folder = openRoot(root)
      if (folder === null) return null
      if (path === '') return opened(folder, root)
      try {
        const descriptor = openAt(folder, path, openFlags)
        return descriptor < 0 ? null : opened(descriptor, join(root, path))
      } finally {
        closeSync(folder)
      }
    },
  }
  // Kernels before 5.6 and some sandboxes refuse the call: found out once, with a folder that is certainly there.
  if (method === 'beneath' && wanted === undefined) {
    const probe = openSync('/', O_RDONLY | O_DIRECTORY)
    const descriptor = openAt(probe, '.', O_RDONLY | O_DIRECTORY | closeOnExec)
    closeSync(probe)
    if (descriptor >= 0) closeSync(descriptor)
    else {
      method = 'no-links'
      openAt = loadNoLinks()
    }
  }
  return inside
}
