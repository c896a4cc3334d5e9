// What the relay keeps on its disk, for whoever runs it.
import * as z from 'zod/mini'
import { timestamp } from './ids.ts'

/** `files.place`: where they lie when not in the folder, such as s3://bucket/…; null: there. `files.copied_bytes`: what copies of them take on this disk, laid out for Claude or fetched from there. `same_epoch`: the log has not begun anew since that backup. */
export const storageFacts = z.object({
  folder: z.string(),
  epoch: z.string(),
  database_bytes: z.number(),
  files: z.object({ count: z.number(), bytes: z.number(), place: z.nullable(z.string()), copied_bytes: z.number() }),
  events: z.number(),
  sessions: z.number(),
  disk: z.object({ free_bytes: z.number(), total_bytes: z.number() }),
  last_backup: z.nullable(z.object({ at: timestamp, file: z.string(), bytes: z.number(), same_epoch: z.boolean() })),
})

export type StorageFacts = z.infer<typeof storageFacts>
