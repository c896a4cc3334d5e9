// Publishing a change whose statements are conditions: what was refused has been overtaken by somebody else.
import { Refused } from '#protocol'
import type { Channels, Publication } from '../channels/channels.ts'

/** Resolves when it is committed. CONFLICT when a row was not as it had been read, to be tried again. */
export async function commitOrRefuse(channels: Pick<Channels, 'publish'>, publication: Publication): Promise<void> {
  const { outcome } = await channels.publish(publication)
  if (outcome === 'committed') return
  // Not kept as the answer to the command: another attempt finds the rows as they are, or the answer that is kept already.
  throw new Refused('CONFLICT', 'this was changed by somebody else just now', { retryAfterMs: 100 })
}
