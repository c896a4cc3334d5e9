// One Chromium that uploads as the page does, with tus-js-client to the relay, and with a bare fetch to a bare server.
import { chromium } from '@playwright/test'
import { join } from 'node:path'
import { chromiumFlags, findChromium } from '../../support/browser.ts'
import type { RelayUnderLoad } from './relay-under-load.ts'

const client = join(import.meta.dir, '..', '..', '..', 'node_modules', 'tus-js-client', 'dist', 'tus.min.js')

/** Milliseconds become seconds here. Each page stands at the origin that it sends to. */
export async function openUploadPages(relay: RelayUnderLoad, barePort: number) {
  const found = findChromium()
  if ('missing' in found) throw new Error(found.missing)
  const [token] = (await relay.tokens(1)) as [string]
  const browser = await chromium.launch({ executablePath: found.path, args: chromiumFlags })
  const context = await browser.newContext({ bypassCSP: true })
  const [ours, bare] = [await context.newPage(), await context.newPage()]
  await ours.goto(`${relay.url}/healthz`)
  await ours.addScriptTag({ path: client })
  await bare.goto(`http://127.0.0.1:${barePort}/`)

  return {
    byTus: (bytes: number): Promise<number> =>
      ours.evaluate(
        ([size, bearer]) =>
          new Promise<number>((resolve, reject) => {
            const { tus } = globalThis as unknown as { tus: { Upload: new (file: Blob, options: object) => { start(): void } } }
            const file = new Blob([new Uint8Array(size).fill(7)])
            const began = performance.now()
            new tus.Upload(file, {
              endpoint: '/api/v1/files/tus',
              chunkSize: 16 * 1024 * 1024,
              retryDelays: null,
              headers: { authorization: `Bearer ${bearer}` },
              metadata: { filename: 'bench.bin', filetype: 'application/octet-stream' },
              onSuccess: () => resolve((performance.now() - began) / 1000),
              onError: reject,
            }).start()
          }),
        [bytes, token] as const,
      ),
    byPut: (bytes: number): Promise<number> =>
      bare.evaluate(async (size) => {
        const file = new Blob([new Uint8Array(size).fill(7)])
        const began = performance.now()
        const answer = await fetch('/bench', { method: 'PUT', body: file })
        if (!answer.ok) throw new Error(`PUT: ${answer.status}`)
        const seconds = (performance.now() - began) / 1000
        await fetch('/bench', { method: 'POST' })
        return seconds
      }, bytes),
    close: () => browser.close(),
  }
}
