// The storage contract on SQLite.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../relay/clock.ts'
import { createLog } from '../../relay/observability/log.ts'
import { openStorage } from '../../relay/storage/storage.ts'
import { storageContract } from './storage-contract.ts'

storageContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ensemble-storage-'))
  const log = createLog(() => {}, systemClock)
  return {
    open: () => openStorage({ url: `sqlite:${join(folder, 'ensemble.db')}`, clock: systemClock, log }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
})
