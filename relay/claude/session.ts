// A session's side of Claude over time: prompts go in, facts come out, the process behind it comes and goes.
import { Refused, type ContextUsage } from '#protocol'
import type { ClaudeListener, ProcessSpec } from './session-spec.ts'
import type { SlashCommand, Translated } from './facts.ts'
import type { ClaudeProcess, Prompt } from './process.ts'
import { checkModel, checkPermissionMode, type Ready } from './process-options.ts'
import { createSessionProcess, type ProcessSource } from './session-process.ts'

export type SessionState = 'cold' | 'waiting' | 'starting' | 'ready' | 'working' | 'ending'

const MAX_TRIES = 3

export type SessionDependencies = ProcessSource & {
  /** A process of this session has become ready. */
  ready(ready: Ready): void
  closed(): void
  /** Absolute paths of the session's uploads. */
  uploadsOf(sessionId: string): Promise<string[]>
}

export type ClaudeSession = ReturnType<typeof openSession>

export function openSession(deps: SessionDependencies, opened: ProcessSpec, listener: ClaudeListener) {
  const spec: ProcessSpec = { ...opened }
  let isClosed = false
  let commands: SlashCommand[] = []
  let last: Promise<unknown> = Promise.resolve()
  let underWay = 0
  let stops = 0

  const behind = createSessionProcess(deps, spec, {
    told,
    permission: (question, withdrawn) => listener.permission(question, withdrawn),
    need: () => (underWay > 0 ? 'now' : 'later'),
    begun(process) {
      process.ready.then(
        (ready) => {
          commands = ready.commands
          deps.ready(ready)
        },
        () => {},
      )
    },
    ended(end) {
      // A start that failed is answered where it was asked for, unless something was lost with it.
      if (end.cause !== 'start_failed' || end.duringTurn || end.lostPromptIds.length > 0) listener.ended(end)
    },
  })

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
        return queueMicrotask(() => behind.rest())
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

  async function hand(prompt: Prompt, stopsBefore: number): Promise<void> {
    const process = await equipped()
    if (stops !== stopsBefore) throw new Refused('CONFLICT', 'stopped before it reached Claude')
    process.send(prompt)
  }

  /** A process that takes prompts and sees the session's uploads. It may go while those are laid out: then the next one is asked. */
  async function equipped(): Promise<ClaudeProcess> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const process = await behind.living()
      if (!process.isSandboxed) return process
      // Without its files a prompt still says something.
      await deps.uploadsOf(spec.sessionId).then(process.share).catch((error: unknown) => deps.log.warn('claude.files_not_handed', { sessionId: spec.sessionId, error }))
      if (!process.isEnding()) return process
    }
    throw new Refused('CLAUDE_UNAVAILABLE', 'Claude ends before it can be handed anything')
  }

  /** The process, if it can be told of changes. One that is starting catches up by itself, the next one gets them from the spec. */
  function changeable(): ClaudeProcess | null {
    const process = behind.current()
    return process?.isReady() && !process.isEnding() ? process : null
  }

  return {
    sessionId: spec.sessionId,
    get process(): ClaudeProcess | null {
      return behind.current()
    },
    get state(): SessionState {
      const process = behind.current()
      if (behind.isWaiting()) return 'waiting'
      if (behind.isStarting()) return 'starting'
      if (process === null) return 'cold'
      if (process.isEnding()) return 'ending'
      return process.isIdle() ? 'ready' : 'working'
    },
    /** Starts the process ahead if there is a free place. Never fails. */
    prewarm: (): void => behind.startAhead(),
    /**
     * Hands a prompt over. On an idle session each priority just begins a turn; while one runs, `next` folds into it at the next tool
     * boundary, `later` waits for its end, `now` cuts it short. `id` must be a UUID that was never used before: the CLI drops repeats.
     * Rejects with `Refused` (CLAUDE_UNAVAILABLE, BUSY); then the prompt was not handed over.
     */
    async send(prompt: Prompt): Promise<void> {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      const stopsBefore = stops
      underWay += 1
      // One after the other, in the order in which they were sent.
      const handed = last.then(() => hand(prompt, stopsBefore)).finally(() => (underWay -= 1))
      last = handed.catch(() => {})
      await handed
    },
    /**
     * Ends the running turn, or the one that is about to begin: softly, and after 10 s by ending the process. Resolves once `turnEnded` (or
     * `ended` with the lost prompt) was told. A `send` that still waits for a process rejects with CONFLICT.
     */
    async interrupt(): Promise<'interrupted' | 'killed' | 'nothing'> {
      const isOnTheWay = underWay > 0
      stops += 1
      behind.withdraw()
      const process = behind.current()
      if (process !== null && (process.inTurn() || !isOnTheWay)) return process.interrupt()
      return isOnTheWay ? 'interrupted' : 'nothing'
    },
    async setModel(model: string | null): Promise<void> {
      spec.model = model === null ? null : checkModel(model)
      await changeable()?.setModel(model)
    },
    async setPermissionMode(mode: string): Promise<void> {
      spec.permissionMode = checkPermissionMode(mode)
      // A mode that the process was not started for needs a new one; the conversation goes on in it.
      await changeable()?.setPermissionMode(mode).catch(() => behind.outdate())
    },
    /** Replaces the allow rules of the running and of all later processes. */
    async setRules(rules: string[]): Promise<void> {
      spec.rules = [...rules]
      await changeable()?.setRules(rules)
    },
    /** Whether the folder is trusted holds from the next process on; an idle one is ended for it at once. */
    async setTrusted(trusted: boolean): Promise<void> {
      if (trusted === spec.trusted) return
      spec.trusted = trusted
      behind.outdate()
    },
    /** What fills the context window; null when no process runs, or it does not say. */
    contextUsage: async (): Promise<ContextUsage | null> => (await changeable()?.contextUsage().catch(() => null)) ?? null,
    /** Slash commands with their descriptions; empty until a process has run. */
    commands: (): SlashCommand[] => commands,
    /** Ends the process. The session stays and is cold. */
    async end(why: 'stopped' = 'stopped'): Promise<void> {
      await behind.current()?.end(why)
    },
    /** Ends the process and forgets the session. */
    async close(): Promise<void> {
      isClosed = true
      behind.close()
      await behind.current()?.end('stopped')
      deps.closed()
    },
    tick(ms: number): void {
      behind.current()?.tick(ms)
      behind.rest()
    },
    async shutDown(): Promise<void> {
      isClosed = true
      behind.close()
      const process = behind.current()
      // A question that people have not answered outlives the relay; an interruption would answer it with no.
      if (process?.isWaiting()) process.kill('parked')
      else if (process?.inTurn()) await process.interrupt()
      await process?.end('shutdown')
    },
  }
}
