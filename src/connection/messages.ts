// What the browser asks the relay, and what each answer looks like.
import * as z from 'zod/mini'
import type { DataFromBrowser, FromBrowserType } from '#protocol'
import { done, failed, trouble, type Outcome } from './outcome.ts'

/** Commands that must arrive: kept in the outbox until answered. `interrupt` never is one of them. */
export type DeliverableType =
  | 'create_session'
  | 'claude_message'
  | 'command'
  | 'permission_response'
  | 'queue_update'
  | 'invite_user'
  | 'remove_user'
  | 'set_role'

/** Worth sending only now: dropped when there is no link. */
export type PassingType = 'typing' | 'cursor_update'

const text = z.nullish(z.string())
const anything = z.record(z.string(), z.unknown())
const answers = {
  create_session: z.object({ session_id: z.string() }),
  claude_message: z.object({ session_id: z.string(), message_id: z.string(), execution_id: z.string(), queue_position: z.number() }),
  /** `fork` answers with the new session, others with what they have begun or stopped. */
  command: z.object({ session_id: text, execution_id: text, message_id: text, status: text }),
} as const

export type AnswerOf<T extends FromBrowserType> = T extends keyof typeof answers ? z.infer<(typeof answers)[T]> : Record<string, unknown>

/** Reads the data of a `success` as the answer to a message of this type. */
export function readAnswer<T extends FromBrowserType>(type: T, data: unknown): Outcome<AnswerOf<T>> {
  const schema: z.core.$ZodType = type in answers ? answers[type as keyof typeof answers] : anything
  const parsed = z.safeParse(schema, data)
  if (!parsed.success) return failed(trouble('INTERNAL_ERROR', `the answer to ${type} does not fit`))
  return done(parsed.data as AnswerOf<T>)
}

/** A message on its way out. */
export type Outgoing = { [T in FromBrowserType]: { type: T; id: string | null; channel: string | null; data: DataFromBrowser[T] } }[FromBrowserType]
