// Finds a Chromium for tests: the one named in CHROMIUM, Playwright's own, or the system's.
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

const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of an executable, or a sentence that says how to get one. */
export function findChromium(
  environment: Record<string, string | undefined> = process.env,
  exists: (path: string) => boolean = existsSync,
  ownPath: string = chromium.executablePath(),
): { path: string } | { missing: string } {
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
