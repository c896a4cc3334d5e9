// One live CLI process: prompts go in, what it says is told in the relay's words, and its end is told, too.
import type { SDKMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'
import { Refused, type ContextUsage } from '#protocol'
import { createAskPermission } from './ask-permission.ts'
import { contextUsageOf } from './context-usage.ts'
import { logged, type PermissionDecision, type PermissionQuestion, type Translated } from './facts.ts'
import { beginLife, type ProcessDependencies, type ProcessStart } from './process-life.ts'
import { checkModel, checkPermissionMode } from './process-options.ts'
import { createPromptInput } from './prompt-input.ts'
import { watchSilence } from './process-silence.ts'
import type { ContentBlock, ProcessEnd } from './session-spec.ts'
import { createStopTurn } from './stop-turn.ts'
import { createTranslation } from './translate-message.ts'
import { lostTurn } from './translate-result.ts'

const HARD_STOP_MS = 10_000
const SOFT_END_MS = 2_000
/** Of prompts that no turn has taken, some of which the CLI may not even have read. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

export type Prompt = { id: string; content: string | ContentBlock[]; priority: 'next' | 'later' | 'now' }

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
  let backgroundTasks = 0

  const hasPrompts = (): boolean => turns.running() !== null || turns.waiting().length > 0
  const isIdle = (): boolean => !hasPrompts() && backgroundTasks === 0 && !asking.isOpen() && listener.need() !== 'now'

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
    silence.broken()
    for (const event of translation.translate(message)) {
      if (event.kind === 'background') backgroundTasks = event.tasks
      if (event.kind === 'turn_ended' && silence.hasStalled() && event.outcome.status === 'interrupted') event.outcome.reason = 'stalled'
      tell(event)
      if (event.kind === 'turn_began') stopping.turnBegan()
      if (event.kind === 'turn_ended') stopping.turnEnded()
      if (event.kind === 'fact' && event.fact.type === 'progress' && event.fact.data.tool_use_id) asking.toolTold(event.fact.data.tool_use_id)
    }
  }

  /** Whatever was open ends with it. */
  function gone(cause: ProcessEnd['cause'], detail: string): void {
    const turn = turns.running()
    for (const event of translation.abandon()) tell(event)
    if (turn) tell({ kind: 'turn_ended', outcome: lostTurn(silence.hasStalled() ? 'stalled' : cause, detail, turn, translation.lastEntryId()) })
    stopping.turnEnded()
    safely(() => listener.ended({ cause, detail, duringTurn: turn !== null, lostPromptIds: turns.waiting() }))
  }

  const asking = createAskPermission({
    clock,
    log,
    cwd: spec.cwd,
    tools,
    toolUseOfAgent: translation.toolUseOfAgent,
    ask: (question, withdrawn) => listener.permission(question, withdrawn),
    answered: () => silence.broken(),
    roundTrip: () => session.mcpServerStatus(),
  })
  const life = beginLife(deps, start, { prompts: prompts.stream(), canUseTool: asking.canUseTool, hear, startFailure: translation.startFailure, gone })
  const { session } = life
  const stopping = createStopTurn({
    clock,
    work: () => (life.isOver() ? 'none' : turns.running() !== null ? 'running' : hasPrompts() ? 'due' : 'none'),
    // The SDK has this option and does not declare it. Without it, steers that the turn has not taken begin one of their own.
    interrupt: () => (session as unknown as { interrupt(options: { cancelQueued: boolean }): Promise<unknown> }).interrupt({ cancelQueued: true }),
    async kill() {
      life.kill('interrupt_ignored')
      await life.over
    },
  })
  const silence = watchSilence({
    idleMs: deps.idleMs,
    isIdle,
    isWaiting: asking.isOpen,
    owesAnswer: () => hasPrompts() && !asking.isOpen() && tools.openCount() === 0,
    quiet: () => tell(logged({ level: 'warn', source: 'relay', text: 'Claude has said nothing for two minutes.', code: 'stalled' })),
    idle: () => void end('idle'),
    parked: () => life.kill('parked'),
    stalled: () => (turns.running() === null ? life.kill('stalled') : void stopping.stop(HARD_STOP_MS)),
  })

  async function end(why: ProcessEnd['cause']): Promise<void> {
    await life.end(why, async () => {
      if (turns.running() !== null) await stopping.stop(SOFT_END_MS)
      prompts.close()
    })
  }

  return {
    ...life,
    isIdle,
    /** For how long; null while it is not idle. Nobody has an earlier claim on a spare one's place. */
    idleMs: (): number | null => (!isIdle() || life.isEnding() ? null : listener.need() === 'none' ? Number.POSITIVE_INFINITY : silence.idleMs()),
    inTurn: () => turns.running() !== null,
    /** People are being asked, and all waits for them. */
    isWaiting: asking.isOpen,
    isTrusting: spec.trusted,
    isSandboxed: files !== null,
    todos: tools.todos,
    unknownMessages: translation.unknownMessages,
    adopt: (next: ProcessListener): void => void (listener = next),
    /** Lets a sandboxed one see exactly these uploads. */
    share: (paths: readonly string[]): Promise<void> | undefined => files?.share(paths),
    send({ id, content, priority }: Prompt): void {
      if (life.isEnding()) throw new Refused('CLAUDE_UNAVAILABLE', 'the process is ending')
      const bytes = Buffer.byteLength(JSON.stringify(content))
      if (bytes > MAX_WAITING_BYTES) throw new Refused('TOO_LARGE', 'the prompt is too large')
      if (bytes + turns.waitingBytes() > MAX_WAITING_BYTES) throw new Refused('BUSY', 'Claude does not take what it is sent', { retryAfterMs: 5_000 })
      turns.sent(id, bytes)
      silence.broken()
      const message = { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, priority, uuid: id, origin: { kind: 'human' } }
      prompts.push(message as SDKUserMessage)
    },
    setModel: (model: string | null): Promise<void> => session.setModel(model === null ? undefined : checkModel(model)),
    setPermissionMode: (mode: string): Promise<void> => session.setPermissionMode(checkPermissionMode(mode)),
    setRules: (rules: string[]): Promise<void> => session.applyFlagSettings({ permissions: { allow: rules } }),
    contextUsage: async (): Promise<ContextUsage> => contextUsageOf(await session.getContextUsage({ detail: 'summary' })),
    interrupt: () => stopping.stop(HARD_STOP_MS),
    /** Called every `ms`, whatever the wall clock does. */
    tick: (ms: number): void => void (life.isEnding() || silence.tick(ms)),
    end,
  }
}
