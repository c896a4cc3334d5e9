// Handing a session over: who may be offered it, and what a refusal says of them. Pure.
import type { SessionRole } from '#protocol'

/** A viewer may have an account that can own nothing: given another role first, the relay says at once whether it reaches that. Oneself one takes over as an admin. */
export const canBeHeir = ({ role, you }: { role: SessionRole; you: boolean }): boolean => role === 'collaborator' || (you && role === 'viewer')

/** As a word of the dialog; null: nothing of this person, the words of the trouble itself say it. */
export function refusalOf({ code, details }: { code: string; details?: unknown }): 'owns' | 'cannotOwn' | null {
  const reason = code === 'CONFLICT' ? (details as { reason?: unknown } | null | undefined)?.reason : null
  if (reason === 'owns') return 'owns'
  return reason === 'viewer' ? 'cannotOwn' : null
}
