// Parts of what Claude writes, so that together they are the text: none twice after coming back, and before the end of a text what has not come of it.
import type { FromRelay } from '#protocol'

export function createTextParts() {
  /** How much of each text in progress was handed on, in UTF-16 units. */
  const known = new Map<string, number>()

  return {
    /** What to hand on in its place. `lost`: what came before it is missing, only joining again brings that. */
    take(message: FromRelay): FromRelay[] | 'lost' {
      if (message.type !== 'claude_response' && message.type !== 'thinking') return [message]
      const { message_id, content, offset, completed } = message.data
      const before = known.get(message_id) ?? 0
      const begin = completed ? 0 : (offset ?? before)
      if (begin > before) return 'lost'
      const fresh = content.slice(before - begin)
      if (completed) known.delete(message_id)
      else known.set(message_id, Math.max(before, begin + content.length))
      const part: FromRelay = { ...message, seq: null, data: { ...message.data, content: fresh, offset: before, stream: true, completed: false } }
      return [...(fresh === '' ? [] : [part]), ...(completed ? [message] : [])]
    },
    /** They are to come once more, from their beginnings. */
    forget: (): void => known.clear(),
  }
}
