// Text that somebody is asked to allow: nothing in it may be invisible, or look like something else.

/** Everything without a shape of its own, except newline and tab: controls, marks of direction, joiners, fillers, tags. */
const UNSEEN = /(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Each such character becomes its name, as `⟨U+202E⟩`. */
export const exactText = (text: string): string => text.replace(UNSEEN, (char) => `⟨U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`)
