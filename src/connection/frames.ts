// Messages of one tick as frames: together as far as the relay takes them.
import { LIMITS } from '#protocol'

/** Room for brackets and commas around the messages of a frame. */
export const FRAME_BYTES = LIMITS.frameBytes - 256

export type Packed = { text: string; bytes: number }

const encoder = new TextEncoder()

/** UTF-8, counted only where it may matter. */
export const bytesOf = (text: string): number => (text.length * 3 <= FRAME_BYTES ? text.length * 3 : encoder.encode(text).length)

export function packFrames(messages: readonly Packed[]): string[] {
  const frames: string[][] = []
  let room = 0
  for (const { text, bytes } of messages) {
    const frame = frames.at(-1)
    if (frame && frame.length < LIMITS.messagesPerFrame && bytes <= room) frame.push(text)
    else frames.push([text])
    room = (frames.at(-1) === frame ? room : FRAME_BYTES) - bytes - 1
  }
  return frames.map((texts) => (texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`))
}
