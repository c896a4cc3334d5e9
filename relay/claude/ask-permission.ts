// The CLI's permission questions on their way to people: in order with what Claude tells, and counted while they are open.
import type { CanUseTool } from '@anthropic-ai/claude-agent-sdk'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { PermissionDecision, PermissionQuestion } from './facts.ts'
import { questionOf, resultOf } from './permission.ts'

const ORDER_LIMIT_MS = 1_000

export type Asking = {
  clock: Clock
  log: Log
  cwd: string
  isToolTold(toolUseId: string): boolean
  /** What Claude gave to a call that is open. */
  toolInput(toolUseId: string): Record<string, unknown> | null
  toolUseOfAgent(agentId: string): string | null
  ask(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  answered(): void
  /** Asks the CLI for something it answers at once: it reads in order, so its answer says that it has read what came before. */
  roundTrip(): Promise<unknown>
}

export function createAskPermission(asking: Asking) {
  const toldTools = new Map<string, () => void>()
  let open = 0

  /** Questions come by another way than messages and may overtake them; people must see the call before the question about it. */
  async function untilToolIsTold(id: string): Promise<void> {
    if (asking.isToolTold(id)) return
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
    if (context.signal.aborted) return { behavior: 'deny', message: 'withdrawn' }
    open += 1
    try {
      const parent = context.agentID === undefined ? null : asking.toolUseOfAgent(context.agentID)
      // The CLI takes the plan out of the call before it asks; people approve what they can read.
      const shown = tool === 'ExitPlanMode' ? { ...asking.toolInput(context.toolUseID), ...input } : input
      const decision = await asking.ask(questionOf(tool, shown, context, asking.cwd, parent), context.signal)
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
