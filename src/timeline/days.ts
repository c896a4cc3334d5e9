// Which day a moment belongs to, for a reader who asks it of every item.

const QUARTER_MS = 900_000

/** The day of a moment. Asked for every item with every change; days begin on a quarter of an hour in every time zone. */
export function createDays(dayOf: (at: number) => string): (at: number) => string {
  const days = new Map<number, string>()
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS)
    let day = days.get(quarter)
    if (day === undefined) days.set(quarter, (day = dayOf(at)))
    return day
  }
}
