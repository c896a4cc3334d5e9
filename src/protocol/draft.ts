// Shapes of messages that nobody sends yet: no parser knows them and no hash holds them. One moves into its table with the test that sends it.
import * as z from 'zod/mini'
import { entityId, optional } from './ids.ts'

/** Kept, in the sessions of both ends: a file of one session was given to another. */
const fileShared = z.object({ file_id: entityId, session_id: entityId, target_session_id: entityId, user_id: entityId })
/** Kept, in `broadcast` and `system`: what an admin has to say to everybody. */
const announcement = z.object({ text: z.string(), user_id: optional(entityId), level: optional(z.enum(['info', 'warn'])) })

export const DRAFT_KEPT = { file_shared: fileShared, event: announcement } as const
/** A field of `session_state`: the document that is open for everybody. */
export const DRAFT_SESSION_STATE = { current_code: z.optional(z.unknown()) } as const
