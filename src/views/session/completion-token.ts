// What the caret stands in: a file mention or a command, and how it is replaced. Pure.

export type Token = { kind: 'file' | 'command'; from: number; to: number; sought: string }

/** A command only at the very beginning; a mention after white space or an opening bracket. */
export function tokenAt(text: string, caret: number): Token | null {
  const before = text.slice(0, caret)
  const command = /^\/([\w:-]*)$/.exec(before)
  if (command) return { kind: 'command', from: 0, to: caret, sought: command[1]! }
  const mention = /(?:^|[\s([{])@([^\s@]*)$/.exec(before)
  if (!mention) return null
  return { kind: 'file', from: caret - mention[1]!.length - 1, to: caret, sought: mention[1]! }
}

/** The text with the token replaced, and where the caret goes. A folder is gone on with, anything else is closed by a space. */
export function replaceToken(text: string, token: Token, by: string): { text: string; caret: number } {
  const space = by.endsWith('/') || /^\s/.test(text.slice(token.to)) ? '' : ' '
  const inserted = by + space
  return { text: text.slice(0, token.from) + inserted + text.slice(token.to), caret: token.from + inserted.length }
}
