// One live CLI process: prompts go in, what it says is told in the relay's words, and its end is told, too.
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import { Refused } from '#protocol'
import { createAskPermission } from './ask-permission.ts'
import type { PermissionDecision, PermissionQuestion, Translated } from './facts.ts'
import { beginLife, type ProcessDependencies, type ProcessStart } from './process-life.ts'
import { createProcessSettings } from './process-settings.ts'
import { superviseProcess } from './process-supervision.ts'
import { createPromptInput } from './prompt-input.ts'
import { promptMessage, type Prompt } from './prompt-message.ts'
import type { ProcessEnd } from './session-spec.ts'
import { createTranslation } from './translate-message.ts'
import { lostTurn } from './translate-result.ts'

export type ProcessListener = {
  told(event: Translated): void
  permission(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  ended(end: ProcessEnd): void
  /** now: something is about to be handed to it · later: a session keeps it · none: a spare. */
  need(): 'now' | 'later' | 'none'
}

export type ClaudeProcess = ReturnType<typeof startProcess>

/** `listener` may be replaced while the process is idle. */
export function startProcess(deps: ProcessDependencies, start: ProcessStart, listener: ProcessListener) {
  const { clock, log } = deps
  const { spec, files } = start
  const translation = createTranslation({ conversationId: spec.fork ? null : spec.conversationId, todos: start.todos })
  const { turns, tools } = translation
  const prompts = createPromptInput()

  /** What a listener throws is its own affair. */
  function safely(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      log.error('claude.listener_failed', { sessionId: spec.sessionId, error })
    }
  }
  const tell = (event: Translated): void => safely(() => listener.told(event))

  function hear(message: SDKMessage): void {
    supervision.alive()
    for (const event of translation.translate(message)) {
      supervision.hears(event)
      tell(event)
      supervision.heard(event)
      if (event.kind === 'fact' && event.fact.type === 'progress' && event.fact.data.tool_use_id) asking.toolTold(event.fact.data.tool_use_id)
    }
  }

  /** Whatever was open ends with it. */
  function gone(cause: ProcessEnd['cause'], detail: string): void {
    const turn = turns.running()
    for (const event of translation.abandon()) tell(event)
    if (turn) tell({ kind: 'turn_ended', outcome: lostTurn(supervision.hasStalled() ? 'stalled' : cause, detail, turn, translation.lastEntryId(), translation.untold()) })
    supervision.turnLost()
    safely(() => listener.ended({ cause, detail, duringTurn: turn !== null, lostPromptIds: turns.waiting() }))
  }

  const asking = createAskPermission({
    clock,
    log,
    cwd: spec.cwd,
    tools,
    toolUseOfAgent: translation.toolUseOfAgent,
    ask: (question, withdrawn) => listener.permission(question, withdrawn),
    answered: () => supervision.alive(),
    roundTrip: () => life.session.mcpServerStatus(),
  })
  const life = beginLife(deps, start, { prompts: prompts.stream(), canUseTool: asking.canUseTool, hear, startFailure: translation.startFailure, gone })
  const supervision = superviseProcess(deps, { turns, tools, life, prompts, asking, need: () => listener.need(), tell })

  return {
    ...life,
    ...createProcessSettings(life.session),
    ...supervision.asked,
    inTurn: () => turns.running() !== null,
    /** People are being asked, and all waits for them. */
    isWaiting: asking.isOpen,
    isTrusting: spec.trusted,
    todos: tools.todos,
    unknownMessages: translation.unknownMessages,
    adopt: (next: ProcessListener): void => void (listener = next),
    /** Lets it see exactly these files. */
    share: files.share,
    withdraw: files.withdraw,
    send(prompt: Prompt): void {
      if (life.isEnding()) throw new Refused('CLAUDE_UNAVAILABLE', 'the process is ending')
      prompts.push(promptMessage(prompt, turns))
      supervision.alive()
    },
  }
}
