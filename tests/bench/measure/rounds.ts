// Rounds for as long as a part may take: a benchmark ends, and says how many rounds it had.

/** As many as asked for, but after the second none that would end too late, judged by the longest so far. */
export function* roundsWithin(most: number, minutes: number): Generator<number> {
  const began = performance.now()
  let longest = 0
  for (let round = 0; round < most; round++) {
    const from = performance.now()
    yield round
    const now = performance.now()
    longest = Math.max(longest, now - from)
    if (round > 0 && now + longest - began > minutes * 60_000) return
  }
}
