// Gives a freshly built value the parts of an older one that are equal, so that nothing is drawn again without need.

type Keyed = { key: string }
const isKeyed = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string'

/** Plain data only. Equal values come back as the old object; others as new ones whose equal parts are the old objects. */
export function shareUnchanged<T>(before: unknown, after: T): T {
  if (Object.is(before, after)) return after
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return after
  if (Array.isArray(after)) return Array.isArray(before) ? (shareList(before, after) as T) : after
  if (Array.isArray(before)) return after
  return shareFields(before as Record<string, unknown>, after as Record<string, unknown>) as T
}

function shareList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const byKey = isKeyed(after[0]) ? new Map(before.filter(isKeyed).map((each) => [each.key, each])) : null
  let same = before.length === after.length
  const shared = after.map((value, at) => {
    const old = byKey && isKeyed(value) ? byKey.get(value.key) : before[at]
    const each = shareUnchanged(old, value)
    if (each !== before[at]) same = false
    return each
  })
  return same ? before : shared
}

function shareFields(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(after)
  let same = names.length === Object.keys(before).length
  const entries = names.map((name): [string, unknown] => {
    const known = Object.hasOwn(before, name)
    const value = known ? shareUnchanged(before[name], after[name]) : after[name]
    if (!known || !Object.is(value, before[name])) same = false
    return [name, value]
  })
  // fromEntries, because a tool's input may have a field called __proto__.
  return same ? before : Object.fromEntries(entries)
}
