// Finds paths by a few typed letters: the name of the file counts before the folders it lies in. Pure.
export type PathEntry = { path: string; kind: 'file' | 'folder' }

/** Entries with what is compared, shortest first: scanned in this order, equal matches come out sorted already. */
export type PathIndex = readonly (PathEntry & { key: string; nameAt: number })[]

/** macOS spells Hangul and accents in parts, keyboards in one. */
const keyOf = (text: string) => text.normalize('NFC').toLowerCase()

export function indexPaths(entries: readonly PathEntry[]): PathIndex {
  return entries
    .map((entry) => {
      const key = keyOf(entry.path)
      return { ...entry, key, nameAt: key.lastIndexOf('/') + 1 }
    })
    .sort((a, b) => a.key.length - b.key.length || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

function inOrder(text: string, letters: string, from: number): boolean {
  let at = from
  for (const letter of letters) {
    at = text.indexOf(letter, at)
    if (at < 0) return false
    at += letter.length
  }
  return true
}

const isBoundary = (before: string | undefined) => before === undefined || /[^\p{L}\p{N}]/u.test(before)

/** 0 is best; null is no match. */
function tierOf(key: string, nameAt: number, q: string): number | null {
  const inName = key.indexOf(q, nameAt)
  if (inName === nameAt) return key.length === nameAt + q.length ? 0 : 1
  if (inName > 0) return isBoundary(key[inName - 1]) ? 2 : 3
  const inPath = key.indexOf(q)
  if (inPath >= 0) return isBoundary(key[inPath - 1]) ? 4 : 5
  if (inOrder(key, q, nameAt)) return 6
  return inOrder(key, q, 0) ? 7 : null
}
const tiers = 8

/** A path that was typed in part: what lies in that folder first, then wherever the text occurs. */
function pathTierOf(key: string, q: string): number | null {
  if (key === q || key.startsWith(q)) return key.indexOf('/', q.length) < 0 ? 0 : 1
  const at = key.indexOf(q)
  if (at >= 0) return isBoundary(key[at - 1]) ? 2 : 3
  return inOrder(key, q, 0) ? 4 : null
}

/** The best `limit` matches, and whether there were more. Without a text: what lies at the root, folders first. */
export function rankPaths(index: PathIndex, typed: string, limit: number): { entries: PathEntry[]; more: boolean } {
  const q = keyOf(typed.trim())
  if (q === '') {
    const roots = index.filter((entry) => entry.nameAt === 0)
    const sorted = [...roots].sort((a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder') || (a.key < b.key ? -1 : 1))
    return { entries: sorted.slice(0, limit).map(plain), more: sorted.length > limit }
  }
  const found: PathEntry[][] = Array.from({ length: tiers }, () => [])
  let count = 0
  for (const entry of index) {
    const tier = q.includes('/') ? pathTierOf(entry.key, q) : tierOf(entry.key, entry.nameAt, q)
    if (tier === null) continue
    count++
    if (found[tier]!.length < limit) found[tier]!.push(plain(entry))
  }
  return { entries: found.flat().slice(0, limit), more: count > limit }
}

const plain = ({ path, kind }: PathEntry): PathEntry => ({ path, kind })
