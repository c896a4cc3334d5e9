// How the relay did in the last ten minutes: one reading every five seconds, kept in memory, and what lies between two of them.
import type { RelayStats, StatsHistory } from '#protocol'
import type { Clock } from '../clock.ts'
import { quantile, since, total, type Counted } from '../observability/histogram.ts'

/** Counts are of all time: what happened is the difference of two readings. */
export type Reading = {
  connections: number
  messages: number
  requests: number
  delivered: Counted
  committed: Counted
  errors: Readonly<Record<string, number>>
  messagesByType: Readonly<Record<string, number>>
  uploads: number
  uploadBytes: number
  eventLoopLagMs: number
  relayMemoryBytes: number
  claudeMemoryBytes: number
}
type Sample = Reading & { at: number; elapsed: number }

const everyMs = 5_000
const kept = 120
const recentMs = 10_000
/** Of the types of messages: the rest is in the metrics. */
const typesShown = 8

export type Samples = ReturnType<typeof createSamples>

const perSecond = (now: Sample, before: Sample, of: 'messages' | 'requests') => (now.elapsed > before.elapsed ? ((now[of] - before[of]) * 1_000) / (now.elapsed - before.elapsed) : 0)
const rounded = (value: number) => Math.round(value * 10) / 10
const ms = (seconds: number | null) => (seconds === null ? null : Math.round(seconds * 100_000) / 100)

/** What was counted since, the most frequent first; nothing that did not happen. */
const happened = (now: Reading['errors'], before: Reading['errors']): [name: string, count: number][] =>
  Object.entries(now)
    .map(([name, count]): [string, number] => [name, count - (before[name] ?? 0)])
    .filter(([, count]) => count > 0)
    .sort(([a, most], [b, next]) => next - most || (a < b ? -1 : 1))
const sum = (counts: Reading['errors']) => Object.values(counts).reduce((all, count) => all + count, 0)

export function createSamples({ clock, read }: { clock: Clock; read: () => Reading }) {
  const take = (): Sample => ({ ...read(), at: clock.now(), elapsed: clock.elapsed() })
  const samples: Sample[] = [take()]
  const timer = clock.every(() => {
    samples.push(take())
    if (samples.length > kept + 1) samples.shift()
  }, everyMs)

  const pairs = () => samples.slice(1).map((sample, index) => [sample, samples[index]!] as const)

  return {
    /** Over the last ten seconds, or since the start. */
    recent() {
      const now = take()
      const before = samples.findLast(({ elapsed }) => now.elapsed - elapsed >= recentMs) ?? samples[0]!
      const delivered = since(now.delivered, before.delivered)
      const committed = since(now.committed, before.committed)
      const messages = rounded(perSecond(now, before, 'messages'))
      const peak = pairs().map(([sample, earlier]) => rounded(perSecond(sample, earlier, 'messages')))
      return {
        rates: { messages, messages_peak: Math.max(messages, ...peak), requests: rounded(perSecond(now, before, 'requests')) },
        delivery: { p50_ms: ms(quantile(delivered, 0.5)), p99_ms: ms(quantile(delivered, 0.99)), count: total(delivered) },
        commit_p99_ms: ms(quantile(committed, 0.99)),
      }
    },
    /** What happened in the ten minutes that are kept. */
    counted(): Pick<RelayStats, 'errors' | 'messages_by_type' | 'uploads'> {
      const now = read()
      const before = samples[0]!
      return {
        errors: happened(now.errors, before.errors).map(([code, count]) => ({ code, count })),
        messages_by_type: happened(now.messagesByType, before.messagesByType).slice(0, typesShown).map(([type, count]) => ({ type, count })),
        uploads: { count: now.uploads - before.uploads, bytes: now.uploadBytes - before.uploadBytes },
      }
    },
    history(): StatsHistory {
      return {
        every_ms: everyMs,
        until: samples.at(-1)!.at,
        connections: samples.slice(1).map(({ connections }) => connections),
        messages_per_second: pairs().map(([sample, before]) => rounded(perSecond(sample, before, 'messages'))),
        delivery_p99_ms: pairs().map(([sample, before]) => ms(quantile(since(sample.delivered, before.delivered), 0.99))),
        claude_memory_bytes: samples.slice(1).map(({ claudeMemoryBytes }) => claudeMemoryBytes),
        errors: pairs().map(([sample, before]) => sum(sample.errors) - sum(before.errors)),
        commit_p99_ms: pairs().map(([sample, before]) => ms(quantile(since(sample.committed, before.committed), 0.99))),
        event_loop_lag_ms: samples.slice(1).map(({ eventLoopLagMs }) => rounded(eventLoopLagMs)),
        relay_memory_bytes: samples.slice(1).map(({ relayMemoryBytes }) => relayMemoryBytes),
      }
    },
    stop: timer.cancel,
  }
}
