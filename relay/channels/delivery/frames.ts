// Packs message texts into frames: for a simple connection each alone, for the others several as an array.
import type { Member } from '../member.ts'

const maxFrameMessages = 100
const maxFrameBytes = 1024 * 1024

/** One string put together once: joining would copy the texts of a page before it copies the page. */
function frame(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!
  let all = `[${texts[0]}`
  for (let index = 1; index < texts.length; index++) all += `,${texts[index]}`
  return `${all}]`
}

/** In order, at most 100 messages and 1 MiB a frame; a single larger message is a frame of its own. */
function packFrames(texts: string[]): string[] {
  const frames: string[] = []
  let open: string[] = []
  let bytes = 2
  for (const text of texts) {
    // A UTF-16 unit is at most three bytes of UTF-8, so no text need be measured.
    const more = text.length * 3 + 1
    if (open.length > 0 && (open.length === maxFrameMessages || bytes + more > maxFrameBytes)) {
      frames.push(frame(open))
      open = []
      bytes = 2
    }
    open.push(text)
    bytes += more
  }
  if (open.length > 0) frames.push(frame(open))
  return frames
}

export const framesFor = (kind: Member['kind'], texts: string[]): string[] => (kind === 'simple' ? texts : packFrames(texts))
