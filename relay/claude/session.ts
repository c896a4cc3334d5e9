// A session's side of Claude over time: prompts go in, facts come out, the process behind it comes and goes.
import { Refused } from '#protocol'
import { equippedProcess } from './equipped-process.ts'
import type { SlashCommand, Translated } from './facts.ts'
import type { ClaudeProcess, Prompt } from './process.ts'
import type { Ready } from './process-options.ts'
import { createSessionProcess, type ProcessSource, type SessionState } from './session-process.ts'
import { createSessionSettings } from './session-settings.ts'
import type { ClaudeListener, ProcessSpec } from './session-spec.ts'

export type SessionDependencies = ProcessSource & {
  /** A process of this session has become ready. */
  ready(ready: Ready): void
  /** What can be called with a slash in this folder, trusted or not. */
  offered(commands: SlashCommand[], trusted: boolean): void
  closed(): void
  /** Absolute paths of the session's uploads. */
  uploadsOf(sessionId: string): Promise<string[]>
}

export type ClaudeSession = ReturnType<typeof openSession>

export function openSession(deps: SessionDependencies, opened: ProcessSpec, listener: ClaudeListener) {
  const spec: ProcessSpec = { ...opened }
  let commands: SlashCommand[] = []
  let last: Promise<unknown> = Promise.resolve()
  let underWay = 0
  let stops = 0

  const behind = createSessionProcess(deps, spec, {
    told,
    permission: (question, withdrawn) => listener.permission(question, withdrawn),
    need: () => (underWay > 0 ? 'now' : 'later'),
    begun(process) {
      const began = (ready: Ready) => {
        offered(ready.commands, process.isTrusting)
        deps.ready(ready)
      }
      process.ready.then(began, () => {})
    },
    ended(end) {
      // A start that failed is answered where it was asked for, unless something was lost with it.
      if (end.cause !== 'start_failed' || end.duringTurn || end.lostPromptIds.length > 0) listener.ended(end)
    },
  })

  function offered(now: SlashCommand[], trusted: boolean): void {
    commands = now
    deps.offered(now, trusted)
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
        return queueMicrotask(() => behind.rest())
      case 'conversation':
        Object.assign(spec, { conversationId: event.conversationId, fork: false, resumeAt: null })
        return listener.conversation(event.conversationId, event.cleared)
      case 'settings':
        if (event.commands) offered(event.commands, behind.current()?.isTrusting ?? spec.trusted)
        if (event.permissionMode && event.permissionMode !== spec.permissionMode) {
          spec.permissionMode = event.permissionMode
          listener.modeChanged?.(event.permissionMode)
        }
        return
      default:
    }
  }

  async function hand(prompt: Prompt, stopsBefore: number): Promise<void> {
    const process = await equippedProcess({ living: behind.living, uploads: () => deps.uploadsOf(spec.sessionId), log: deps.log }, spec.sessionId)
    if (stops !== stopsBefore) throw new Refused('CONFLICT', 'stopped before it reached Claude')
    process.send(prompt)
  }

  return {
    sessionId: spec.sessionId,
    get process(): ClaudeProcess | null {
      return behind.current()
    },
    get state(): SessionState {
      return behind.state()
    },
    ...createSessionSettings(spec, behind),
    /** Starts the process ahead if there is a free place. Never fails. */
    prewarm: (): void => behind.startAhead(),
    /**
     * Hands a prompt over. On an idle session each priority just begins a turn; while one runs, `next` folds into it at the next tool
     * boundary, `later` waits for its end, `now` cuts it short. `id` must be a UUID that was never used before: the CLI drops repeats.
     * Rejects with `Refused` (CLAUDE_UNAVAILABLE, BUSY); then the prompt was not handed over.
     */
    async send(prompt: Prompt): Promise<void> {
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
    /** Slash commands with their descriptions; empty until a process has run. */
    commands: (): SlashCommand[] => commands,
    /** Ends the process. The session stays and is cold. */
    async end(why: 'stopped' = 'stopped'): Promise<void> {
      await behind.current()?.end(why)
    },
    /** Ends the process and forgets the session. */
    async close(): Promise<void> {
      behind.close()
      await behind.current()?.end('stopped')
      deps.closed()
    },
    tick: behind.tick,
    shutDown: behind.shutDown,
  }
}
