// The contract of whole files in a folder and in a bucket.
import { mkdirSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../relay/clock.ts'
import { createLocalBlobs } from '../../relay/files/local-blobs.ts'
import { createS3Blobs } from '../../relay/files/s3-blobs.ts'
import { createLog } from '../../relay/observability/log.ts'
import { s3Server } from '../support/s3-server.ts'
import { blobStoreContract } from './blob-store-contract.ts'

blobStoreContract('a folder', (folder) => {
  const files = join(folder, 'files')
  return {
    open: () => createLocalBlobs({ folder: files }),
    async stranger() {
      mkdirSync(join(files, 'incoming'))
      writeFileSync(join(files, 'incoming', 'theirs'), 'theirs')
      return async () => existsSync(join(files, 'incoming', 'theirs'))
    },
    end: async () => undefined,
  }
})

blobStoreContract('a bucket', (folder) => {
  const server = s3Server({ pageKeys: 7 })
  const log = createLog(() => undefined, systemClock)
  return {
    open: () => createS3Blobs({ bucket: server.bucket, of: 'epoch-1', folder: join(folder, 'copies'), clock: systemClock, log, sizes: { partBytes: 5 * 1024 * 1024, pieceBytes: 1024 * 1024 } }),
    async stranger() {
      const theirs = ['team/notes.txt', 'team/epoch-2/0b9a3f5e', 'team/epoch-1/folder/theirs', 'team/epoch-1', 'elsewhere']
      for (const key of theirs) server.objects.set(key, new Uint8Array(Buffer.from('theirs')))
      return async () => theirs.every((key) => server.objects.has(key))
    },
    end: () => server.stop(),
  }
})
