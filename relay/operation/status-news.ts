// Tells `system` how the relay stands, whenever that has become another: kept, so that whoever looks later sees when it was ill.
import { SYSTEM_CHANNEL, type RelayStatus } from '#protocol'
import type { Channels } from '../channels/channels.ts'
import type { Log } from '../observability/log.ts'
import type { Readiness } from './readiness.ts'

type Dependencies = { channels: Pick<Channels, 'publish'>; readiness: Pick<Readiness, 'judged'>; startedAt: number; log: Log }

export function createStatusNews({ channels, readiness, startedAt, log }: Dependencies) {
  let told = ''
  let seen = ''

  async function tell(data: RelayStatus, text: string): Promise<void> {
    const before = told
    told = text
    await channels.publish({ events: [{ channel: SYSTEM_CHANNEL, type: 'status', data }] }).catch((error: unknown) => {
      // What keeps it from being told may be the very thing to tell: the next look tries again.
      told = before
      log.warn('operation.status_not_told', { error })
    })
  }

  async function statusNow(): Promise<RelayStatus> {
    const { status, reasons, warnings } = await readiness.judged()
    const codes = (all: readonly { code: string }[] | null) => (all ?? []).map(({ code }) => code).sort()
    return { status, reasons: codes(reasons), warnings: codes(warnings), started_at: startedAt }
  }

  return {
    /** Called every few seconds. What has passed by the next look was no news. */
    async look(): Promise<void> {
      const data = await statusNow()
      const text = JSON.stringify(data)
      const hasStayed = text === seen
      seen = text
      if (hasStayed && text !== told) await tell(data, text)
    },
    /** At once, for what nobody will look at again: the end. */
    async now(): Promise<void> {
      const data = await statusNow()
      await tell(data, JSON.stringify(data))
    },
  }
}
