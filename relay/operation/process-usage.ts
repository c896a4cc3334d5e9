// What processes and all that they have started use: memory and processor time, from /proc on Linux, from ps elsewhere.
import { readdir, readFile } from 'node:fs/promises'

/** `cpuMs`: processor time so far, of those that live. */
export type Usage = { memoryBytes: number; cpuMs: number }
type Row = Usage & { pid: number; parent: number; group: number }

const ticksPerSecond = 100

/** Of memory, on this machine. Blocks for some milliseconds. */
const askPageBytes = () => Number(Bun.spawnSync(['getconf', 'PAGESIZE'], { stderr: 'ignore' }).stdout.toString()) || 4_096

/** proc(5): the name, field 2, is in brackets and may hold anything. */
function rowOf(stat: string, pageBytes: number): Row | null {
  const pid = Number.parseInt(stat, 10)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  const cpuMs = ((at(14) + at(15)) * 1_000) / ticksPerSecond
  return Number.isFinite(cpuMs) ? { pid, parent: at(4), group: at(5), cpuMs, memoryBytes: at(24) * pageBytes } : null
}

async function fromProc(pageBytes: number): Promise<Row[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  return stats.flatMap((stat) => (stat === '' ? [] : (rowOf(stat, pageBytes) ?? [])))
}

/** `[[dd-]hh:]mm:ss[.ss]` as `ps -o time` has it. */
function msOf(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time]
  return (Number(days) * 86_400 + clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)) * 1_000
}

async function fromPs(): Promise<Row[]> {
  const child = Bun.spawn(['ps', '-A', '-o', 'pid=,ppid=,pgid=,rss=,time='], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  const text = await new Response(child.stdout).text()
  return text.split('\n').flatMap((each) => {
    const [pid, parent, group, kib, time] = each.trim().split(/ +/)
    return time === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group), memoryBytes: Number(kib) * 1_024, cpuMs: msOf(time) }]
  })
}

/** Tells of the process with each of these ids, with its group and all descendants. One that is gone is left out. */
export function createProcessUsage(): (pids: readonly number[]) => Promise<Map<number, Usage>> {
  let pageBytes: number | null = null
  return async (pids) => (pids.length === 0 ? new Map() : sumsOf(pids, await (process.platform === 'linux' ? fromProc((pageBytes ??= askPageBytes())) : fromPs())))
}

function sumsOf(pids: readonly number[], rows: readonly Row[]): Map<number, Usage> {
  const roots = new Set(pids)
  const usage = new Map<number, Usage>()
  const byPid = new Map(rows.map((row) => [row.pid, row]))

  function rootOf(row: Row): number | null {
    if (roots.has(row.group)) return row.group
    for (let each: Row | undefined = row, steps = 0; each && steps < 64; each = byPid.get(each.parent), steps++) if (roots.has(each.pid)) return each.pid
    return null
  }
  for (const row of rows) {
    const root = rootOf(row)
    if (root === null || !byPid.has(root)) continue
    const sum = usage.get(root) ?? { memoryBytes: 0, cpuMs: 0 }
    usage.set(root, { memoryBytes: sum.memoryBytes + row.memoryBytes, cpuMs: sum.cpuMs + row.cpuMs })
  }
  return usage
}
