// What a relay says of itself to anybody, before they are signed in.
import { rest, type Health } from '#protocol'
import * as z from 'zod/mini'

/** `relay`: its origin. Null when it does not answer. */
export async function readHealth(relay: string): Promise<Health | null> {
  try {
    const response = await fetch(`${relay}/healthz`)
    const health = z.safeParse(rest.health, await response.json())
    return health.success ? health.data : null
  } catch {
    return null
  }
}
