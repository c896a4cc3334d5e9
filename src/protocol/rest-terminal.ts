// The bodies of sessions that were begun in a terminal.
import * as z from 'zod/mini'
import { entityId, optional, timestamp } from './ids.ts'
import { paging } from './paging.ts'

export const terminalQuery = z.object({
  ...paging(50),
})
/** `messages`: prompts and answers, null when nobody has counted them. `session_id`: the asker's own session that went on from it. */
export const terminalSession = z.object({
  conversation_id: z.string(),
  title: z.string(),
  first_prompt: z.string(),
  last_used: timestamp,
  messages: optional(z.number()),
  session_id: optional(entityId),
})
/** A page may hold fewer than asked for and `next` all the same. */
export const terminalSessions = z.object({ sessions: z.array(terminalSession), next: z.nullable(z.string()) })

export const imported = z.object({ session_id: entityId })

export type TerminalSession = z.infer<typeof terminalSession>
export type TerminalSessions = z.infer<typeof terminalSessions>
