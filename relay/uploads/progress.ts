// How others see an upload grow: at most twice a second each, with the speed of the last seconds.
import { sessionChannel, userChannel, type UploadProgress } from '#protocol'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { UploadRow } from './upload-rows.ts'

const everyMs = 500
const speedOverMs = 3_000

type Seen = { toldAt: number; samples: { at: number; length: number }[] }

export function createProgress({ channels, clock }: { channels: Pick<Channels, 'signal'>; clock: Pick<Clock, 'elapsed'> }) {
  const seen = new Map<string, Seen>()

  /** Bytes a second over the samples; 0 while there is but one. */
  function speedOf({ samples }: Seen): number {
    const [first, last] = [samples[0]!, samples.at(-1)!]
    return last.at > first.at ? Math.round(((last.length - first.length) * 1_000) / (last.at - first.at)) : 0
  }

  return {
    grown(row: UploadRow, length: number): void {
      const now = clock.elapsed()
      let known = seen.get(row.id)
      if (known === undefined) seen.set(row.id, (known = { toldAt: -Infinity, samples: [] }))
      if (now - known.toldAt < everyMs) return
      known.toldAt = now
      // One that stood still begins anew: its past says nothing of its speed.
      known.samples = [...known.samples.filter(({ at }) => now - at <= speedOverMs), { at: now, length }]
      const data: UploadProgress = {
        file_id: row.id,
        session_id: row.session_id,
        filename: row.filename,
        user_id: row.user_id,
        progress: Math.floor((length * 100) / row.size),
        speed: speedOf(known),
        remaining: row.size - length,
      }
      channels.signal(row.session_id ? sessionChannel(row.session_id) : userChannel(row.user_id), 'upload_progress', data, { latestKey: row.id })
    },
    forget: (id: string): void => void seen.delete(id),
    stop: (): void => seen.clear(),
  }
}
