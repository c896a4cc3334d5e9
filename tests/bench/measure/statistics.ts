// Medians and paired ratios: round by round, so that a busy moment of the machine hits both sides.

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** The median of a/b over the rounds. */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number => median(a.map((each, round) => each / b[round]!))
