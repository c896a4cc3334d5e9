// A folder to make files, links and repositories in, gone after the test.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type Folder = {
  path: string
  write(path: string, content?: string): void
  link(path: string, target: string): void
  fifo(path: string): void
  /** Runs a program in it; throws when it fails. */
  run(...command: string[]): void
  remove(): void
}

export function tempFolder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'ensemble-folder-')))
  const at = (name: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    return join(path, name)
  }
  const run = (...command: string[]) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: path, GIT_CONFIG_NOSYSTEM: '1' }
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: path, env })
    if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr.toString()}`)
  }
  return {
    path,
    write: (name, content = '') => writeFileSync(at(name), content),
    link: (name, target) => symlinkSync(target, at(name)),
    fifo: (name) => run('mkfifo', at(name)),
    run,
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
