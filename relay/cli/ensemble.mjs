#!/usr/bin/env node
// The command. Under Node it builds the web app when needed and starts Bun from its own folder; under Bun it is the relay itself.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const argv = process.argv.slice(2)
/** What only shows something or changes accounts needs no web app. */
const startsRelay = !['backup', 'doctor', 'login', 'restore', 'token', 'user', 'settings', 'help', '--version'].includes(argv[0] ?? '') && !argv.some((each) => each === '--help' || each === '-h')

function newestUnder(path) {
  const about = statSync(path, { throwIfNoEntry: false })
  if (!about) return 0
  if (!about.isDirectory()) return about.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestUnder(join(path, name))), 0)
}

/** In a checkout the page follows its sources. Built aside and moved in, so that a running relay never serves half of it. */
function buildWhenOld() {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  if (!existsSync(join(root, 'src', 'main.ts')) || !existsSync(vite)) return
  const built = newestUnder(join(root, 'dist', 'index.html'))
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'].map((name) => newestUnder(join(root, name)))
  if (built > Math.max(...sources)) return
  console.error(built === 0 ? 'Building the web app …' : 'The web app is older than its sources: building it again …')
  const draft = join(root, 'node_modules', '.cache', `ensemble-dist-${process.pid}`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build', '--outDir', draft, '--emptyOutDir', '--logLevel', 'warn'], { cwd: root, encoding: 'utf8' })
  if (status === 0) {
    const old = `${draft}-old`
    if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
    renameSync(draft, join(root, 'dist'))
    rmSync(old, { recursive: true, force: true })
    return
  }
  rmSync(draft, { recursive: true, force: true })
  console.error(`${stdout ?? ''}${stderr ?? ''}`)
  console.error(built === 0 ? 'The web app could not be built, so there is no page; the API works.' : 'The web app could not be built; the older one is served.')
}

function findBun() {
  try {
    const manifest = createRequire(import.meta.url).resolve('bun/package.json')
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.bun)
  } catch {
    return null
  }
}

const isSame = (path, other) => existsSync(path) && realpathSync(path) === realpathSync(other)

/**
 * npm puts a shell between itself and a script, and that dies of a signal without passing it on. A script of this package ends with
 * its shell; whoever detaches the relay (nohup, setsid, a service) starts it without npm, or keeps npm beside it.
 */
function onShellGone(end) {
  if (!isSame(process.env.npm_package_json ?? '', join(root, 'package.json'))) return
  const shell = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(looking)
    end()
  }, 500)
  looking.unref()
}

/** Bun started inside a folder would run that folder's preload and read its .env: so it starts here and is told where it was called. */
function startBun(bun) {
  const env = { ...process.env, ENSEMBLE_CALLED_FROM: process.cwd() }
  const child = spawn(bun, [fileURLToPath(import.meta.url), ...argv], { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  const forward = (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, forward)
  onShellGone(() => forward('SIGTERM'))
  child.on('error', (error) => {
    console.error(`Bun could not be started (${error.message}). Run npm ci in ${root}.`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeListener(each, forward)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 1)
  })
}

if (startsRelay && !argv.includes('--no-build')) buildWhenOld()
const args = argv.filter((argument) => argument !== '--no-build')
if (process.versions.bun) {
  const { runCommand } = await import('./command-line.ts')
  await runCommand(args)
} else {
  const bun = findBun()
  if (bun) startBun(bun)
  else {
    console.error(`Bun is missing. Run npm ci in ${root}.`)
    process.exitCode = 1
  }
}
