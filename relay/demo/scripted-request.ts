// Reads a Messages API request the way the scripted model needs it: which prompt is being answered, and how far the turn has come.

type ContentPart = { type: string; text?: string; [field: string]: unknown }
export type ApiMessage = { role: string; content: string | ContentPart[] }
export type ApiBody = {
  model: string
  messages: ApiMessage[]
  system?: string | ContentPart[]
  tools?: { name: string; type?: string; [field: string]: unknown }[]
  stream?: boolean
  max_tokens?: number
  [field: string]: unknown
}

export type ScriptedRequest = {
  /** turn: a prompt or what follows it; side: the CLI's own errand, such as a title; count: tokens to be counted. */
  kind: 'turn' | 'side' | 'count'
  prompt: string
  /** Answers already given to this prompt: 0 for the first, 1 after its first tool results. */
  step: number
  body: ApiBody
  headers: Record<string, string>
  /** The connection was closed by the client before the answer was complete. */
  abandoned: boolean
}

export const partsOf = (message: ApiMessage): ContentPart[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content

export const systemText = (body: ApiBody): string =>
  typeof body.system === 'string' ? body.system : (body.system ?? []).map((part) => part.text ?? '').join('\n')

/** All text of a message, that of tool results included: older models get a steer inside one of them. */
const allText = (message: ApiMessage): string =>
  partsOf(message)
    .map((part) => part.text ?? (typeof part.content === 'string' ? part.content : ''))
    .join('\n')

const STEER = /The user sent a new message while you were working:\n([\s\S]*?)\n\nThis is how Claude Code/g
const NOTIFICATION = /<task-notification>[\s\S]*?<\/task-notification>/g

/** Texts that the CLI adds to those of a person: its reminders, steers, where it has put a picture, and that a turn was stopped. */
const BY_THE_CLI = /^\s*(<system-reminder>|\[Image: source: |\[Request interrupted by user|The user sent a new message while you were working:)/

/** What was steered in with this message, last one first to count. */
const steerOf = (message: ApiMessage): string | undefined => [...allText(message).matchAll(STEER)].at(-1)?.[1]

/** What a message asks for besides steers: news of background work, or the last text that a person could have written. */
function askedIn(message: ApiMessage): string | undefined {
  const notification = allText(message).match(NOTIFICATION)?.at(-1)
  if (notification !== undefined) return notification
  if (message.role !== 'user') return undefined
  const written = partsOf(message).filter((part) => part.type === 'text' && !BY_THE_CLI.test(part.text ?? ''))
  return written.at(-1)?.text?.trim()
}

function read(messages: readonly ApiMessage[], promptOf: (message: ApiMessage) => string | undefined): { prompt: string; step: number } {
  let step = 0
  for (const message of messages.toReversed()) {
    if (message.role === 'assistant') step += 1
    else {
      const prompt = promptOf(message)
      if (prompt !== undefined) return { prompt, step }
    }
  }
  return { prompt: '', step: 0 }
}

/**
 * Finds the prompt that is being answered. The CLI's own reminders do not count, and messages that only carry tool results belong to
 * the turn of an earlier prompt. A steer is a prompt of its own here.
 */
export const readPrompt = (messages: readonly ApiMessage[]): { prompt: string; step: number } => read(messages, (message) => steerOf(message) ?? askedIn(message))

/** What the relay writes when a call is answered after its process is gone; it goes on with the turn before. */
const CONTINUATION = /^The process was restarted (while it waited for an answer|just after)/
const REFUSED = /^.* has refused it/
/** What the CLI puts in Claude's place for a turn that was cut. */
const isFiller = (message: ApiMessage): boolean => message.role === 'assistant' && allText(message).trim() === 'No response requested.'

/**
 * The same where neither a steer nor an answer that came late leads away from what was asked. `steer`: what came in since the last answer.
 * A call that was allowed late is made again: its step counts once.
 */
export function readSteeredPrompt(messages: readonly ApiMessage[]): { prompt: string; step: number; steer: string | null } {
  const since = messages.slice(messages.findLastIndex((message) => message.role === 'assistant') + 1)
  let repeated = 0
  const { prompt, step } = read(messages.filter((message) => !isFiller(message)), (message) => {
    const asked = askedIn(message)
    if (asked === undefined || !CONTINUATION.test(asked)) return asked
    if (!REFUSED.test(asked)) repeated += 1
    return undefined
  })
  // The conversation may be gone with its process: then there is nothing but the answer itself.
  const turn = prompt === '' ? read(messages, askedIn) : { prompt, step: Math.max(0, step - repeated) }
  return { ...turn, steer: since.map(steerOf).findLast((steer) => steer !== undefined) ?? null }
}

/** Whether a turn begins with this message: a person or background work asks for something. */
export function beginsTurn(message: ApiMessage): boolean {
  const asked = askedIn(message)
  return asked !== undefined && !CONTINUATION.test(asked)
}

/** Whether it tells an answer that came after the process that asked was gone. */
export const carriesLateAnswer = (message: ApiMessage): boolean => CONTINUATION.test(askedIn(message) ?? '')

/** The reason of a refusal that came after its process was gone; empty when none was given. */
export function lateRefusalIn(message: ApiMessage): string | undefined {
  const asked = askedIn(message)
  if (asked === undefined || !CONTINUATION.test(asked)) return undefined
  const refused = /has refused it(?: and said: ([^\n]*))?/.exec(asked)
  return refused ? (refused[1] ?? '') : undefined
}

export const textOfResult = (part: ContentPart): string =>
  typeof part.content === 'string' ? part.content : Array.isArray(part.content) ? part.content.map((each: ContentPart) => each.text ?? '').join('\n') : ''

/** The text of the last tool results, for scripts whose next input depends on them. */
export function lastToolResults(request: ScriptedRequest): string[] {
  const message = request.body.messages.findLast((candidate) => candidate.role === 'user')
  return (message ? partsOf(message) : [])
    .filter((part) => part.type === 'tool_result')
    .map((part) => (typeof part.content === 'string' ? part.content : JSON.stringify(part.content)))
}
