// Text that somebody is asked to allow: nothing in it may be invisible, or look like something else.

/** Controls, marks of direction, joiners and tags, separators that are no plain space, and fillers that have no shape. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0/gu
const PLAIN = new Set([' ', '\n', '\t'])
/** A joiner between two pictures makes one picture of them. */
const IN_PICTURE = /\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?$/u

/** Each such character becomes its name, as `⟨U+202E⟩`. */
export const exactText = (text: string): string =>
  text.replace(UNSEEN, (char, at: number) => {
    if (PLAIN.has(char) || (char === '\u200d' && IN_PICTURE.test(text.slice(Math.max(0, at - 8), at)))) return char
    return `⟨U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
