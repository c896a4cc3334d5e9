// What people say, and what this version does not know, as items of the timeline.
import type { Message } from '#protocol'
import { authorOf } from './reduce-execution.ts'
import type { Item, PromptItem, UnknownFrame } from './timeline.ts'

export const unknownItem = ({ seq, timestamp, data }: UnknownFrame): Item => ({
  kind: 'unknown',
  key: `unknown:${seq}`,
  seq,
  at: timestamp,
  name: data.type,
  data: data.data,
})

export function itemOf(message: Message, seq: number | null, at: number): Item {
  const author = authorOf(message) ?? { userId: null, name: '' }
  const common = { seq, at, messageId: message.message_id, author, content: message.content, attachments: message.attachments }
  if (message.role === 'note') return { kind: 'note', key: `note:${message.message_id}`, ...common }
  return {
    kind: 'prompt',
    key: `prompt:${message.message_id}`,
    ...common,
    origin: message.role === 'relay' ? 'relay' : 'person',
    executionId: message.execution_id ?? null,
    steered: message.steered ?? false,
    superseded: false,
  }
}

/** Whether one can go back to before it: it began a turn of its own in this session, and Claude still knows of it. */
export const canRewind = ({ origin, steered, superseded, copied }: PromptItem): boolean => origin === 'person' && !steered && !superseded && !copied
