// Amounts of a budget: exact where a cent is too coarse, because people compare them. Pure.

const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const fine = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 8 })

/** "$2.50", "$0.125", "$0.0042", "$1,204.00", "$0". */
export function exactCost(usd: number): string {
  if (usd <= 0) return '$0'
  return `$${usd < 1 ? fine.format(Number(usd.toPrecision(3))) : cents.format(usd)}`
}
