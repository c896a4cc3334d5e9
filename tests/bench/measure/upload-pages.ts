// One Chromium that uploads: the built page with a file that is chosen in it, and a bare page with a fetch to a bare server.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { beginSession, openPage } from './open-page.ts'
import type { RelayUnderLoad } from './relay-under-load.ts'

/** `folder`: for the files that are chosen. `relay.code` is used up by this. Times are in seconds. */
export async function openUploadPages(relay: RelayUnderLoad, barePort: number, folder: string) {
  const { page: ours, close } = await openPage(relay)
  await beginSession(ours)
  await ours.getByRole('tab', { name: /^Files/ }).click()
  const bare = await ours.context().newPage()
  await bare.goto(`http://127.0.0.1:${barePort}/`)
  mkdirSync(folder, { recursive: true })
  let chosen = 0

  return {
    /** From the choice until the file stands in the session's list, with all that the page does for it; and until the page has compared its own hash with the relay's, which would slow what is measured next. */
    async byPage(bytes: number): Promise<{ listed: number; compared: number }> {
      const name = `bench-${++chosen}.bin`
      const path = join(folder, name)
      writeFileSync(path, new Uint8Array(bytes).fill(7))
      try {
        const took = untilListed(ours, name)
        // One round trip, so that it is looked at before the file is chosen.
        await ours.evaluate(() => 0)
        await ours.locator('input[data-way=files]').first().setInputFiles(path)
        const listed = await took
        const began = performance.now()
        await untilCompared(ours)
        return { listed, compared: listed + (performance.now() - began) / 1000 }
      } finally {
        rmSync(path)
      }
    },
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
    close,
  }
}

const untilListed = (page: Page, name: string): Promise<number> =>
  page.evaluate(
    (file) =>
      new Promise<number>((resolve) => {
        let began = 0
        addEventListener('change', () => (began = performance.now()), { capture: true, once: true })
        const observer = new MutationObserver(() => {
          const isThere = [...document.querySelectorAll('li')].some((row) => row.textContent?.includes(file))
          if (began === 0 || !isThere || document.querySelector(`[role=progressbar][aria-label="${file}"]`)) return
          observer.disconnect()
          resolve((performance.now() - began) / 1000)
        })
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
      }),
    name,
  )

/** Then nothing of it is kept for a later page any more. */
const untilCompared = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const answered = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    for (let kept = 1; kept > 0; ) {
      kept = 0
      for (const { name } of await indexedDB.databases()) {
        const database = await answered(indexedDB.open(name!))
        if (database.objectStoreNames.contains('uploads')) kept += await answered(database.transaction('uploads').objectStore('uploads').count())
        database.close()
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })
