// Small readings of what people write: a title for a session, and whom they mention.
import { isInvisible, plainLine } from '#protocol'

const titleChars = 80

/** The first line that says something, cut at a word. */
export function titleOf(content: string): string {
  const line = content.split('\n').map((each) => plainLine(each).replace(/\s+/g, ' ').trim()).find((each) => !isInvisible(each)) ?? ''
  if (line.length <= titleChars) return line
  const cut = line.slice(0, titleChars)
  const word = cut.lastIndexOf(' ')
  return `${(word > titleChars / 2 ? cut.slice(0, word) : cut.replace(/[\ud800-\udbff]$/, '')).trimEnd()}…`
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase()

/** More than anybody means to call, and few enough that a text of nothing else holds up nobody. */
const maxCalls = 2_000

/** Those whose name follows an @ that does not stand inside a word, among the first two thousand such. The longer of two names wins. */
export function mentionedIn<P extends { username: string }>(content: string, people: readonly P[]): P[] {
  const text = plain(content)
  const byName = new Map(people.map((each) => [plain(each.username), each]))
  // By these a call costs the same however many people there are.
  const lengths = [...new Set([...byName.keys()].map((name) => name.length))].sort((a, b) => b - a)
  const found = new Set<P>()
  let calls = 0
  // A name begins with a letter or digit.
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu)) {
    if ((calls += 1) > maxCalls) break
    const from = index + 1
    // Korean writes particles and titles onto the name, so Hangul may follow.
    const endsAt = (to: number) => !/^(?!\p{Script=Hangul})[\p{L}\p{N}_]/u.test(text.slice(to, to + 2))
    const length = lengths.find((each) => byName.has(text.slice(from, from + each)) && endsAt(from + each))
    if (length !== undefined) found.add(byName.get(text.slice(from, from + length))!)
  }
  return people.filter((each) => found.has(each))
}
