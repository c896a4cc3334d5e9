// A settled card in words: who allowed or refused what, and for how long. For its row and for the log. Pure.
import { describeCall } from '../../timeline/describe-tool.ts'
import type { Ask } from '../../timeline/timeline.ts'
import { answersText } from './answers-text.ts'
import { planOf } from './plan-steps.ts'
import { questionsOf } from './question-steps.ts'
import { relativePath } from './relative-path.ts'
import { ruleText } from '#protocol'
import { ruleWithin, ruleWords } from './rule-words.ts'
import { targetText } from './use-tool-label.ts'

type AskedKey = 'allowedOnce' | 'allowedChanged' | 'allowedSession' | 'allowedAlways' | 'denied' | 'deniedBecause' | 'answered' | 'skipped' | 'approved' | 'approvedAccepting' | 'keptPlanning'
const MOST_CHARS = 120

/** The sentence `permission.after.<key>`; null when nobody answered, because it was not needed any more. */
export function askedKey({ state, request, resolved }: Ask): AskedKey | null {
  if (state === 'withdrawn' || state === 'open') return null
  if (request.kind === 'question') return state === 'denied' ? 'skipped' : 'answered'
  if (state === 'denied') return resolved?.details.message ? 'deniedBecause' : request.kind === 'plan' ? 'keptPlanning' : 'denied'
  const scope = resolved?.details.scope ?? 'once'
  if (resolved?.details.updated_input != null) return 'allowedChanged'
  if (request.kind === 'plan') return scope === 'once' ? 'approved' : 'approvedAccepting'
  return ({ once: 'allowedOnce', session: 'allowedSession', always: 'allowedAlways' } as const)[scope]
}

/**
 * What fills it besides the name. `what`: the rule that was allowed, else what was asked for. Commands are shown as they are
 * written; of what no one writes, such as `./**`, `rule` has the words: `asking.rule.<key>`.
 */
export function askedWords(ask: Ask, workspace: string): { what: string; rule: ReturnType<typeof ruleWords> | null; reason: string; answer: string } {
  const { rule, scope, message, answers } = ask.resolved?.details ?? {}
  const within = rule && scope !== 'once' ? ruleWithin(rule, workspace) : null
  const what = within ? (within.content ?? ruleText(within)) : askedSubject(ask, workspace).slice(0, MOST_CHARS)
  return { what, rule: within && !(within.tool === 'Bash' && within.content) ? ruleWords(within) : null, reason: message ?? '', answer: answersText(answers) }
}

/** What was asked about in one line: the command, the file, the questions, the head of the plan. */
export function askedSubject({ request: { kind, tool, input } }: Ask, workspace: string): string {
  if (kind === 'question') return line(questionsOf(input).map((each) => each.text).join(' · '))
  if (kind === 'plan') return line(/^[#\s]*(.+)$/m.exec(planOf(input))?.[1] ?? '')
  const { target } = describeCall(tool, input)
  if (target?.kind === 'path') return relativePath(target.path, workspace)
  return line(target?.kind === 'page' ? target.url : targetText(target)) || tool
}

const line = (text: string) => text.replace(/\s+/g, ' ').trim()
