// Which region of the screen comes next.

/** The region after (or before) the innermost one that holds `active`; from nowhere the first or the last. */
export function nextRegion<Region extends { contains(node: unknown): boolean }>(
  regions: Region[],
  active: unknown,
  step: 1 | -1,
): Region | undefined {
  if (regions.length === 0) return undefined
  const at = regions.findLastIndex((region) => region.contains(active))
  if (at === -1) return step === 1 ? regions[0] : regions.at(-1)
  return regions[(at + step + regions.length) % regions.length]
}
