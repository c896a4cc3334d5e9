// Makes text of Claude and of tools safe to look at: nothing in it can steer the page, hide or reorder what is read.

// Escape sequences of terminals: OSC (links, titles), DCS and its kin up to their end, CSI, and two-character ones.
// An unfinished one at the end of the text is dropped too: the rest is still on its way.
const OSC = /\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\|(?=\n)|$)/g
const CSI = /(?:\u001b\[|\u009b)[0-?]*[ -/]*(?:[@-~]|$)/g
const SHORT = /\u001b[ -/]*(?:[0-~]|$)/g
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g
const ANY = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/

/** Bidirectional overrides can make code read differently from what runs: each becomes its name, as `⟨U+202E⟩`. */
export const showBidi = (text: string) => text.replace(BIDI, (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase()}⟩`)

/** Drops terminal sequences and control characters other than tab and newline; bidi controls are shown by name. */
export function visibleText(text: string): string {
  if (!ANY.test(text)) return text
  const plain = text.replace(OSC, '').replace(CSI, '').replace(SHORT, '').replace(/\r\n?/g, '\n').replace(CONTROLS, '')
  return showBidi(plain)
}
