// When somebody was here last, as the list of people says it. Pure.
import type { RelayStats, User } from '#protocol'

/** Milliseconds since 1970, 'now' for whoever is connected, 'never' for whoever has not come yet. */
export function lastHere({ id, seen_at }: Pick<User, 'id' | 'seen_at'>, connected: RelayStats['connections']['people']): number | 'now' | 'never' {
  return connected.some((each) => each.id === id) ? 'now' : (seen_at ?? 'never')
}
