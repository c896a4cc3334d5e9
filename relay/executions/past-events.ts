// The turns of a conversation that was held elsewhere, as the events of a session. Pure but for the ids that it is handed.
import type { Message, Progress, Task } from '#protocol'
import type { PastTurn } from '../claude/claude.ts'
import type { PastEvent } from '../sessions/sessions.ts'
import { cutProgress, type Whole } from './cut-texts.ts'

const maxTextChars = 256 * 1024
/** Of whole texts no more is kept: the rest of them stays cut. */
const maxWholeBytes = 8 * 1024 * 1024

type Past = { events: PastEvent[]; wholes: Whole[]; /** Of the last turn. */ executionId: string }

/** `author`: who wrote the prompts; not a user of the relay. */
export function pastEvents(turns: readonly PastTurn[], { sessionId, author, newId }: { sessionId: string; author: string; newId: () => string }): Past {
  const events: PastEvent[] = []
  const wholes: Whole[] = []
  let wholeBytes = 0
  let executionId = ''

  function shortened(data: Omit<Progress, 'session_id' | 'execution_id'>): object {
    const { progress, wholes: cut } = cutProgress(data, sessionId)
    const bytes = cut.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    if (wholeBytes + bytes > maxWholeBytes) return { ...progress, input_cut: undefined, output_cut: undefined }
    wholeBytes += bytes
    wholes.push(...cut)
    return progress
  }

  for (const { prompt, at, endedAt, facts } of turns) {
    executionId = newId()
    const ids = { session_id: sessionId, execution_id: executionId }
    const message: Message = { ...ids, message_id: newId(), role: 'user', username: author, content: prompt.slice(0, maxTextChars), attachments: [] }
    const running: Task = { ...ids, status: 'running', origin: 'prompt', progress: 0, message_id: message.message_id, username: author, started_at: at }
    const tell = (type: PastEvent['type'], data: object, timestamp: number) => events.push({ type, data, timestamp })
    tell('message', message, at)
    tell('task', running, at)
    tell('progress', { ...ids, progress_type: 'start' }, at)
    for (const { fact, at: when } of facts) {
      if (fact.type === 'delta') continue
      const data = fact.type === 'progress' ? shortened(fact.data) : 'content' in fact.data ? { ...fact.data, content: fact.data.content.slice(0, maxTextChars) } : fact.data
      tell(fact.type, { ...data, ...ids }, when)
    }
    tell('progress', { ...ids, progress_type: 'complete', detail: 'completed' }, endedAt)
    tell('task', { ...running, status: 'completed', progress: 1, ended_at: endedAt }, endedAt)
  }
  return { events, wholes, executionId }
}
