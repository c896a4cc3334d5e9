// The bodies of the search over what was said in sessions.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, optionalId, timestamp } from './ids.ts'
import { paging } from './paging.ts'

export const searchQuery = z.object({
  q: z.string().check(z.minLength(1), z.maxLength(200)),
  workspace_id: optionalId,
  session_id: optionalId,
  ...paging(100),
})

export const searchHit = z.object({
  session_id: entityId,
  workspace_id: entityId,
  title: z.string(),
  archived: z.boolean(),
  seq: z.number(),
  role: z.enum(['user', 'note', 'claude']),
  user_id: optional(entityId),
  username: optional(z.string()),
  at: timestamp,
  snippet: z.string(),
  marks: z.array(z.object({ from: z.number(), to: z.number() })),
  more: optional(z.boolean()),
})
/** A page may hold fewer hits than asked for, even none, and `next` all the same: a search takes no longer than it may. */
export const searchPage = z.object({ hits: z.array(searchHit), next: z.nullable(z.string()) })

export type SearchHit = z.infer<typeof searchHit>
export type SearchPage = z.infer<typeof searchPage>
