// One piece of Claude's answer while it is being written.
export type BlockType = 'claude_response' | 'thinking'

/** The fields of a block that stay the same from its first delta to its event. */
export type BlockData = { session_id: string; execution_id: string; message_id: string; parent_tool_use_id?: string | null }

export type Delta = { type: BlockType; task: string; data: BlockData; piece: string }

export type Block = {
  channel: string
  task: string
  type: BlockType
  messageId: string
  data: BlockData
  /** JSON text of `data` without the closing brace. */
  head: string
  /** Everything that may be shown: never ends inside a surrogate pair. */
  text: string
  /** The first half of a pair whose second half has not come yet. */
  held: string
  /** closing: the commit of its event is under way. */
  state: 'open' | 'closing' | 'closed'
  /** How much of the text its row holds. */
  writtenLength: number
}

/** A block as the executions see it, to be completed by an event with this content. */
export type PartialBlock = { channel: string; task: string; type: BlockType; data: BlockData; content: string }

export type BlockEnd = { channel: string; messageId: string }
