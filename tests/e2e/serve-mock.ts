// The page without a relay, built and served for one test file; what its console complains of fails the test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import type { PreviewServer } from 'vite'
import { build, preview } from 'vite'

/** A breach of the content policy is a console error too. */
export function serveMock() {
  const complaints: string[] = []
  const served = { base: '', folder: '', complaints }
  let server: PreviewServer | undefined

  test.beforeAll(async () => {
    test.setTimeout(240_000)
    served.folder = await mkdtemp(join(tmpdir(), 'ensemble-mock-'))
    await build({ mode: 'mock', logLevel: 'error', build: { outDir: served.folder } })
    server = await preview({ mode: 'mock', logLevel: 'error', build: { outDir: served.folder }, preview: { port: 0, host: '127.0.0.1' } })
    const address = server.httpServer.address()
    served.base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })

  test.afterAll(async () => {
    await server?.close()
    await rm(served.folder, { recursive: true, force: true })
  })

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
