// What a person says and does in a session, each as one command to the relay. What is said is here.
import type { Connection, Delivery } from '../connection/connection.ts'
import { createSessionCommands } from './session-commands.ts'

export type Prompt = { content: string; attachments?: readonly string[]; mode?: 'queue' | 'steer'; /** Of the command, where it was made before. */ id?: string }

export type SessionActions = ReturnType<typeof createSessionActions>

/** Through the outbox: kept until the relay has answered, over reloads and lost links. */
export function createSessionActions(connection: Pick<Connection, 'deliver' | 'request'>, sessionId: string) {
  const session = { session_id: sessionId }
  return {
    send: ({ content, attachments, mode, id }: Prompt): Delivery<'claude_message'> =>
      connection.deliver('claude_message', { ...session, content, mode, attachments: attachments ? [...attachments] : undefined }, id),
    note: (content: string) => connection.deliver('command', { ...session, command: 'note', args: { content } }),
    ...createSessionCommands(connection, sessionId),
  }
}
