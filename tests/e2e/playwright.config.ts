// How the tests in a real browser run: two files at a time, each with servers of its own.
import { availableParallelism } from 'node:os'
import { defineConfig } from '@playwright/test'
import { chromiumFlags, findChromium } from '../support/browser.ts'

const chromium = findChromium()
if ('missing' in chromium) throw new Error(chromium.missing)

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  outputDir: '../../test-results',
  globalSetup: './build-mock.ts',
  fullyParallel: false,
  workers: Math.min(2, availableParallelism()),
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  reporter: [['list']],
  // Two on two cores: what takes 20 s alone may take a minute.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: chromium.path, args: chromiumFlags },
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
})
