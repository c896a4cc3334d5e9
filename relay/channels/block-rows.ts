// Partial text on the disk: a row per open block, rewritten after 100 ms or 4 KB, so that a crash loses no more than that.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Block } from './block.ts'

const upsert = `INSERT INTO open_blocks (channel, message_id, task, type, head, content, at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (channel, message_id) DO UPDATE SET content = excluded.content, at = excluded.at`

export const deleteBlockRow = (channel: string, messageId: string): Statement => ({
  sql: 'DELETE FROM open_blocks WHERE channel = ? AND message_id = ?',
  params: [channel, messageId],
})

export type BlockRows = {
  /** The block's text grew; it will be written soon. */
  grew(block: Block): void
  /** Writes what is not written yet and resolves when that is over, whether it went well or not. */
  flush(): Promise<void>
  /** Flushes, then writes no more. */
  stop(): Promise<void>
}

type Dependencies = {
  storage: Pick<Storage, 'commit'>
  clock: Clock
  log: Log
  writeMs: number
  writeLength: number
}

export function createBlockRows({ storage, clock, log, writeMs, writeLength }: Dependencies): BlockRows {
  const dirty = new Set<Block>()
  let timer: Timer | null = null
  let writing: Promise<void> | null = null
  let failing = false

  function startTimer(): void {
    if (timer !== null || dirty.size === 0) return
    timer = clock.setTimer(() => {
      timer = null
      void flush()
    }, writeMs)
  }

  async function write(blocks: Block[]): Promise<void> {
    const lengths = blocks.map((block) => block.text.length)
    const statements = blocks.map(({ channel, messageId, task, type, head, text }) => ({
      sql: upsert,
      params: [channel, messageId, task, type, head, text, clock.now()],
    }))
    try {
      await storage.commit({ statements })
      for (const [index, block] of blocks.entries()) block.writtenLength = lengths[index]!
      failing = false
    } catch (problem) {
      // Partial text is a comfort, not a promise: said once, tried again with the next write.
      for (const block of blocks) if (block.state === 'open') dirty.add(block)
      if (!failing) log.warn('channels.partial_text_not_written', { problem })
      failing = true
    }
  }

  /** One write at a time, so that a slow disk is not buried under rewrites of the same text. */
  function flush(): Promise<void> {
    if (writing) return writing
    timer?.cancel()
    timer = null
    // A block whose end is being committed must not be written behind that commit: its row would stay for ever.
    const blocks = [...dirty].filter((block) => block.state === 'open')
    dirty.clear()
    if (blocks.length === 0) return Promise.resolve()
    writing = write(blocks).finally(() => {
      writing = null
      startTimer()
    })
    return writing
  }

  return {
    grew(block) {
      dirty.add(block)
      if (!writing && !failing && block.text.length - block.writtenLength >= writeLength) void flush()
      else if (!writing) startTimer()
    },
    flush,
    async stop() {
      await writing
      await flush()
      timer?.cancel()
      timer = null
    },
  }
}
