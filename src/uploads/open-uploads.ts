// Puts the parts of uploads together on what a page has; fetched when there is a file to send, or one was left.
import type { Clock } from '../clock.ts'
import type { Rest } from '../connection/rest.ts'
import type { Page } from '../connection/supervisor.ts'
import type { Voice } from '../connection/tabs.ts'
import type { Token } from '../connection/token.ts'
import { createDigests, startDigestWorker } from './digests.ts'
import { createKeptFiles } from './kept-files.ts'
import { createWay, type WayDependencies } from './way.ts'
import { createSameContent } from './same-content.ts'
import { createTusTransfer } from './tus-transfer.ts'
import { createUploads, type Uploads } from './uploads.ts'

type World = {
  browser: Pick<Window, 'addEventListener'> & { fetch: typeof fetch; navigator: Partial<Pick<Navigator, 'storage' | 'locks'>> }
  /** The origin of the relay. */
  relay: string
  /** Of the database in which they outlive the page. */
  uploadsName: string
  voice: Voice
  page: Page
  connection: WayDependencies['connection']
  rest: Rest
  token: Token
  clock: Clock
  random: () => number
  newId: () => string
  /** Who was here last, as long as nobody is known to have signed out. */
  userId: () => string | null
  report: (problem: string) => void
}

/** Resolves when what an earlier page has left is in the list, and goes on. Over plain http a browser has no locks between its tabs, and says nothing of its room. */
export async function openUploads({ browser, relay, uploadsName, userId, report, ...world }: World, start = startDigestWorker): Promise<Uploads> {
  const { token } = world
  const { storage: room, locks } = browser.navigator
  const digests = createDigests({ start })
  const fetch = (url: string, init: RequestInit) => browser.fetch(url, init)
  const uploads = createUploads({
    ...world,
    locks: locks ? { request: async (name, work) => await locks.request(name, work) } : null,
    kept: createKeptFiles({ databaseName: uploadsName, room: room ?? null, now: () => world.clock.now(), report }),
    digests,
    isSameContent: createSameContent({ digests, token, fetch, endpoint: `${relay}/api/v1/files` }),
    transfer: createTusTransfer({ ...world, fetch, endpoint: `${relay}/api/v1/files/tus` }),
    way: createWay(world),
    userId: () => (token.state() === 'signed-out' ? null : userId()),
  })
  browser.addEventListener('beforeunload', (event) => void (uploads.wouldLose() && event.preventDefault()))
  await uploads.boot()
  return uploads
}
