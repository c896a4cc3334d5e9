// Starts the CLI in a process group of its own: its command line checked, what it says bounded, what it leaves behind ended with it.
import { spawn, type ChildProcess } from 'node:child_process'
import { Transform } from 'node:stream'
import type { SpawnedProcess, SpawnOptions } from '@anthropic-ai/claude-agent-sdk'
import type { Log } from '../observability/log.ts'
import type { Guardian } from './guardian.ts'
import { endMarked } from './process-marks.ts'
import type { Sandbox } from './sandbox.ts'

const STDERR_CHARS = 64 * 1024
const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 10

/** All that the SDK has to say on the command line for us. A flag that is not here came from somebody's text. */
const FLAGS = new Set([
  ...['--output-format', '--input-format', '--verbose', '--include-partial-messages', '--permission-prompt-tool', '--permission-mode'],
  ...['--setting-sources', '--strict-mcp-config', '--model', '--max-turns', '--tools', '--resume', '--fork-session', '--resume-session-at'],
  ...['--allow-dangerously-skip-permissions'],
])

/** Throws if an element of the command line is an option that we did not mean, or has one for a value. */
export function assertArguments(args: readonly string[]): void {
  for (const argument of args) {
    if (!argument.startsWith('-')) continue
    const [flag, value = ''] = argument.split(/=(.*)/s)
    if (!FLAGS.has(flag!) || value.startsWith('-')) throw new Error(`refusing to start Claude with the argument ${JSON.stringify(argument.slice(0, 80))}`)
  }
}

export type Exit = { code: number | null; signal: string | null }
export type SpawnedClaude = ReturnType<typeof spawnClaude>

/** Lets lines through and drops those that are no JSON object; a line without an end is reported once and swallowed. */
function createLineGuard(flooded: () => void, odd: (line: string) => void): Transform {
  let parts: Buffer[] = []
  let bytes = 0
  let isFlooded = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let from = 0; from < chunk.length && !isFlooded; ) {
        const end = chunk.indexOf(NEWLINE, from)
        const piece = chunk.subarray(from, end === -1 ? chunk.length : end + 1)
        parts.push(piece)
        bytes += piece.length
        from += piece.length
        if (bytes > MAX_LINE_BYTES) {
          isFlooded = true
          parts = []
          flooded()
        } else if (end !== -1) {
          const line = Buffer.concat(parts)
          parts = []
          bytes = 0
          if (line[0] === 0x7b) this.push(line)
          else if (line.length > 1) odd(line.toString('utf8', 0, 200).trimEnd())
        }
      }
      done()
    },
  })
}

export type SpawnSettings = {
  sandbox: Sandbox
  guardian: Guardian
  /** The folder that a sandboxed process sees in the place of what all sessions are handed. */
  handed: string | null
  /** In the environment of everything that it starts. */
  mark: string
  sessionId: string
  log: Log
  /** It writes without end. */
  flooded(): void
}

export function spawnClaude(options: SpawnOptions, { sandbox, guardian, handed, mark, sessionId, log, flooded }: SpawnSettings) {
  assertArguments(options.args)
  const { command, args } = sandbox.wrap(options.command, options.args, options.cwd ?? '/', handed)
  const child: ChildProcess = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const { stdin, stdout, stderr, pid } = child
  const exited = Promise.withResolvers<Exit>()
  let said = ''
  stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARS)))
  child.once('error', (error) => {
    said = (said + error.message).slice(-STDERR_CHARS)
    if (pid === undefined) exited.resolve({ code: null, signal: null })
  })
  child.once('exit', (code, signal) => exited.resolve({ code, signal }))
  if (pid !== undefined) guardian.watch(pid)

  /** Reaches the whole group; false if it is gone. */
  function signal(name: NodeJS.Signals): boolean {
    try {
      if (pid === undefined) return false
      process.kill(-pid, name)
      return true
    } catch {
      return false
    }
  }

  async function ended(): Promise<Exit> {
    const exit = await exited.promise
    // Tools run in groups of their own: the group's end is not theirs.
    signal('SIGKILL')
    await endMarked(mark).catch((error: unknown) => log.error('claude.strays_not_ended', { sessionId, error }))
    if (pid !== undefined) guardian.forget(pid)
    return exit
  }

  // A broken pipe is the child's end, which is told by other means.
  stdin!.on('error', () => {})
  const output = stdout!.pipe(createLineGuard(flooded, (line) => log.warn('claude.odd_line', { sessionId, line })))
  return {
    pid: pid ?? null,
    /** The last of what it said on stderr. */
    stderr: () => said,
    signal,
    /** It is gone, and so is everything that it has started. */
    ended: ended(),
    /** Ends it, and reads nothing more of it. */
    cutOff(): void {
      signal('SIGKILL')
      output.destroy()
    },
    /** What the SDK talks to. */
    process: {
      stdin: stdin!,
      stdout: output,
      get killed() {
        return child.killed
      },
      get exitCode() {
        return child.exitCode
      },
      get signalCode() {
        return child.signalCode
      },
      kill: signal,
      on: child.on.bind(child) as SpawnedProcess['on'],
      once: child.once.bind(child) as SpawnedProcess['once'],
      off: child.off.bind(child) as SpawnedProcess['off'],
    } satisfies SpawnedProcess,
  }
}
