// A session's side of Claude over time: prompts go in, facts come out, the process behind it comes and goes.
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import type { ClaudeListener, ClaudeSession, ProcessSpec, SessionState } from './claude.ts'
import type { SlashCommand, Translated } from './facts.ts'
import type { ClaudeProcess, Ready } from './process.ts'
import { createProcessHolder, type HolderDependencies } from './process-holder.ts'
import { checkModel, checkPermissionMode } from './process-options.ts'
import { watchProcess } from './process-watch.ts'
import { bytesOf } from './prompt-input.ts'
import { createPromptLane } from './prompt-lane.ts'

const MAX_TRIES = 3
const MAX_PROMPT_BYTES = 8 * 1024 * 1024

export type SessionDependencies = HolderDependencies & {
  /** A process of this session has become ready. */
  ready(ready: Ready, spec: ProcessSpec): void
  closed(): void
  /** How to let a sandboxed process see uploads; without a sandbox there is nothing to do. */
  share(process: ClaudeProcess): ((paths: readonly string[]) => Promise<void>) | undefined
  uploadsOf(sessionId: string): Promise<string[]>
  idleMs: number
  clock: Clock
}

export type OpenSession = ClaudeSession & {
  readonly spec: Readonly<ProcessSpec>
  readonly process: ClaudeProcess | null
  readonly startedAt: number
  idleSince(): number | null
  tick(ms: number): void
  shutDown(): Promise<void>
}

export function openSession(deps: SessionDependencies, opened: ProcessSpec, listener: ClaudeListener): OpenSession {
  const { clock } = deps
  const spec: ProcessSpec = { ...opened }
  let isClosed = false
  let startedAt = 0
  let commands: SlashCommand[] = []

  const watch = watchProcess({
    idleMs: deps.idleMs,
    tell: (text, code) => listener.fact({ type: 'log', data: { level: 'warn', source: 'relay', text, code } }),
  })
  const holder = createProcessHolder(deps, spec, {
    listener: {
      told,
      permission: (question, withdrawn) => listener.permission(question, withdrawn),
      ended(end) {
        // A start that failed is answered where it was asked for, unless something was lost with it.
        if (end.cause !== 'start_failed' || end.duringTurn || end.lostPromptIds.length > 0) listener.ended(end)
      },
    },
    begun(process) {
      startedAt = clock.now()
      watch.reset()
      process.ready.then(
        (ready) => {
          commands = ready.commands
          deps.ready(ready, spec)
        },
        () => {},
      )
    },
    idleMs: () => (isIdle() ? watch.idleMs() : null),
  })
  const lane = createPromptLane(equipped)
  const isIdle = (): boolean => lane.isEmpty() && !holder.isStarting() && (holder.current()?.isIdle() ?? false)

  /** A process that takes prompts and sees the session's uploads. It may go while those are laid out: then the next one is asked. */
  async function equipped(): Promise<ClaudeProcess> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const process = await holder.living()
      const share = deps.share(process)
      if (!share) return process
      // Without its files a prompt still says something.
      await deps.uploadsOf(spec.sessionId).then(share).catch((error: unknown) => deps.log.warn('claude.files_not_handed', { sessionId: spec.sessionId, error }))
      if (holder.current() === process && !holder.isEnding()) return process
    }
    throw new Refused('CLAUDE_UNAVAILABLE', 'Claude ends before it can be handed anything')
  }

  function told(event: Translated): void {
    switch (event.kind) {
      case 'fact':
        return listener.fact(event.fact)
      case 'turn_began':
        return listener.turnBegan({ origin: event.origin, promptIds: event.promptIds })
      case 'prompt_taken':
        return listener.promptTaken(event.promptId)
      case 'turn_ended':
        listener.turnEnded(event.outcome)
        return queueMicrotask(rest)
      case 'conversation':
        Object.assign(spec, { conversationId: event.conversationId, fork: false, resumeAt: null })
        return listener.conversation(event.conversationId, event.cleared)
      case 'settings':
        if (event.commands) commands = event.commands
        if (event.permissionMode && event.permissionMode !== spec.permissionMode) {
          spec.permissionMode = event.permissionMode
          listener.modeChanged?.(event.permissionMode)
        }
        return
      default:
    }
  }

  /** Nothing is left to do for now. */
  function rest(): void {
    if (!isIdle() || holder.isEnding()) return
    if (holder.isStale()) void holder.end(deps.persistent ? 'stopped' : 'per_prompt')
    else holder.offer()
  }

  /** What the process was started with holds no more. */
  async function restart(): Promise<void> {
    if (isIdle()) return holder.end('stopped')
    if (holder.current() !== null) holder.stale()
  }

  /** The process, if it can be told of changes. One that is starting catches up by itself, the next one gets them from the spec. */
  function changeable(): ClaudeProcess | null {
    const process = holder.current()
    return process?.isReady() && !process.isEnding() ? process : null
  }

  return {
    spec,
    get process() {
      return holder.current()
    },
    get startedAt() {
      return startedAt
    },
    get state(): SessionState {
      if (holder.isWaiting()) return 'waiting'
      if (holder.isStarting()) return 'starting'
      if (holder.current() === null) return 'cold'
      if (holder.isEnding()) return 'ending'
      return isIdle() ? 'ready' : 'working'
    },
    prewarm: () => holder.startAhead(),
    async send(prompt) {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      if (bytesOf(prompt.content) > MAX_PROMPT_BYTES) throw new Refused('TOO_LARGE', 'the prompt is too large')
      await lane.send(prompt)
    },
    async interrupt() {
      const isOnTheWay = !lane.isEmpty()
      lane.stop()
      holder.withdraw()
      const process = holder.current()
      if (process !== null && (process.inTurn() || !isOnTheWay)) return process.interrupt()
      return isOnTheWay ? 'interrupted' : 'nothing'
    },
    async setModel(model) {
      spec.model = model === null ? null : checkModel(model)
      await changeable()?.setModel(model)
    },
    async setPermissionMode(mode) {
      spec.permissionMode = checkPermissionMode(mode)
      // A mode that the process was not started for needs a new one; the conversation goes on in it.
      await changeable()?.setPermissionMode(mode).catch(restart)
    },
    async setRules(rules) {
      spec.rules = [...rules]
      await changeable()?.setRules(rules)
    },
    async setTrusted(trusted) {
      if (trusted === spec.trusted) return
      spec.trusted = trusted
      await restart()
    },
    contextUsage: async () => (await changeable()?.contextUsage().catch(() => null)) ?? null,
    commands: () => commands,
    end: (cause = 'stopped') => holder.end(cause),
    async close() {
      isClosed = true
      holder.close()
      await holder.end('stopped')
      deps.closed()
    },
    idleSince: () => (isIdle() ? clock.now() - watch.idleMs() : null),
    tick(ms) {
      const process = holder.current()
      if (process === null || holder.isEnding()) return
      const verdict = watch.tick(ms, process, isIdle())
      if (verdict === 'stalled') process.stalled()
      if (verdict === 'parked') process.kill('parked')
      if (verdict === 'idle') void holder.end('idle')
      if (verdict === null) rest()
    },
    async shutDown() {
      isClosed = true
      holder.close()
      const process = holder.current()
      // A question that people have not answered outlives the relay; an interruption would answer it with no.
      if (process?.isWaiting()) process.kill('parked')
      else if (process?.inTurn()) await process.interrupt()
      await holder.end('shutdown')
    },
  }
}
