// Shapes of messages that nobody sends yet: no parser knows them and no hash holds them. One moves into its table with the test that sends it.
import * as z from 'zod/mini'
import { entityId, optional } from './ids.ts'

/** Kept, in `broadcast`: what an admin has to say to everybody. */
const announcement = z.object({ text: z.string(), user_id: optional(entityId), level: optional(z.enum(['info', 'warn'])) })

export const DRAFT_KEPT = { event: announcement } as const
/** A field of `session_state`: the document that is open for everybody. */
export const DRAFT_SESSION_STATE = { current_code: z.optional(z.unknown()) } as const
