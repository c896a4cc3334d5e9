// Where a page of sessions ends: the time and id of its last row, opaque to whoever holds it.
import { Refused } from '#protocol'

export type SessionCursor = { updatedAt: number; id: string }

export const encodeCursor = ({ updatedAt, id }: SessionCursor) => Buffer.from(`${updatedAt}:${id}`).toString('base64url')

/** VALIDATION for a text that no page ended with. */
export function decodeCursor(text: string): SessionCursor {
  const match = /^(\d{1,16}):(.+)$/.exec(Buffer.from(text, 'base64url').toString())
  if (!match) throw new Refused('VALIDATION', 'cursor: not one of this list')
  return { updatedAt: Number(match[1]), id: match[2]! }
}
