// What stands in a person's face: two initials, or the given name for a Korean name.

/** Family names of two syllables, which would otherwise leave half of themselves in the given name. */
const longFamilyNames = new Set(['남궁', '황보', '제갈', '선우', '독고', '사공', '서문', '동방', '어금', '망절'])

const hangulName = /^[가-힣]{2,5}$/u

/** At most two letters, or two syllables: "Minji Kim" → "MK", "김민지" → "민지", "박준" → "박준", "minji" → "MI". */
export function initials(name: string): string {
  const words = name
    .replace(/[._@]+/gu, ' ')
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '')
  const first = words[0]
  if (first === undefined) return '?'
  const joined = words.join('')
  if (hangulName.test(joined)) {
    if (joined.length <= 2) return joined
    const family = words.length > 1 ? first.length : longFamilyNames.has(joined.slice(0, 2)) && joined.length > 3 ? 2 : 1
    return joined.slice(family).slice(0, 2)
  }
  const last = words.length > 1 ? words.at(-1)! : undefined
  const letters = last === undefined ? [...first].slice(0, 2).join('') : [...first][0]! + [...last][0]!
  return letters.toLocaleUpperCase('en')
}
