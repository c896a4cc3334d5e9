// The link to the relay as the pill and everything that must not pretend to be live need it.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Timer } from '../clock.ts'
import type { ConnectionState, OutboxItem } from '../connection/connection.ts'
import { calmState } from './calm-state.ts'
import { useServices } from './use-services.ts'

/** What the pill shows: the same states, counted in whole seconds. */
type PillState = Exclude<ConnectionState, { kind: 'reconnecting' }> | { kind: 'reconnecting'; attempt: number; inSeconds: number }
/** `ms` null: no link at that time. */
export type LatencySample = { at: number; ms: number | null }

const SAMPLES_MS = 5 * 60_000
const TICK_MS = 1_000

export const useConnectionStore = defineStore('connection', () => {
  const { connection, clock } = useServices()
  const state = shallowRef<ConnectionState>(connection.state())
  const pill = shallowRef<PillState>(asPill(state.value, 0))
  const outbox = shallowRef<readonly OutboxItem[]>(connection.outbox.items())
  const latencies = ref<LatencySample[]>([])
  const isUp = computed(() => ['live', 'slow', 'catching-up'].includes(state.value.kind))
  /** Since when nothing here is known to be current; null while the link is up. */
  const downSince = ref<number | null>(null)
  let since = clock.elapsed()
  let shownAt = clock.elapsed()
  let tick: Timer | null = null

  function show(): void {
    const next = calmState(pill.value, state.value, { forMs: clock.elapsed() - since, shownForMs: clock.elapsed() - shownAt })
    if (next === 'keep') return
    shownAt = clock.elapsed()
    pill.value = asPill(next, clock.elapsed() - since)
  }

  /** Seconds count down and short states wait for their turn; a quiet link needs no clock. */
  function keepTicking(): void {
    tick?.cancel()
    tick = null
    const { kind } = state.value
    if (kind !== 'reconnecting' && kind !== 'catching-up') return
    tick = clock.setTimer(() => {
      show()
      keepTicking()
    }, kind === 'catching-up' ? TICK_MS / 4 : TICK_MS)
  }

  connection.onState((next) => {
    if (next.kind !== state.value.kind || (next.kind === 'reconnecting' && state.value.kind === 'reconnecting' && next.attempt !== state.value.attempt)) since = clock.elapsed()
    state.value = next
    if (isUp.value) downSince.value = null
    else downSince.value ??= clock.now()
    note(next)
    show()
    keepTicking()
  })
  connection.outbox.onChange(() => (outbox.value = connection.outbox.items()))

  function note(next: ConnectionState): void {
    const ms = next.kind === 'live' || next.kind === 'slow' ? next.latencyMs : null
    if (ms === null && isUp.value) return
    const at = clock.now()
    latencies.value = [...latencies.value.filter((each) => at - each.at < SAMPLES_MS), { at, ms }]
  }

  return {
    state,
    pill,
    isUp,
    downSince,
    latencies,
    /** Everything on its way, of all sessions. */
    outbox,
    connected: () => connection.connected(),
    tryNow: () => connection.tryNow(),
    retry: (id: string) => connection.outbox.retry(id),
    discard: (id: string) => connection.outbox.discard(id),
  }
})

function asPill(state: ConnectionState, sinceMs: number): PillState {
  if (state.kind !== 'reconnecting') return state
  return { kind: 'reconnecting', attempt: state.attempt, inSeconds: Math.max(0, Math.ceil((state.inMs - sinceMs) / 1000)) }
}
