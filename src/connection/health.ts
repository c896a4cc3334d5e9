// What a relay says of itself to anybody, before they are signed in.
import { rest } from '#protocol'
import * as z from 'zod/mini'

/** `relay`: its origin. The epoch of the log it keeps; null when it does not answer. */
export async function readEpoch(relay: string): Promise<string | null> {
  try {
    const response = await fetch(`${relay}/healthz`)
    const health = z.safeParse(rest.health, await response.json())
    return health.success ? health.data.epoch : null
  } catch {
    return null
  }
}
