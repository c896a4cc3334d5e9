// Messages of one tick as frames: together as far as the relay takes them.
import { LIMITS } from '#protocol'

/** Room for brackets and commas around the messages of a frame. */
const FRAME_BYTES = LIMITS.frameBytes - 256

type Packed = { text: string; bytes: number }

const encoder = new TextEncoder()

/** UTF-8, counted only where it may matter. */
const bytesOf = (text: string): number => (text.length * 3 <= FRAME_BYTES ? text.length * 3 : encoder.encode(text).length)

function packFrames(messages: readonly Packed[]): string[] {
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

/** Gathers what is said within one tick. Nothing leaves before `open`. */
export function createFrameQueue(send: (frame: string) => void) {
  let waiting: Packed[] = []
  let isOpen = false
  let isDue = false

  function flushSoon(): void {
    if (isDue || !isOpen || waiting.length === 0) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      for (const frame of packFrames(waiting.splice(0))) send(frame)
    })
  }

  return {
    /** False: it would never fit into a frame. */
    add(text: string): boolean {
      const bytes = bytesOf(text)
      if (bytes > FRAME_BYTES) return false
      waiting.push({ text, bytes })
      flushSoon()
      return true
    },
    open(): void {
      isOpen = true
      flushSoon()
    },
    drop: (): void => void (waiting = []),
  }
}
