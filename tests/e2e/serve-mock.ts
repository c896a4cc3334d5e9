// The page without a relay, served for one test file; what its console complains of fails the test.
import { expect, test } from '@playwright/test'
import type { PreviewServer } from 'vite'
import { preview } from 'vite'
import { MOCK_FOLDER } from './build-mock.ts'

/** A breach of the content policy is a console error too. */
export function serveMock() {
  const complaints: string[] = []
  const served = { base: '', folder: '', complaints }
  let server: PreviewServer | undefined

  test.beforeAll(async () => {
    served.folder = process.env[MOCK_FOLDER]!
    server = await preview({ mode: 'mock', logLevel: 'error', build: { outDir: served.folder }, preview: { port: 0, host: '127.0.0.1', headers: { 'Cache-Control': 'max-age=3600' } } })
    const address = server.httpServer.address()
    served.base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })

  test.afterAll(() => server?.close())

  test.beforeEach(({ page }) => {
    complaints.length = 0
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })

  test.afterEach(() => expect(complaints).toEqual([]))
  return served
}
