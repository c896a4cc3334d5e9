// Channels that are listened to from now on, for as long as they are wanted: what was before is asked for, not replayed.
import type { FromRelay } from '#protocol'
import type { Connection, OpenChannel } from '../connection/connection.ts'

type Told = {
  onMessage(message: FromRelay): void
  /** Listening, and something may have been missed. */
  onAnew(): void
  /** It may not be listened to any more. */
  onLost(): void
}

export function createFollowedChannels(connection: Pick<Connection, 'open'>, { onMessage, onAnew, onLost }: Told) {
  const channels = new Map<string, OpenChannel>()
  const fromNow = (): Promise<'from-now'> => Promise.resolve('from-now')
  const onJoined = (_: unknown, continued: boolean) => void (!continued && onAnew())

  /** These and no others from now on. */
  return function follow(names: readonly string[]): void {
    for (const [name, channel] of channels) {
      if (names.includes(name)) continue
      channel.close()
      channels.delete(name)
    }
    for (const name of names) if (!channels.has(name)) channels.set(name, connection.open(name, 'now', { onMessage, onJoined, onSnapshotNeeded: fromNow, onRefused: onLost }))
  }
}
