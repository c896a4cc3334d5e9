// Processes on a core of their own, and what the system says of their time and memory (Linux).
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const ticksPerSecond = 100
/** A server that does not listen by then is ended, and whoever started it is told. */
export const listensWithinMs = 30_000

/**
 * Time of all its threads on a core, in seconds. By the scheduler's own count where there is one: the usual one goes by ticks of
 * 10 ms, and a thousand handshakes are four of them.
 */
export function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const counted = threads.map((thread) => readIfThere(`/proc/${pid}/task/${thread}/schedstat`)).filter((text) => text !== null)
  if (counted.length > 0) return counted.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e9, 0)
  const { kernel, own } = ticksOf(pid)
  return kernel + own
}

/** Its time in the kernel and outside, in seconds, by the tick: of use where it ran for long. */
export function ticksOf(pid: number): { kernel: number; own: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { own: Number(fields[11]) / ticksPerSecond, kernel: Number(fields[12]) / ticksPerSecond }
}

/** A thread may end between the list and the look. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

export function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** Puts a command on one core where there is a choice: 0 is the server's, 1 the generator's. */
export function onCore(core: 0 | 1, command: string[]): string[] {
  return Bun.which('taskset') && availableParallelism() >= 2 ? ['taskset', '-c', String(core), ...command] : command
}

/** Nothing of this environment is passed on but what a program needs to start. */
export const bareEnvironment = () => ({ PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/tmp' })

/** A benchmark that is broken off leaves no process behind. */
export function endWithUs(child: { kill(signal: NodeJS.Signals): void; exited: Promise<unknown> }): void {
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  void child.exited.then(() => process.off('exit', end))
}

export type Started = { pid: number; firstLine: string; stop(): Promise<void> }

/** Starts a server that prints its port as its first line. */
export async function startServer(command: string[], cwd: string, env: Record<string, string> = {}): Promise<Started> {
  const child = Bun.spawn(onCore(0, command), { cwd, env: { ...bareEnvironment(), ...env }, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
  endWithUs(child)
  const late = setTimeout(() => child.kill('SIGKILL'), listensWithinMs)
  const reader = child.stdout.getReader()
  let printed = ''
  while (!printed.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`${command.join(' ')} ended before it listened`)
    printed += Buffer.from(value).toString()
  }
  clearTimeout(late)
  return {
    pid: child.pid,
    firstLine: printed.split('\n')[0]!,
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
