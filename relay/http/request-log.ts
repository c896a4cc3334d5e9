// One line for each request of a user. Of strangers the first of a kind in a second has its line, the rest of them share one: a flood pushes nothing out.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'

type Line = { method: string; route?: string; user_id?: string; status: number; ms: number; trace_id: string }

/** `hop`: as in `Caller`. */
type From = { address: string | null; hop: string | null }

const everyMs = 1_000
/** More kinds than this in a second are counted together. */
const maxKinds = 100

export function createRequestLog({ log, clock }: { log: Log; clock: Pick<Clock, 'setTimer'> }) {
  const seen = new Map<string, { status: number | null; route?: string; address: string | null; more: number }>()
  let timer: Timer | null = null

  function summarise(): void {
    timer = null
    for (const { more, ...kind } of seen.values()) if (more > 0) log.info('requests', { ...kind, count: more })
    seen.clear()
  }

  return function note(line: Line, { address, hop }: From): void {
    if (line.user_id !== undefined) return log.info('request', { ...line, address, hop })
    timer ??= clock.setTimer(summarise, everyMs)
    const { status, route } = line
    const key = `${status} ${address ?? ''} ${route ?? ''}`
    const known = seen.get(key)
    if (known) known.more += 1
    else if (seen.size < maxKinds) {
      seen.set(key, { status, route, address, more: 0 })
      log.info('request', { ...line, address })
    } else {
      const others = seen.get('others') ?? { status: null, address: null, more: 0 }
      others.more += 1
      seen.set('others', others)
    }
  }
}
