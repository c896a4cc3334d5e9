// A moment that may lie days ahead: the time of today, or day and time.
import type { Format } from '../../i18n/format.ts'

export function momentOf(format: Format, atMs: number, nowMs: number): string {
  const { days, text } = format.day(atMs, nowMs)
  return days === 0 ? format.time(atMs) : `${text} ${format.time(atMs)}`
}
