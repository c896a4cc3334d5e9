// What came of the calls that the scripted model has made in this turn, read from the request that brings their results.
import { beginsTurn, carriesLateAnswer, lateRefusalIn, partsOf, textOfResult, type ScriptedRequest } from './scripted-request.ts'

type CallResult = { name: string; input: Record<string, unknown>; text: string; failed: boolean }

const turnOf = (messages: ScriptedRequest['body']['messages']) => messages.slice(Math.max(0, messages.findLastIndex(beginsTurn)))

/** The calls of this turn that have their results, in order. */
function resultsOfTurn({ body: { messages } }: ScriptedRequest): CallResult[] {
  const turn = turnOf(messages)
  // A call that was cut with its process came to nothing: the answer that came late tells what becomes of it.
  const continuedAt = turn.findLastIndex(carriesLateAnswer)
  const results = new Map(
    turn.flatMap((message, at) => partsOf(message).filter((part) => part.type === 'tool_result' && !(at <= continuedAt && part['is_error'] === true)).map((part) => [part['tool_use_id'], part])),
  )
  return turn.flatMap(partsOf).flatMap((part) => {
    const result = part.type === 'tool_use' ? results.get(part['id']) : undefined
    if (!result) return []
    return [{ name: String(part['name']), input: part['input'] as Record<string, unknown>, text: textOfResult(result), failed: result['is_error'] === true }]
  })
}

/** Numbers that the CLI gave to the tasks of this turn: earlier turns may have tasks of their own. */
export const taskIdsOf = (request: ScriptedRequest): string[] =>
  resultsOfTurn(request).flatMap(({ name, text }) => (name === 'TaskCreate' ? (/#(\w+)/.exec(text)?.[1] ?? []) : []))

/** Sentences of the CLI around a refusal that are not the person's own words. */
const WITHOUT_REASON = /^(The user refused this\.|Denied\.|The user doesn't want to proceed)/
const isOwnFailure = (text: string) => /<tool_use_error>|^Exit code \d/.test(text)
const quoted = (text: string) => `“${text.trim().slice(0, 300)}”`

/** What Claude says instead of going on when a call of this turn was refused or failed; null when all went well. */
export function saysToFailure(request: ScriptedRequest): string | null {
  const results = resultsOfTurn(request)
  const failure = results.findLast((each) => each.failed)
  const late = turnOf(request.body.messages).map(lateRefusalIn).findLast((reason) => reason !== undefined)
  if (!failure && late === undefined) return null
  const reason = failure ? failure.text : late!
  const paths = (failed: boolean) => [...new Set(results.filter((each) => each.failed === failed && ['Write', 'Edit'].includes(each.name)).map((each) => `\`${String(each.input['file_path']).split('/').at(-1)}\``))]
  const kept = paths(true).length > 0 ? `${paths(true).join(', ')} ${paths(true).length > 1 ? 'were' : 'was'} not changed.` : failure ? `\`${failure.name}\` did not do its work.` : 'That call was not made.'
  const changed = paths(false)
  const head =
    failure && isOwnFailure(failure.text) ? `\`${failure.name}\` failed: ${quoted(failure.text.replace(/<\/?tool_use_error>/g, ''))}.`
    : reason === '' || WITHOUT_REASON.test(reason) ? 'You said no, so I stop here.'
    : `You said no: ${quoted(reason)}. I stop here and do not try it another way.`
  return [head, kept, changed.length > 0 ? `Changed before that, and still so: ${changed.join(', ')}.` : '', 'Tell me how to go on, or send the prompt again.'].filter(Boolean).join(' ')
}
