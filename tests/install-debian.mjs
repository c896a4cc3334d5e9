// Installs packages of Debian's for the tests, where that can be done without asking anybody: as root, with apt.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether they were installed. Shows what apt says. */
export function installDebian(...names) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const quiet = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-qq'], quiet)
  return spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet).status === 0
}
