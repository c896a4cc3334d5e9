// REST of what the relay keeps on its disk.
import { rest as bodies, type StorageFacts } from '#protocol'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

export const readStorage = ({ get }: Pick<RestCalls, 'get'>): Promise<Outcome<StorageFacts>> => get('admin/storage', bodies.storageFacts)
