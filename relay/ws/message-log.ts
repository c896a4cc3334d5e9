// A line of the log for each message: who sent what, how long it took, how it went.
import { Refused, type ErrorCode, type FromBrowserType } from '#protocol'
import { storageRefusal } from '../answers/answers.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Take } from './connection.ts'

/** `ok`, or the code of the refusal that it was answered with. */
export type Taken = 'ok' | ErrorCode

/** Signs and chunks that come many times a second are counted, not logged. */
const UNLOGGED: readonly FromBrowserType[] = ['ping', 'typing', 'cursor_update', 'upload_chunk']

export function logMessages({ clock, log, metrics }: { clock: Clock; log: Log; metrics?: Pick<Metrics, 'add'> }, take: (...message: Parameters<Take>) => Promise<Taken>): Take {
  return async (connection, message, traceId) => {
    const began = clock.now()
    const { type } = message
    const userId = connection.who?.userId
    let outcome: Taken = 'INTERNAL_ERROR'
    try {
      outcome = await take(connection, message, traceId)
    } catch (error) {
      const expected = storageRefusal(error)
      if (expected instanceof Refused) outcome = expected.code
      throw error
    } finally {
      metrics?.add('ensemble_messages_total', 1, { type, outcome })
      if (outcome !== 'ok' || !UNLOGGED.includes(type)) log.info('message', { type, user_id: userId, trace_id: traceId, ms: clock.now() - began, outcome })
    }
  }
}
