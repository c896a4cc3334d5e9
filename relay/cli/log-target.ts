// Where log lines go: standard error for whoever collects it, or a file when a person looks at the terminal.
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs'

const maxFileBytes = 10 * 1024 * 1024

export type LogTarget = {
  write(line: string): void
  /** The file, when it is one. */
  path: string | null
  close(): Promise<void>
}

export function openLogTarget({ path, isTerminal }: { path: string; isTerminal: boolean }): LogTarget {
  if (!isTerminal) return { write: (line) => void process.stderr.write(`${line}\n`), path: null, close: async () => undefined }
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  let stream = open()

  function open(): WriteStream {
    // A log that cannot be written must not take the relay with it.
    return createWriteStream(path, { flags: 'a', mode: 0o600 }).on('error', () => undefined)
  }
  /** One older file is kept. */
  function turnOver(): void {
    stream.end()
    renameSync(path, `${path}.1`)
    stream = open()
    bytes = 0
  }

  return {
    path,
    write(line) {
      if (bytes > maxFileBytes) turnOver()
      bytes += Buffer.byteLength(line) + 1
      stream.write(`${line}\n`)
    },
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}
