// The data of signals: they pass, have no seq and are never replayed.
import * as z from 'zod/mini'
import { entityId, optional } from './ids.ts'

const at = z.object({ line: z.int().check(z.positive()), column: z.int().check(z.positive()) })
export const caretPosition = at
export const caretSelection = z.object({ start: at, end: at })
const path = z.string().check(z.maxLength(4096))

/** Who is here; a person's devices are merged and a short absence (10 s) is not told. */
export const presence = z.object({
  session_id: entityId,
  people: z.array(z.object({ user_id: entityId, username: z.string(), status: z.enum(['here', 'away']) })),
})
export const typing = z.object({ session_id: entityId, user_id: entityId, username: z.string() })

/** Where somebody's caret is. The latest device wins. */
export const cursorMoved = z.object({
  session_id: entityId,
  user_id: entityId,
  username: z.string(),
  path: optional(path),
  position: at,
  selection: optional(caretSelection),
})

/** How far an upload of somebody has come, at most twice a second; its end is `file_uploaded`. `progress`: 0 to 100. `speed`: bytes a second. `remaining`: bytes. */
export const uploadProgress = z.object({
  file_id: entityId,
  session_id: optional(entityId),
  filename: optional(z.string()),
  user_id: entityId,
  progress: z.number(),
  speed: z.number(),
  remaining: z.number(),
})

export const SIGNALS = { presence, typing, cursor_moved: cursorMoved, upload_progress: uploadProgress } as const
export type Presence = z.infer<typeof presence>
export type Typing = z.infer<typeof typing>
export type CursorMoved = z.infer<typeof cursorMoved>
export type UploadProgress = z.infer<typeof uploadProgress>
