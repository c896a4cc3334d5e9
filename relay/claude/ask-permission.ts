// The CLI's permission questions on their way to people and back: in the relay's words, in order with what Claude tells, counted while open.
import type { CanUseTool, PermissionResult, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk'
import type { RuleSuggestion } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
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
function questionOf(tool: string, input: Record<string, unknown>, context: Context, cwd: string, parent: string | null): PermissionQuestion {
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

/** Settles when nobody waits for an answer any more: whoever was asked may never say anything then. */
const withdrawal = (signal: AbortSignal): Promise<null> => new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
const takenBack: PermissionResult = { behavior: 'deny', message: 'withdrawn' }

/** The CLI wants one text for each question. */
const answersOf = (answers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(answers).map(([question, answer]) => [question, Array.isArray(answer) ? answer.join(', ') : String(answer)]))

function resultOf(decision: PermissionDecision, input: Record<string, unknown>): PermissionResult {
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

const ORDER_LIMIT_MS = 1_000

export type Asking = {
  clock: Clock
  log: Log
  cwd: string
  /** The calls that are told and open, and what Claude gave to them. */
  tools: { isOpen(toolUseId: string): boolean; inputOf(toolUseId: string): Record<string, unknown> | null }
  toolUseOfAgent(agentId: string): string | null
  ask(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  answered(): void
  /** Asks the CLI for something it answers at once: it reads in order, so its answer says that it has read what came before. */
  roundTrip(): Promise<unknown>
}

export type AskPermission = ReturnType<typeof createAskPermission>

export function createAskPermission(asking: Asking) {
  const toldTools = new Map<string, () => void>()
  let open = 0

  /** Questions come by another way than messages and may overtake them; people must see the call before the question about it. */
  async function untilToolIsTold(id: string): Promise<void> {
    if (asking.tools.isOpen(id)) return
    await new Promise<void>((resolve) => {
      const timer = asking.clock.setTimer(resolve, ORDER_LIMIT_MS)
      toldTools.set(id, () => {
        timer.cancel()
        resolve()
      })
    })
    toldTools.delete(id)
  }

  function confirm({ heard }: PermissionDecision): void {
    if (!heard) return
    const unconfirmed = (problem: unknown) => asking.log.info('claude.decision_unconfirmed', { problem: String(problem) })
    // The SDK writes the decision when this call has returned and its promises have settled: after that, not before.
    asking.clock.setTimer(() => void asking.roundTrip().then(heard).catch(unconfirmed), 0)
  }

  const canUseTool: CanUseTool = async (tool, input, context) => {
    await untilToolIsTold(context.toolUseID)
    if (context.signal.aborted) return takenBack
    open += 1
    try {
      const parent = context.agentID === undefined ? null : asking.toolUseOfAgent(context.agentID)
      // The CLI takes the plan out of the call before it asks; people approve what they can read.
      const shown = tool === 'ExitPlanMode' ? { ...asking.tools.inputOf(context.toolUseID), ...input } : input
      const question = questionOf(tool, shown, context, asking.cwd, parent)
      const decision = await Promise.race([asking.ask(question, context.signal), withdrawal(context.signal)])
      if (decision === null) return takenBack
      confirm(decision)
      return resultOf(decision, input)
    } catch (error) {
      asking.log.error('claude.permission_failed', { tool, error })
      return { behavior: 'deny', message: 'Nobody could be asked.' }
    } finally {
      open -= 1
      asking.answered()
    }
  }

  return {
    canUseTool,
    toolTold: (id: string): void => toldTools.get(id)?.(),
    isOpen: (): boolean => open > 0,
  }
}
