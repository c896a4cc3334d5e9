// Finds @files and @people in what somebody wrote.

type SpeechPiece = { text: string; mention: boolean }

/** An @ at the start or after a space or an opening bracket, up to the next space; a full stop at its end is the sentence's. */
const MENTION = /(^|[\s([{"'“‘])(@[\p{L}\p{N}_./~-][\p{L}\p{N}_./~\-+#:]*)/gu

export function splitMentions(text: string): SpeechPiece[] {
  const pieces: SpeechPiece[] = []
  let end = 0
  const push = (piece: string, mention: boolean) => piece !== '' && pieces.push({ text: piece, mention })
  for (const match of text.matchAll(MENTION)) {
    const start = match.index + match[1]!.length
    const mention = match[2]!.replace(/[.:]+$/, '')
    if (mention.length < 2) continue
    push(text.slice(end, start), false)
    push(mention, true)
    end = start + mention.length
  }
  push(text.slice(end), false)
  return pieces
}
