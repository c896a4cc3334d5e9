// Days on the calendar of a time zone, as moments. Pure.

export type Day = { day: string; from: number; to: number }

const dayMs = 86_400_000
const minuteMs = 60_000

export const machineTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

export function createCalendar(zone: string) {
  const wall = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const dayOf = (at: number): string => wall.format(at)

  /** The first moment of a day (`2026-11-08`): where it begins at 01:00, as after some changes of the clock, that one. */
  function start(day: string): number {
    // An offset that is given as a zone (`+23:59`) is less than a day away from UTC; days begin at a full minute.
    let before = Date.parse(day) - 25 * 3_600_000
    let after = Date.parse(day) + 25 * 3_600_000
    while (after - before > minuteMs) {
      const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs
      if (dayOf(middle) < day) before = middle
      else after = middle
    }
    return after
  }

  const next = (day: string, days = 1): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)

  return {
    dayOf,
    next,
    /** The day that holds this moment. */
    at(at: number): Day {
      const day = dayOf(at)
      return { day, from: start(day), to: start(next(day)) }
    },
    /** All days from the first to the last. */
    span(first: string, last: string): Day[] {
      const days: Day[] = []
      for (let day = first, from = start(first); day <= last; ) {
        const following = next(day)
        const to = start(following)
        days.push({ day, from, to })
        day = following
        from = to
      }
      return days
    },
  }
}
