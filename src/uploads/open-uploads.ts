// Puts the parts of uploads together on what a page has; fetched when there is a file to send, or one was left.
import type { Clock } from '../clock.ts'
import type { Rest } from '../connection/rest.ts'
import type { Page } from '../connection/supervisor.ts'
import type { Locks, Voice } from '../connection/tabs.ts'
import type { Token } from '../connection/token.ts'
import { createDigests, startDigestWorker } from './digests.ts'
import { createKeptFiles, type StorageRoom } from './kept-files.ts'
import { createWay, type WayDependencies } from './way.ts'
import { createTusTransfer } from './tus-transfer.ts'
import { createUploads, type Uploads } from './uploads.ts'

type World = {
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** The origin of the relay. */
  relay: string
  databaseName: string
  /** What a browser may lack, over plain http. */
  room?: StorageRoom
  locks?: Locks
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

export function openUploads({ fetch, relay, databaseName, room, locks, userId, report, ...world }: World): Uploads {
  const { token } = world
  return createUploads({
    ...world,
    locks: locks ?? null,
    kept: createKeptFiles({ databaseName, room: room ?? null, report }),
    digests: createDigests({ start: startDigestWorker }),
    transfer: createTusTransfer({ ...world, fetch, endpoint: `${relay}/api/v1/files/tus` }),
    way: createWay(world),
    userId: () => (token.state() === 'signed-out' ? null : userId()),
  })
}
