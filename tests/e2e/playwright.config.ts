// How the tests in a real browser run: one after the other, against servers that each test file starts by itself.
import { defineConfig } from '@playwright/test'
import { chromiumFlags, findShell } from '../support/browser.ts'

const chromium = findShell()
if ('missing' in chromium) throw new Error(chromium.missing)

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  // The long ones are runs of their own: `E2E=long npm run e2e -- uploads.long`.
  testIgnore: process.env['E2E'] === 'long' ? [] : '**/*.long.e2e.ts',
  outputDir: '../../test-results',
  globalSetup: './build-mock.ts',
  fullyParallel: false,
  // Two at a time on two cores took longer than one after the other (387 s against 330 s), and made slow pages of quick ones.
  workers: 1,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  reporter: [['list']],
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: 'chromium',
    // Without it Chromium has no names for Korean downloads.
    launchOptions: { executablePath: chromium.path, args: chromiumFlags, env: { ...process.env, LC_ALL: 'C.UTF-8' } },
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    // A trace films all that is drawn, at twice the cost of the test: TRACE=1 for one that fails.
    trace: process.env['TRACE'] ? 'retain-on-failure' : 'off',
  },
})
