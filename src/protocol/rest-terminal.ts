// The bodies of sessions that were begun in a terminal.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, timestamp } from './ids.ts'
import { paging } from './paging.ts'

export const terminalQuery = z.object({
  ...paging(50),
})
export const terminalSession = z.object({
  conversation_id: z.string(),
  title: z.string(),
  first_prompt: z.string(),
  last_used: timestamp,
  messages: optional(z.number()),
  session_id: optional(entityId),
})
export const terminalSessions = z.object({ sessions: z.array(terminalSession), next: z.nullable(z.string()) })

export const imported = z.object({ session_id: entityId })

export type TerminalSession = z.infer<typeof terminalSession>
export type TerminalSessions = z.infer<typeof terminalSessions>
