// Where log lines go: standard error for whoever collects it, or a file when a person looks at the terminal.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const maxFileBytes = 10 * 1024 * 1024
const maxJoinedChars = 64 * 1024

type Sink = { write(text: string): void; close(): void }
export type LogTarget = {
  write(line: string): void
  /** Writes what waits, now: before something is said elsewhere that has to stand behind it. */
  flush(): void
  /** The file, when it is one. */
  path: string | null
  close(): void
}

const standardError: Sink = { write: (text) => void process.stderr.write(text), close: () => undefined }

/** The first line of a tick is written at once, the others of that tick together at its end, or at the end of the process. */
export function openLogTarget({ path, isTerminal, elsewhere = standardError }: { path: string; isTerminal: boolean; elsewhere?: Sink }): LogTarget {
  const sink = isTerminal ? openFile(path) : elsewhere
  let waiting = ''
  let joins = false

  function flush(): void {
    const text = waiting
    waiting = ''
    if (text !== '') sink.write(text)
  }
  // Also for what is said after the end.
  process.on('exit', flush)

  return {
    write(line) {
      waiting += `${line}\n`
      if (joins && waiting.length < maxJoinedChars) return
      flush()
      if (joins) return
      joins = true
      setImmediate(() => {
        joins = false
        flush()
      })
    },
    flush,
    path: isTerminal ? path : null,
    close() {
      flush()
      sink.close()
    },
  }
}

/** One older file is kept. */
function openFile(path: string): Sink {
  const open = () => openSync(path, 'a', 0o600)
  let file = open()
  let bytes = fstatSync(file).size

  function turnOver(): void {
    closeSync(file)
    renameSync(path, `${path}.1`)
    file = open()
    bytes = 0
  }

  return {
    write(text) {
      try {
        if (bytes > maxFileBytes) turnOver()
        bytes += writeSync(file, text)
      } catch {
        // A full disk must not take the relay with it.
      }
    },
    close: () => closeSync(file),
  }
}
