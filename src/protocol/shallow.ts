// How deep a value of people may go.

/** Level by level, so that no depth is too deep for the check itself. */
export function isShallow(value: unknown, maxDepth: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maxDepth) return false
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each).filter((inner) => typeof inner === 'object' && inner !== null) : []))
  }
  return true
}
