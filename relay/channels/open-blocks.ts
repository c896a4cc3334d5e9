// The blocks that are being written: all of their text so far, for whoever joins in the middle and for after a crash.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Block, BlockData, BlockEnd, BlockType, Delta, PartialBlock } from './block.ts'
import { createBlockRows, deleteBlockRow } from './block-rows.ts'

export type OpenBlocks = {
  /** Takes a piece of text; the part that may be shown now, or null when there is none or the block is over. */
  append(channel: string, delta: Delta): { block: Block; offset: number; piece: string } | null
  /** The open blocks of a session or `task:` channel. */
  of(channel: string): Block[]
  /** The events of this commit complete these blocks: no text is taken from now on. Undo with `reopen`, finish with `closed`. */
  closing(ends: BlockEnd[]): Statement[]
  reopen(ends: BlockEnd[]): void
  closed(ends: BlockEnd[]): void
  /** What a channel's blocks hold now, for the one who has to end them when their process is gone. */
  partial(channel: string): PartialBlock[]
  /** Rows left by a crash, for the boot; each goes in the commit of the event that completes it. */
  recover(): Promise<PartialBlock[]>
  stop(): Promise<void>
}

/** The block that an event completes, if it does. */
export function blockEndOf({ channel, type, data }: { channel: string; type: string; data: object }): BlockEnd | null {
  if (type !== 'claude_response' && type !== 'thinking') return null
  const { message_id: messageId, completed } = data as { message_id?: unknown; completed?: unknown }
  return typeof messageId === 'string' && completed !== false ? { channel, messageId } : null
}

const maxRememberedEnds = 10_000
const keyOf = ({ channel, messageId }: BlockEnd): string => `${channel} ${messageId}`
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

type Dependencies = {
  storage: Pick<Storage, 'commit' | 'query'>
  clock: Clock
  log: Log
  writeMs: number
  writeLength: number
}

export function createOpenBlocks({ storage, clock, log, writeMs, writeLength }: Dependencies): OpenBlocks {
  const blocks = new Map<string, Block>()
  const byChannel = new Map<string, Set<Block>>()
  // Deltas can trail the event of their block. The oldest of these is forgotten first.
  const ended = new Set<string>()
  const rows = createBlockRows({ storage, clock, log, writeMs, writeLength })

  function index(channel: string, block: Block): void {
    const known = byChannel.get(channel)
    if (known) known.add(block)
    else byChannel.set(channel, new Set([block]))
  }

  function unindex(channel: string, block: Block): void {
    const known = byChannel.get(channel)
    known?.delete(block)
    if (known?.size === 0) byChannel.delete(channel)
  }

  function open(channel: string, { type, task, data }: Delta): Block {
    const messageId = data.message_id
    const head = JSON.stringify(data).slice(0, -1)
    const block: Block = { channel, task, type, messageId, data, head, text: '', held: '', state: 'open', writtenLength: 0 }
    blocks.set(keyOf(block), block)
    index(channel, block)
    index(`task:${task}`, block)
    return block
  }

  return {
    append(channel, delta) {
      const key = keyOf({ channel, messageId: delta.data.message_id })
      if (ended.has(key)) return null
      const block = blocks.get(key) ?? open(channel, delta)
      if (block.state !== 'open') return null
      let piece = block.held + delta.piece
      block.held = ''
      if (piece !== '' && isHighSurrogate(piece.charCodeAt(piece.length - 1))) {
        block.held = piece.slice(-1)
        piece = piece.slice(0, -1)
      }
      if (piece === '') return null
      const offset = block.text.length
      block.text += piece
      rows.grew(block)
      return { block, offset, piece }
    },
    of: (channel) => [...(byChannel.get(channel) ?? [])],
    closing(ends) {
      for (const end of ends) {
        const block = blocks.get(keyOf(end))
        if (block) block.state = 'closing'
      }
      return ends.map(({ channel, messageId }) => deleteBlockRow(channel, messageId))
    },
    reopen(ends) {
      for (const end of ends) {
        const block = blocks.get(keyOf(end))
        if (!block) continue
        block.state = 'open'
        rows.grew(block)
      }
    },
    closed(ends) {
      for (const end of ends) {
        const key = keyOf(end)
        const block = blocks.get(key)
        if (block) {
          block.state = 'closed'
          blocks.delete(key)
          unindex(block.channel, block)
          unindex(`task:${block.task}`, block)
        }
        ended.add(key)
        if (ended.size > maxRememberedEnds) ended.delete(ended.values().next().value!)
      }
    },
    partial: (channel) =>
      [...(byChannel.get(channel) ?? [])]
        .filter((block) => block.state === 'open')
        .map(({ channel: home, task, type, data, text }) => ({ channel: home, task, type, data, content: text })),
    async recover() {
      const sql = 'SELECT channel, task, type, head, content FROM open_blocks ORDER BY at, channel, message_id'
      const found = await storage.query<{ channel: string; task: string; type: BlockType; head: string; content: string }>(sql)
      return found.map(({ channel, task, type, head, content }) => ({
        channel,
        task,
        type,
        data: JSON.parse(`${head}}`) as BlockData,
        content,
      }))
    },
    stop: () => rows.stop(),
  }
}
