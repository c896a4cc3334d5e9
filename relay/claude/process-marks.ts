// Processes found by a mark in their environment, which whatever a Claude process starts inherits. Who empties it is found by the sandbox alone.
import { readdir, readFile } from 'node:fs/promises'

export const MARK = 'ENSEMBLE_PROCESS'
const MAX_ROUNDS = 50
const ROUND_MS = 20

/** The part of a mark that all processes of one data folder share, so that a later run of the relay knows them. */
export function markOf(dataFolder: string): string {
  return new Bun.CryptoHasher('sha256').update(dataFolder).digest('hex').slice(0, 16)
}

type Marked = { pid: number; mark: string }

/** The mark in an environment, given as separate entries. */
function markIn(entries: readonly string[], prefix: string): string | undefined {
  return entries.find((each) => each.startsWith(`${MARK}=${prefix}`))?.slice(MARK.length + 1)
}

async function fromProc(prefix: string): Promise<Marked[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = pids.map(async (pid) => {
    // Gone in the meantime, or of another user: not ours to end.
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    return { pid: Number(pid), mark: markIn(environment.split('\0'), prefix) }
  })
  return (await Promise.all(found)).filter((each): each is Marked => each.mark !== undefined)
}

async function fromPs(prefix: string): Promise<Marked[]> {
  const ps = Bun.spawn(['ps', '-axww', '-E', '-o', 'pid=,command='], { stdout: 'pipe', stderr: 'ignore', stdin: 'ignore' })
  const lines = (await new Response(ps.stdout).text()).split('\n')
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), mark: markIn(line.split(' '), prefix) })).filter((each): each is Marked => each.mark !== undefined)
}

/** All processes whose mark begins with `prefix`, this one excepted. */
export async function findMarked(prefix: string): Promise<Marked[]> {
  const found = await (process.platform === 'linux' ? fromProc : fromPs)(prefix)
  return found.filter(({ pid }) => pid !== process.pid)
}

/** Ends all processes with that mark but those that `spare` names; resolves to how many. */
export async function endMarked(prefix: string, spare: (mark: string) => boolean = () => false): Promise<number> {
  const ended = new Set<number>()
  // They may be forking, and one that is just becoming another program has no environment for a moment: none must be there twice.
  for (let round = 0, clean = 0; round < MAX_ROUNDS && clean < 2; round++) {
    if (round > 0) await Bun.sleep(ROUND_MS)
    const found = (await findMarked(prefix)).filter(({ mark }) => !spare(mark))
    clean = found.length === 0 ? clean + 1 : 0
    for (const { pid } of found) {
      ended.add(pid)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It was faster.
      }
    }
  }
  return ended.size
}
