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

/** Those whose name follows an @ that does not stand inside a word. The longer of two names wins. */
export function mentionedIn<P extends { username: string }>(content: string, people: readonly P[]): P[] {
  const text = plain(content)
  const byLength = [...people].sort((a, b) => b.username.length - a.username.length)
  const found = new Set<P>()
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}_])@/gu)) {
    const rest = text.slice(index + 1)
    const person = byLength.find(({ username }) => {
      const name = plain(username)
      // Korean writes particles and titles onto the name, so Hangul may follow.
      return rest.startsWith(name) && !/^(?!\p{Script=Hangul})[\p{L}\p{N}_]/u.test(rest.slice(name.length))
    })
    if (person) found.add(person)
  }
  return people.filter((each) => found.has(each))
}
