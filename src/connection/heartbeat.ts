// Notices a dead link: a black-holed socket stays OPEN for minutes, and a browser cannot send protocol pings.
import { LIMITS } from '#protocol'
import type { Clock, Timer } from '../clock.ts'

/** After waking up (page visible, network back) silence is borne this long only. */
const CHECK_MS = 10_000
/** A ping must have gone unanswered for this long: timers of hidden pages run late, and late is not dead. */
const UNANSWERED_MS = 9_000
const SAMPLES = 5

export type Heartbeat = {
  /** Any frame came: the link lives. */
  frame(): void
  pong(id: string): void
  /** Asks at once whether the link still lives. */
  check(): void
  stop(): void
}

type HeartbeatDependencies = {
  clock: Clock
  newId: () => string
  ping: (id: string) => void
  onDead: () => void
  /** The median of the last five round trips, ms. */
  onLatency: (ms: number) => void
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Starts at once, with a first ping to know the latency. */
export function createHeartbeat({ clock, newId, ping, onDead, onLatency }: HeartbeatDependencies): Heartbeat {
  const samples: number[] = []
  let sent: { id: string; at: number } | null = null
  let stopped = false
  let silence: Timer = clock.setTimer(dead, LIMITS.browserSilenceMs)
  let next: Timer = clock.setTimer(beat, 0)

  function beat(): void {
    next.cancel()
    next = clock.setTimer(beat, LIMITS.browserPingMs)
    sent = { id: newId(), at: clock.elapsed() }
    ping(sent.id)
  }

  function dead(): void {
    if (sent === null || clock.elapsed() - sent.at < UNANSWERED_MS) return check()
    stop()
    onDead()
  }

  function stop(): void {
    stopped = true
    silence.cancel()
    next.cancel()
  }

  function check(): void {
    bear(CHECK_MS)
    beat()
  }

  function bear(ms: number): void {
    silence.cancel()
    silence = clock.setTimer(dead, ms)
  }

  return {
    frame() {
      if (!stopped) bear(LIMITS.browserSilenceMs)
    },
    pong(id) {
      if (stopped || sent?.id !== id) return
      samples.push(clock.elapsed() - sent.at)
      if (samples.length > SAMPLES) samples.shift()
      sent = null
      onLatency(Math.round(median(samples)))
    },
    check() {
      if (!stopped) check()
    },
    stop,
  }
}
