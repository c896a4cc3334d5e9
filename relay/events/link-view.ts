// What of a session's log a reader by share link is told: the conversation and its queue. The rest keeps its number and says nothing.

/** `data` is JSON text. */
type Told = { channel: string; seq: number; type: string; data: string; timestamp: number }

/** The conversation; whatever the relay learns to tell later is withheld until it is named here. */
const TOLD: ReadonlySet<string> = new Set(['message', 'claude_response', 'thinking', 'progress', 'permission_request', 'permission_resolved', 'task', 'queue'])
/** Lines that the conversation shows in words of its own; what programs print is no part of it. */
const CODES: ReadonlySet<unknown> = new Set(['cleared', 'compacted', 'rewound', 'imported', 'model_changed', 'mode_changed', 'api_retry', 'stalled', 'process_stopped', 'continued'])

/** Somebody left who was never there: no reader makes anything of it. */
const nothing = (event: Told): Told => ({
  ...event,
  type: 'participant_left',
  data: JSON.stringify({ session_id: event.channel.slice(event.channel.indexOf(':') + 1), user_id: 'nobody', username: '' }),
})

/** Whose it is and where it came from is no part of the conversation. */
export const withoutPeople = <S extends object>(session: S) => ({ ...session, owner_id: 'nobody', owner_name: '', forked_from: null })

/** From which session it was forked, and by what title that goes, its readers were not shown. */
const withoutOriginal = <L extends object>(log: L) => ({ ...log, text: 'Forked from another session', args: {} })

export function viewByLink(event: Told): Told {
  // A note is between people.
  if (event.type === 'message' && (JSON.parse(event.data) as { role?: unknown }).role === 'note') return nothing(event)
  if (TOLD.has(event.type)) return event
  if (event.type === 'log') {
    const log = JSON.parse(event.data) as { code?: unknown }
    if (log.code === 'forked') return { ...event, data: JSON.stringify(withoutOriginal(log)) }
    if (CODES.has(log.code)) return event
  }
  if (event.type === 'session') return { ...event, data: JSON.stringify(withoutPeople(JSON.parse(event.data) as object)) }
  return nothing(event)
}
