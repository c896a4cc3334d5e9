// One live CLI process, from its start to its end: what it is handed, what it tells, how it is stopped.
import { query, type SDKMessage, type SDKUserMessage, type SlashCommand as SdkCommand } from '@anthropic-ai/claude-agent-sdk'
import { existsSync } from 'node:fs'
import { Refused, type Todo } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { createAskPermission } from './ask-permission.ts'
import type { ContentBlock, ContextUsage, Model, ProcessEnd, ProcessSpec } from './claude.ts'
import type { PermissionDecision, PermissionQuestion, SlashCommand, Translated } from './facts.ts'
import type { Guardian } from './guardian.ts'
import { describeEnd, lostTurn } from './process-end.ts'
import { endMarked, MARK } from './process-marks.ts'
import { checkModel, checkPermissionMode, processOptions } from './process-options.ts'
import { bytesOf, createPromptInput } from './prompt-input.ts'
import { createPromptLedger } from './prompt-ledger.ts'
import type { Sandbox } from './sandbox.ts'
import { spawnClaude, type SpawnedClaude } from './spawn-claude.ts'
import { createStopTurn } from './stop-turn.ts'
import { createTranslation } from './translate-message.ts'

const START_LIMIT_MS = 30_000
const HARD_STOP_MS = 10_000
const SOFT_END_MS = 2_000
const MAX_UNREAD_BYTES = 8 * 1024 * 1024

export type Prompt = { id: string; content: string | ContentBlock[]; priority: 'next' | 'later' | 'now' }

