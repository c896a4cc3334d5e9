// The end of patience: pings, and closes what has been silent, unsigned, expired or idle for too long.
import { CLOSE, LIMITS } from '#protocol'
import type { Connection } from './connection.ts'

/** Called every few seconds. */
export function tick(connection: Connection, now: number, hasSubscriptions: boolean): void {
  const { who, openedAt, seenAt } = connection
  if (hasSubscriptions) connection.subscribedAt = now
  if (who === null && now - openedAt > LIMITS.authWithinMs) return connection.close(CLOSE.unauthorized, 'no token came')
  if (who !== null && now >= who.expiresAt) return connection.close(CLOSE.unauthorized, 'the token has expired')
  if (now - seenAt > LIMITS.relaySilenceMs) return connection.close(CLOSE.silent, 'silent')
  if (now - connection.subscribedAt > LIMITS.idleWithoutSubscriptionMs) return connection.close(CLOSE.silent, 'idle')
  if (now - connection.pingedAt < LIMITS.relayPingMs) return
  connection.pingedAt = now
  connection.ping()
}
