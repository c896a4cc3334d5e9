// Whether two commands are the same: the same body in another key order is, and what is absent or null makes no difference.

export const hashOf = (body: unknown): string => new Bun.CryptoHasher('sha256').update(JSON.stringify(sorted(body)) ?? '').digest('hex')

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).filter(([, each]) => each !== null && each !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
}
