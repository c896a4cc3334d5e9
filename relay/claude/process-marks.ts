// Processes found by a mark in their environment: it is inherited by whatever a Claude process starts, wherever that hides.
import { readdir, readFile } from 'node:fs/promises'

export const MARK = 'ENSEMBLE_PROCESS'
const MAX_ROUNDS = 50
const ROUND_MS = 20

/** The part of a mark that all processes of one data folder share, so that a later run of the relay knows them. */
export function markOf(dataFolder: string): string {
  return new Bun.CryptoHasher('sha256').update(dataFolder).digest('hex').slice(0, 16)
}

type Marked = { pid: number; mark: string }

async function fromProc(prefix: string): Promise<Marked[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid): Promise<Marked[]> => {
      // Gone in the meantime, or of another user: not ours to end.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      const entry = environment.split('\0').find((each) => each.startsWith(`${MARK}=${prefix}`))
      return entry === undefined ? [] : [{ pid: Number(pid), mark: entry.slice(MARK.length + 1) }]
    }),
  )
  return found.flat()
}

async function fromPs(prefix: string): Promise<Marked[]> {
  const ps = Bun.spawn(['ps', '-axww', '-E', '-o', 'pid=,command='], { stdout: 'pipe', stderr: 'ignore', stdin: 'ignore' })
  const lines = (await new Response(ps.stdout).text()).split('\n')
  return lines.flatMap((line): Marked[] => {
    const mark = line.split(' ').find((word) => word.startsWith(`${MARK}=${prefix}`))
    return mark === undefined ? [] : [{ pid: Number.parseInt(line, 10), mark: mark.slice(MARK.length + 1) }]
  })
}

/** All processes whose mark begins with `prefix`, this one excepted. */
export async function findMarked(prefix: string): Promise<Marked[]> {
  const found = await (process.platform === 'linux' ? fromProc : fromPs)(prefix)
  return found.filter(({ pid }) => pid !== process.pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was faster.
  }
}

/** Ends all processes with that mark but those that `spare` names. Looks again until none is left, because they may be forking. */
export async function endMarked(prefix: string, spare: (mark: string) => boolean = () => false): Promise<number> {
  const ended = new Set<number>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = (await findMarked(prefix)).filter(({ mark }) => !spare(mark))
    if (found.length === 0) break
    for (const { pid } of found) {
      ended.add(pid)
      kill(pid)
    }
    await Bun.sleep(ROUND_MS)
  }
  return ended.size
}
