// Packs message texts into frames: for a v1 connection several as an array, for a simple one each alone.
import type { Member } from '../member.ts'

const maxFrameMessages = 100
const maxFrameBytes = 1024 * 1024

// A UTF-16 unit is at most three bytes of UTF-8, so short texts need not be measured.
const bytesAtMost = (text: string) => (text.length * 3 < 4_096 ? text.length * 3 : Buffer.byteLength(text))

const frame = (texts: string[]) => (texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`)

/** In order, at most 100 messages and 1 MiB a frame; a single larger message is a frame of its own. */
function packFrames(texts: string[]): string[] {
  const frames: string[] = []
  let open: string[] = []
  let bytes = 2
  for (const text of texts) {
    const more = bytesAtMost(text) + 1
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

export const framesFor = (kind: Member['kind'], texts: string[]): string[] => (kind === 'v1' ? packFrames(texts) : texts)
