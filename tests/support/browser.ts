// Finds a Chromium for tests: the one named in CHROMIUM, Playwright's own, or the system's; or one without a window.
import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

/** Starts quietly, without a network of its own; without a sandbox, as containers have none to give. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium without a window: half the work, as the full one draws its own window too, though nobody sees it. */
const shellPath = '/usr/bin/chromium-headless-shell'
const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

type Found = { path: string } | { missing: string }

/** The path of an executable, or a sentence that says how to get one. */
export function findChromium(
  environment: Record<string, string | undefined> = process.env,
  exists: (path: string) => boolean = existsSync,
  ownPath: string = chromium.executablePath(),
): Found {
  const named = environment['CHROMIUM']
  if (named !== undefined && named !== '') {
    return exists(named) ? { path: named } : { missing: `CHROMIUM names ${named}, which does not exist.` }
  }
  const found = [ownPath, ...systemPaths].find((path) => path !== '' && exists(path))
  if (found !== undefined) return { path: found }
  return {
    missing:
      'No Chromium was found. Run "npx playwright install chromium" or "apt-get install -y chromium", or set CHROMIUM to its path.',
  }
}

/** As `findChromium`, but the one without a window where it is there: for what looks at pages alone. */
export function findShell(environment: Record<string, string | undefined> = process.env, exists: (path: string) => boolean = existsSync, ownPath?: string): Found {
  return !environment['CHROMIUM'] && exists(shellPath) ? { path: shellPath } : findChromium(environment, exists, ownPath)
}
