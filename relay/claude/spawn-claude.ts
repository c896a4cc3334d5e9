// Starts the CLI in a process group of its own, with its command line checked and all that it says bounded.
import { spawn, type ChildProcess } from 'node:child_process'
import { Transform, Writable } from 'node:stream'
import type { SpawnedProcess, SpawnOptions } from '@anthropic-ai/claude-agent-sdk'
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

export type SpawnedClaude = {
  /** What the SDK talks to. */
  process: SpawnedProcess
  pid: number
  /** The last of what it said on stderr. */
  stderr(): string
  /** Bytes handed over that it has not read. */
  unreadBytes(): number
  /** Signals the whole group; false if it is gone. */
  signal(name: NodeJS.Signals): boolean
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

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

/** Bun does not say how much of a child's input is unread; a stream in front of it does. A broken pipe is the child's end, not ours. */
function createMeteredInput(stdin: Writable): Writable {
  stdin.on('error', () => {})
  const input = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, encoding, done) => void stdin.write(chunk, encoding, () => done()),
    final: (done) => void (stdin.destroyed ? done() : stdin.end(() => done())),
  })
  return input.on('error', () => {})
}

export type SpawnSettings = {
  sandbox: Sandbox
  /** It writes without end. */
  flooded(): void
  /** It said something that is not of the protocol. */
  odd(line: string): void
}

export function spawnClaude(options: SpawnOptions, settings: SpawnSettings): SpawnedClaude {
  assertArguments(options.args)
  const { command, args } = settings.sandbox.wrap(options.command, options.args, options.cwd ?? '/')
  const child: ChildProcess = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const { stdin, stdout, stderr, pid } = child
  const exited = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>()
  let said = ''
  stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARS)))
  child.once('error', (error) => {
    said = (said + error.message).slice(-STDERR_CHARS)
    if (pid === undefined) exited.resolve({ code: null, signal: null })
  })
  child.once('exit', (code, signal) => exited.resolve({ code, signal }))
  const signal = (name: NodeJS.Signals): boolean => {
    try {
      if (pid === undefined) return false
      process.kill(-pid, name)
      return true
    } catch {
      return false
    }
  }
  const input = createMeteredInput(stdin!)
  const output = stdout!.pipe(createLineGuard(settings.flooded, settings.odd))
  return {
    pid: pid ?? 0,
    stderr: () => said,
    unreadBytes: () => input.writableLength,
    signal,
    exited: exited.promise,
    process: {
      stdin: input,
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
      on: (event: 'exit' | 'error', listener: (...values: never[]) => void) => void child.on(event, listener as never),
      once: (event: 'exit' | 'error', listener: (...values: never[]) => void) => void child.once(event, listener as never),
      off: (event: 'exit' | 'error', listener: (...values: never[]) => void) => void child.off(event, listener as never),
    } as SpawnedProcess,
  }
}
