// Installs packages of Debian's for the tests, where that can be done without asking anybody: as root, with apt.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

const TAKES_AT_MOST_MS = 180_000

/** Whether they were installed. What apt knows by now is enough where it knows them; it says itself what went wrong. */
export async function installDebian(...names) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const install = () => apt('install', '-y', '-qq', '--no-install-recommends', ...names)
  return (await install()) || ((await apt('update', '-qq')) && (await install()))
}

function apt(...args) {
  return new Promise((resolve) => {
    const child = spawn('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: TAKES_AT_MOST_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
}
