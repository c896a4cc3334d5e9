// Channels that are listened to from now on, for as long as they are wanted.
import type { Connection, OpenChannel } from '../connection/connection.ts'

export function createFollowedChannels(connection: Pick<Connection, 'open'>, handlers: Parameters<Connection['open']>[2]) {
  const channels = new Map<string, OpenChannel>()

  /** These and no others from now on. */
  return function follow(names: readonly string[]): void {
    for (const [name, channel] of channels) {
      if (names.includes(name)) continue
      channel.close()
      channels.delete(name)
    }
    for (const name of names) if (!channels.has(name)) channels.set(name, connection.open(name, 'now', handlers))
  }
}
