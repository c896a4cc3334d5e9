// How much the relay keeps, over HTTP.
import { rest, type StorageFacts } from '#protocol'
import { route, type Route } from './route.ts'

export type StorageServices = { storageFacts(): Promise<StorageFacts> }

export function storageRoutes({ storageFacts }: StorageServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/admin/storage',
      access: { relay: 'see_stats' },
      scope: 'admin',
      summary: 'Size of database and files, room on the disk, the last backup.',
      answer: rest.storageFacts,
      handle: () => storageFacts(),
    }),
  ]
}
