// Finds a Chromium for the tests, or fetches one: the environment's, Debian's without a window, one on this machine, Playwright's own, Debian's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installDebian } from './install-debian.mjs'

/** Without a window, which the full one draws too though nobody sees it: half the work of every test. */
const SHELL = '/usr/bin/chromium-headless-shell'
const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The path of a browser that starts, or null after saying what to do. `root` is the folder with node_modules. */
export async function findBrowser(root) {
  const named = process.env.CHROMIUM
  if (named && starts(named)) return named
  if ((existsSync(SHELL) || (await installDebian('chromium-headless-shell'))) && starts(SHELL)) return SHELL
  const here = KNOWN.find((path) => existsSync(path) && starts(path))
  if (here) return here
  const own = await playwrightsOwn()
  if (own && starts(own)) return own

  console.log('No browser found; fetching one.')
  spawnSync(join(root, 'node_modules', '.bin', 'playwright'), ['install', 'chromium'], { stdio: 'inherit', timeout: 180_000 })
  if (own && starts(own)) return own
  if ((await installDebian('chromium')) && starts('/usr/bin/chromium')) return '/usr/bin/chromium'
  console.error('No Chromium could be found or installed. Install one and set CHROMIUM to its path.')
  return null
}

async function playwrightsOwn() {
  const { chromium } = await import('@playwright/test')
  return chromium.executablePath()
}

/** Version only: it needs no display and leaves nothing behind. */
function starts(path) {
  return spawnSync(path, ['--version', '--no-sandbox'], { stdio: 'ignore', timeout: 20_000 }).status === 0
}