export type ProcessListener = {
  told(event: Translated): void
  permission(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  ended(end: ProcessEnd): void
}

export type ProcessDependencies = {
  environment: Record<string, string>
  bin: string | null
  sandbox: Sandbox
  guardian: Guardian
  clock: Clock
  log: Log
}

export type ProcessStart = {
  spec: ProcessSpec
  /** Names this one process among all of this relay. */
  mark: string
  todos: readonly Todo[]
  /** It gets its prompt at once and need not answer anything before. */
  isOnlyForPrompt: boolean
}

export type Ready = { commands: SlashCommand[]; models: Model[] }
export type ClaudeProcess = ReturnType<typeof startProcess>

const commandsOf = (commands: readonly SdkCommand[]): SlashCommand[] =>
  commands.map(({ name, description, argumentHint }) => ({ name, description, argumentHint }))

/** `listener` may be replaced while the process is idle. */
export function startProcess(deps: ProcessDependencies, start: ProcessStart, listener: ProcessListener) {
  const { spec, mark, todos, isOnlyForPrompt } = start
  const { clock, log, guardian } = deps
  const { sessionId } = spec
  const input = createPromptInput()
  const translation = createTranslation({ conversationId: spec.fork ? null : spec.conversationId, todos })
  const ledger = createPromptLedger()
  const asking = createAskPermission({
    clock,
    log,
    cwd: spec.cwd,
    isToolTold: translation.isToolOpen,
    toolInput: translation.toolInput,
    toolUseOfAgent: translation.toolUseOfAgent,
    ask: (question, withdrawn) => listener.permission(question, withdrawn),
    answered: () => void (quietMs = 0),
    roundTrip: () => session.mcpServerStatus(),
  })
  let child: SpawnedClaude | null = null
  let cause: ProcessEnd['cause'] | null = null
  let isReady = false
  let isOver = false
  let backgroundTasks = 0
  let quietMs = 0
  let isStalled = false

  function tell(event: Translated): void {
    try {
      listener.told(event)
    } catch (error) {
      log.error('claude.listener_failed', { sessionId, error })
    }
  }

  function hear(message: SDKMessage): void {
    quietMs = 0
    for (const translated of translation.translate(message)) {
      const event = ledger.follow(translated)
      if (event.kind === 'background') backgroundTasks = event.tasks
      if (event.kind === 'turn_ended' && isStalled && event.outcome.status === 'interrupted') event.outcome.reason = 'stalled'
      tell(event)
      if (event.kind === 'turn_began') stopping.turnBegan()
      if (event.kind === 'turn_ended') stopping.turnEnded()
      if (event.kind === 'fact' && event.fact.type === 'progress' && event.fact.data.tool_use_id) asking.toolTold(event.fact.data.tool_use_id)
    }
  }

  if (!existsSync(spec.cwd)) throw new Refused('CLAUDE_UNAVAILABLE', 'the folder of this session is gone')
  const session = query({
    prompt: input.stream(),
    options: {
      ...processOptions(spec, { ...deps.environment, [MARK]: mark }, deps.bin),
      canUseTool: asking.canUseTool,
      spawnClaudeCodeProcess(options) {
        child = spawnClaude(options, {
          sandbox: deps.sandbox,
          flooded: () => kill('flooded'),
          odd: (line) => log.warn('claude.odd_line', { sessionId, line }),
        })
        if (child.pid > 0) guardian.watch(child.pid)
        return child.process
      },
    },
  })

  const setRules = (rules: string[]): Promise<void> => session.applyFlagSettings({ permissions: { allow: rules } })

  function kill(why: ProcessEnd['cause']): void {
    cause ??= why
    child?.signal('SIGKILL')
  }

  const started = Promise.withResolvers<Ready>()
  started.promise.catch(() => {})
  const startTimer = isOnlyForPrompt ? null : clock.setTimer(() => kill('start_failed'), START_LIMIT_MS)
  session.initializationResult().then(
    async (result) => {
      // Without its rules it asks more often, which is better than not to run.
      if (spec.rules && spec.rules.length > 0) await setRules(spec.rules).catch((error: unknown) => log.warn('claude.rules_refused', { sessionId, error }))
      isReady = true
      startTimer?.cancel()
      const models = result.models.map(({ value, displayName, description }) => ({ value, name: displayName, description }))
      started.resolve({ commands: commandsOf(result.commands), models })
    },
    () => {},
  ).catch(() => kill('start_failed'))

  async function live(): Promise<void> {
    try {
      for await (const message of session) hear(message)
    } catch (error) {
      // It throws for each end but a clean one; how the process ended says more.
      log.info('claude.stream_ended', { sessionId, error: String(error) })
    }
    const lastWord = clock.setTimer(() => child?.signal('SIGKILL'), SOFT_END_MS)
    const exit = child === null ? null : await child.exited
    lastWord.cancel()
    startTimer?.cancel()
    isOver = true
    const why = cause ?? (isReady ? 'died' : 'start_failed')
    const detail = describeEnd(exit, translation.startFailure() ?? child?.stderr() ?? '')
    const turn = translation.turn()
    const duringTurn = turn !== null
    for (const event of translation.abandon()) tell(event)
    if (turn) tell({ kind: 'turn_ended', outcome: lostTurn(isStalled ? 'stalled' : why, detail, turn, translation.lastEntryId()) })
    const lostPromptIds = ledger.waiting()
    stopping.turnEnded()
    // Tools run in groups of their own: the group's end is not theirs.
    child?.signal('SIGKILL')
    await endMarked(mark)
    if (child !== null) guardian.forget(child.pid)
    log.info('claude.process_ended', { sessionId, pid: child?.pid, cause: why, detail, duringTurn })
    try {
      listener.ended({ cause: why, detail, duringTurn, lostPromptIds })
    } catch (error) {
      log.error('claude.listener_failed', { sessionId, error })
    }
    started.reject(new Refused('CLAUDE_UNAVAILABLE', `Claude could not be started: ${detail}`))
  }
  const over = live()

  const stopping = createStopTurn({
    clock,
    work: () => (isOver ? 'none' : translation.turn() !== null ? 'running' : ledger.isEmpty() ? 'none' : 'due'),
    // The SDK has this option and does not declare it. Without it, steers that the turn has not taken begin one of their own.
    interrupt: () => (session as unknown as { interrupt(options: { cancelQueued: boolean }): Promise<unknown> }).interrupt({ cancelQueued: true }),
    async kill() {
      kill('interrupt_ignored')
      await over
    },
  })
  const isIdle = (): boolean => !isOver && translation.turn() === null && ledger.isEmpty() && backgroundTasks === 0 && !asking.isOpen()

  return {
    pid: (): number | null => child?.pid ?? null,
    ready: started.promise,
    isReady: () => isReady,
    /** It takes no more prompts. */
    isEnding: () => isOver || cause !== null,
    isIdle,
    inTurn: () => translation.turn() !== null,
    todos: translation.todos,
    unknownMessages: translation.unknownMessages,
    over,
    interrupt: () => stopping.stop(HARD_STOP_MS),
    kill,
    adopt: (next: ProcessListener): void => void (listener = next),
    send({ id, content, priority }: Prompt): void {
      if (isOver || cause !== null) throw new Refused('CLAUDE_UNAVAILABLE', 'the process is ending')
      const unread = (child?.unreadBytes() ?? 0) + input.waitingBytes()
      if (unread > 0 && unread + bytesOf(content) > MAX_UNREAD_BYTES) throw new Refused('BUSY', 'Claude does not read what it is sent', { retryAfterMs: 5_000 })
      ledger.sent(id)
      quietMs = 0
      const message = { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, priority, uuid: id, origin: { kind: 'human' } }
      input.push(message as SDKUserMessage)
    },
    setModel: (model: string | null): Promise<void> => session.setModel(model === null ? undefined : checkModel(model)),
    setPermissionMode: (mode: string): Promise<void> => session.setPermissionMode(checkPermissionMode(mode)),
    setRules,
    async contextUsage(): Promise<ContextUsage> {
      const { totalTokens, maxTokens, categories } = await session.getContextUsage({ detail: 'summary' })
      return { totalTokens, maxTokens, categories: categories.map(({ name, tokens }) => ({ name, tokens })) }
    },
    /** Called every `ms`, whatever the wall clock does. */
    tick(ms: number): void {
      quietMs += ms
    },
    /** How long nothing was heard of it. */
    quietMs: () => quietMs,
    /** People are being asked, and all waits for them. */
    isWaiting: asking.isOpen,
    /** It should be saying something: it has work and no tool of it runs. */
    owesAnswer: () => !isOver && !asking.isOpen() && translation.openTools() === 0 && (translation.turn() !== null || !ledger.isEmpty()),
    stalled(): void {
      isStalled = true
      if (translation.turn() === null) kill('stalled')
      else void stopping.stop(HARD_STOP_MS)
    },
    async end(why: ProcessEnd['cause']): Promise<void> {
      if (translation.turn() !== null && cause === null) await stopping.stop(SOFT_END_MS)
      cause ??= why
      input.close()
      session.close()
      await over
    },
  }
}
