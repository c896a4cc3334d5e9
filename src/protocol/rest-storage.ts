// What the relay keeps on its disk, for whoever runs it.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { timestamp } from './ids.ts'

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
