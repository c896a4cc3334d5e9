// Which of the places whole files lie in: the data folder, or the bucket that the settings name.
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Bucket } from '../files-url.ts'
import type { Log } from '../observability/log.ts'
import type { BlobStore } from './blob-store.ts'
import { createLocalBlobs } from './local-blobs.ts'
import { createS3Blobs } from './s3-blobs.ts'

/**
 * `folder`: of files in the data folder. `epoch`: of the log whose rows speak of them. In a bucket each log has a folder of its own, so that
 * no relay sweeps away what another one has there, and what was there before a restore stays.
 */
export function openBlobs({ bucket, folder, epoch, clock, log }: { bucket: Bucket | null; folder: string; epoch: string; clock: Clock; log: Log }): BlobStore {
  return bucket === null ? createLocalBlobs({ folder }) : createS3Blobs({ bucket, of: epoch, folder: join(folder, 'copies'), clock, log })
}
