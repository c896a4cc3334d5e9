// Whether a Claude process runs inside bubblewrap, and how: what is the relay's own is hidden, and nothing outlives the process.
import { join } from 'node:path'
import { Refused } from '#protocol'
import { claudeFolderOf } from '../claude-folder.ts'
import { HANDED } from './handed-files.ts'
import { createHiddenPaths, type HiddenPaths } from './hidden-paths.ts'

type Environment = Record<string, string | undefined>

export type Sandbox = {
  kind: 'bwrap' | 'off'
  /** Throws `Refused` when what is to be hidden is not where it was: no process may start then. */
  check(): void
  /** The command line that runs `command` in the sandbox. `handed`: the folder that is seen, unchangeable, in the place of what all sessions are handed. */
  wrap(command: string, args: string[], cwd: string, handed?: string | null): { command: string; args: string[] }
}

const noSandbox: Sandbox = { kind: 'off', check: () => undefined, wrap: (command, args) => ({ command, args }) }

/** Run as root, bubblewrap would leave all capabilities, and what is hidden could be unmounted. */
const BASE = ['--dev-bind', '/', '/', '--unshare-pid', '--proc', '/proc', '--die-with-parent', '--cap-drop', 'ALL']

/** The relay's data folder, and files of its own that lie elsewhere. */
type Own = { dataFolder: string; files: readonly string[] }

/**
 * The data folder is not Claude's business. The CLI's lists of running sessions and their sockets are named by pid, and pids repeat in
 * each sandbox; hidden, they also keep one session's Claude from finding the others.
 */
function hiddenPaths({ dataFolder, files }: Own, environment: Environment): HiddenPaths {
  const temporary = environment.XDG_RUNTIME_DIR ?? environment.TMPDIR ?? '/tmp'
  return createHiddenPaths({ own: dataFolder, folders: [join(claudeFolderOf(environment), 'sessions'), join(temporary, 'cc-socks'), `/tmp/cc-socks-${process.getuid?.() ?? 0}`], files })
}

/** works: a try went through, with these mounts · refused: it is there, and containers or the kernel forbid what it needs · missing. */
export async function tryBubblewrap(mounts: readonly string[] = []): Promise<{ path: string | null; state: 'works' | 'refused' | 'missing' }> {
  const path = process.platform === 'linux' ? Bun.which('bwrap') : null
  if (path === null) return { path, state: 'missing' }
  const tried = Bun.spawn([path, ...BASE, ...mounts, 'true'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
  return { path, state: (await tried.exited) === 0 ? 'works' : 'refused' }
}

/** `auto` takes bubblewrap if it is there and works on this machine; `bwrap` insists and throws if it does not. */
export async function chooseSandbox(choice: 'auto' | 'bwrap' | 'off', own: Own, environment: Environment): Promise<Sandbox> {
  if (choice === 'off') return noSandbox
  const hidden = hiddenPaths(own, environment)
  // Only a try tells.
  const { path, state } = await tryBubblewrap(hidden.mounts())
  if (path !== null && state === 'works') {
    return {
      kind: 'bwrap',
      check() {
        if (hidden.isMoved()) throw new Refused('CLAUDE_UNAVAILABLE', `the relay's data folder was moved or replaced, and could not be hidden from Claude: bring ${own.dataFolder} back, or start the relay again`)
      },
      wrap(command, args, cwd, handed) {
        const shown = handed ? ['--ro-bind', handed, join(hidden.own, HANDED)] : []
        return { command: path, args: [...BASE, ...hidden.mounts(), ...shown, '--chdir', cwd, '--', command, ...args] }
      },
    }
  }
  if (choice === 'bwrap') throw new Refused('CLAUDE_UNAVAILABLE', 'CLAUDE_SANDBOX is bwrap, but bubblewrap is missing or not allowed to run here')
  return noSandbox
}
