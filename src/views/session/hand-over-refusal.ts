// What a refused hand-over says of the person, as a word of the dialog. Pure.

/** null: nothing of this person; the words of the trouble itself say it. */
export function refusalOf({ code, details }: { code: string; details?: unknown }): 'owns' | 'cannotOwn' | null {
  const reason = code === 'CONFLICT' ? (details as { reason?: unknown } | null | undefined)?.reason : null
  if (reason === 'owns') return 'owns'
  return reason === 'viewer' ? 'cannotOwn' : null
}
