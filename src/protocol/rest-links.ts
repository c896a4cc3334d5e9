// The bodies of share links: what owners make and take back, and what whoever opens one gets.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, timestamp } from './ids.ts'

/** How long a link may live, and in milliseconds. */
export const LINK_LIVES = { '1h': 3_600_000, '1d': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 } as const
export type LinkLife = keyof typeof LINK_LIVES

export const linkBody = z.object({ expires_in: z.enum(Object.keys(LINK_LIVES) as [LinkLife, ...LinkLife[]]) })
/** Said this once, and kept nowhere. */
export const newLink = z.object({ link_id: entityId, url: z.string(), expires_at: timestamp })
export const shareLink = z.object({
  link_id: entityId,
  created_by: z.object({ id: entityId, name: z.string() }),
  created_at: timestamp,
  expires_at: timestamp,
  used_at: optional(timestamp),
})
export const shareLinks = z.object({ links: z.array(shareLink) })

export const enterBody = z.object({ link: entityId, secret: z.string().check(z.minLength(1), z.maxLength(100)) })
export const entered = z.object({ access_token: z.string(), expires_at: timestamp, session_id: entityId, link_expires_at: timestamp })

export type NewLink = z.infer<typeof newLink>
export type ShareLink = z.infer<typeof shareLink>
export type Entered = z.infer<typeof entered>
