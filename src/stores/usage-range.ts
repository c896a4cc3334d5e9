// The last so many days on the reader's own calendar, as reports are asked for. Pure.

export const RANGES = [7, 14, 30, 90] as const
export type Range = (typeof RANGES)[number]

const dayMs = 86_400_000

export const readersZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Today included. */
export function lastDays(days: number, now: number, tz: string): { from: string; to: string; tz: string } {
  const to = new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
  return { from: new Date(Date.parse(to) - (days - 1) * dayMs).toISOString().slice(0, 10), to, tz }
}
