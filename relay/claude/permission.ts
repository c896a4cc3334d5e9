// A permission question in the relay's words, and the decision back in the CLI's.
import type { CanUseTool, PermissionResult, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk'
import type { RuleSuggestion } from '#protocol'
import type { PermissionDecision, PermissionQuestion } from './facts.ts'

type Context = Parameters<CanUseTool>[2]

const KINDS: Record<string, PermissionQuestion['kind']> = { AskUserQuestion: 'question', ExitPlanMode: 'plan' }

/** Rules for "not again". Where the CLI proposes its mode for edits, the rule says the same for this folder only. */
function suggestionsOf(updates: readonly PermissionUpdate[], cwd: string): RuleSuggestion[] {
  return updates.flatMap((update): RuleSuggestion[] => {
    if (update.type === 'addRules' && update.behavior === 'allow') {
      return update.rules.map(({ toolName, ruleContent }) => ({ tool: toolName, ...(ruleContent === undefined ? {} : { content: ruleContent }) }))
    }
    return update.type === 'setMode' && update.mode === 'acceptEdits' ? [{ tool: 'Edit', content: `/${cwd}/**` }] : []
  })
}

/** `parent` is the tool use whose agent asks; null for the main line. */
export function questionOf(tool: string, input: Record<string, unknown>, context: Context, cwd: string, parent: string | null): PermissionQuestion {
  const kind = KINDS[tool] ?? 'tool'
  return {
    toolUseId: context.toolUseID,
    parentToolUseId: parent,
    tool,
    input,
    title: context.title ?? context.displayName ?? null,
    description: context.description ?? context.decisionReason ?? null,
    kind,
    suggestions: kind !== 'tool' || context.suppressAlwaysAllowRule ? [] : suggestionsOf(context.suggestions ?? [], cwd),
    defaultToNo: context.defaultToNo === true,
  }
}

/** The CLI wants one text for each question. */
const answersOf = (answers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(answers).map(([question, answer]) => [question, Array.isArray(answer) ? answer.join(', ') : String(answer)]))

export function resultOf(decision: PermissionDecision, input: Record<string, unknown>): PermissionResult {
  if (decision.behavior === 'deny') return { behavior: 'deny', message: decision.message || 'Denied.', ...(decision.interrupt ? { interrupt: true } : {}) }
  const updatedInput = { ...(decision.updatedInput ?? input), ...(decision.answers ? { answers: answersOf(decision.answers) } : {}) }
  const rules = (decision.rules ?? []).map(({ tool, content }) => ({ toolName: tool, ...(content == null ? {} : { ruleContent: content }) }))
  return {
    behavior: 'allow',
    updatedInput,
    // For this process only: the relay's own rows are what lasts.
    ...(rules.length > 0 ? { updatedPermissions: [{ type: 'addRules', rules, behavior: 'allow', destination: 'session' }] } : {}),
  }
}
