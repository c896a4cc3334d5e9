// Where log lines go: standard error for whoever collects it, or a file when a person looks at the terminal.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const maxFileBytes = 10 * 1024 * 1024

type LogTarget = {
  write(line: string): void
  /** The file, when it is one. */
  path: string | null
  close(): void
}

export function openLogTarget({ path, isTerminal }: { path: string; isTerminal: boolean }): LogTarget {
  if (!isTerminal) return { write: (line) => void process.stderr.write(`${line}\n`), path: null, close: () => undefined }
  const open = () => openSync(path, 'a', 0o600)
  let file = open()
  let bytes = fstatSync(file).size

  /** One older file is kept. */
  function turnOver(): void {
    closeSync(file)
    renameSync(path, `${path}.1`)
    file = open()
    bytes = 0
  }

  return {
    path,
    write(line) {
      try {
        if (bytes > maxFileBytes) turnOver()
        bytes += writeSync(file, `${line}\n`)
      } catch {
        // A full disk must not take the relay with it.
      }
    },
    close: () => closeSync(file),
  }
}
