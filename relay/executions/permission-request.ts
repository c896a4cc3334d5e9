// Permission requests without effects: what kind one is, what its answer means, and the hash that binds both to one input.
import { Refused, ruleText, type PermissionRequest, type PermissionResponse, type RuleSuggestion } from '#protocol'

/** The same input in another key order is the same input. Hex SHA-256. */
export const hashOfInput = (input: unknown): string => new Bun.CryptoHasher('sha256').update(JSON.stringify(sorted(input)) ?? '').digest('hex')

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
}

export type Decision = {
  behavior: 'allow' | 'deny'
  scope: 'once' | 'session' | 'always'
  /** Why it was refused, in the person's words. */
  message: string | null
  /** What the tool gets instead of the input that was shown; null: that input. */
  updatedInput: Record<string, unknown> | null
  /** Answers to questions, by question, for people to read. */
  answers: Record<string, string> | null
  /** What is allowed from now on. */
  rules: RuleSuggestion[]
  /** A plan approved "for the session" lets edits pass from now on. */
  acceptEdits: boolean
}

const bad = (message: string) => new Refused('VALIDATION', message)

/** What a response means for the request it answers. Throws VALIDATION when it does not fit that request. */
export function decide(request: Pick<PermissionRequest, 'kind' | 'tool' | 'input' | 'suggestions'>, response: PermissionResponse): Decision {
  const { kind, tool } = request
  const scope = response.scope ?? 'once'
  const refused: Decision = { behavior: 'deny', scope: 'once', message: response.message?.trim() || null, updatedInput: null, answers: null, rules: [], acceptEdits: false }
  if (response.behavior === 'deny') return refused
  const allowed: Decision = { ...refused, behavior: 'allow', scope }
  if (kind === 'question') {
    if (scope !== 'once') throw bad('a question is answered once')
    const answers = answersTo(request.input, response.answers)
    return { ...allowed, answers, updatedInput: { ...(request.input as object), answers } }
  }
  if (response.answers) throw bad('only questions have answers')
  // The CLI runs the original for an empty one, so it must not be told as what was allowed.
  const changed = response.updated_input ?? {}
  const updatedInput = Object.keys(changed).length > 0 ? changed : null
  if (kind === 'plan') {
    if (scope === 'always') throw bad('a plan is approved once or for the session')
    return { ...allowed, updatedInput, acceptEdits: scope === 'session' }
  }
  if (scope === 'once') {
    if (response.rule) throw bad('a rule needs the scope session or always')
    return { ...allowed, updatedInput }
  }
  // A rule allows other inputs than the one that was shown, so only what was offered can be chosen.
  // Nothing is put in the place of an offer: the bare tool would allow everything that can be done with it.
  const offered = request.suggestions
  if (offered.length === 0) throw bad(`Claude offers no rule for this call of ${tool}: it can only be allowed once`)
  const wanted = response.rule
  const rules = wanted ? offered.filter((each) => ruleText(each) === ruleText(wanted)) : offered
  if (rules.length === 0) throw bad('this rule was not offered')
  return { ...allowed, updatedInput, rules: rules.map((each) => ({ tool: each.tool, content: each.content ?? null })) }
}

/** Whether more comes to Claude than yes, no, or what it has offered itself: whatever a person has written is as good as a prompt. */
export function holdsWords({ input }: Pick<PermissionRequest, 'input'>, { message, answers, updatedInput }: Decision): boolean {
  if (answers === null) return message !== null || updatedInput !== null
  return askedIn(input).some(({ question, options }) => {
    const offered = Array.isArray(options) ? options.map((each) => (each as { label?: unknown } | null)?.label) : []
    const answer = answers[String(question ?? '')] ?? ''
    return !offered.includes(answer) && !answer.split(', ').every((each) => offered.includes(each))
  })
}

type AskedQuestion = { question?: unknown; options?: unknown }

function askedIn(input: unknown): AskedQuestion[] {
  const asked = (input as { questions?: unknown } | null)?.questions
  return Array.isArray(asked) ? asked.map((each) => (each ?? {}) as AskedQuestion) : []
}

const questionsIn = (input: unknown): string[] => askedIn(input).map(({ question }) => String(question ?? ''))

/** What the tool gets for its questions: all of its input, whatever part of it people were shown, with the answers by its own texts. */
export function answeredInput(input: unknown, shown: unknown, answers: Record<string, string>): Record<string, unknown> {
  const own = questionsIn(input)
  return { ...(input as object), answers: Object.fromEntries(questionsIn(shown).map((question, index) => [own[index] ?? question, answers[question] ?? ''])) }
}

/** The CLI wants one text per question; several choices are joined as it does itself. */
function answersTo(input: unknown, given: Record<string, unknown> | null | undefined): Record<string, string> {
  const questions = questionsIn(input)
  const answers: Record<string, string> = {}
  for (const question of questions) {
    const answer = given?.[question]
    const text = Array.isArray(answer) ? answer.map(String).join(', ') : typeof answer === 'string' ? answer.trim() : ''
    if (text === '') throw bad(`no answer to: ${question}`)
    answers[question] = text
  }
  return answers
}

const maxRepeatedChars = 16 * 1024

/** As a block of code, for people read it too: its fence is longer than any in it. */
function fenced(json: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...json.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${fence}json\n${json}\n${fence}`
}

/** What the relay writes to Claude when an answer comes after the process that asked is gone. The conversation may be gone with it. */
export function continuation(request: Pick<PermissionRequest, 'tool' | 'kind' | 'input'>, decision: Decision, name: string, perhapsHeard = false): string {
  const { tool, input } = request
  const gone = `The process was restarted while it waited for an answer about ${tool}.`
  if (decision.behavior === 'deny') {
    const reason = decision.message ? ` and said: ${decision.message}` : '.'
    return `${gone} ${name} has refused it${reason}\nDo not call ${tool} with that input again. Go on without it.`
  }
  const what = { tool: 'allowed it', question: 'answered', plan: 'approved the plan' }[request.kind]
  const json = JSON.stringify(input, null, 2)
  const same = json.length > maxRepeatedChars ? '' : ` It was:\n\n${fenced(json)}`
  if (perhapsHeard) {
    const unknown = `The process was restarted just after ${name} had allowed a call of ${tool}. It may have run or not.`
    return `${unknown} Look whether it has had its effect. Only if it has not, call ${tool} again with exactly the same input, then go on.${same}`
  }
  return `${gone} ${name} has now ${what}. Call ${tool} again with exactly the same input as before, then go on.${same}`
}
