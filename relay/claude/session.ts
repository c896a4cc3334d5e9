// A session's side of Claude over time: prompts go in, facts come out, the process behind it comes and goes.
import { equippedProcess } from './equipped-process.ts'
import { logged, type Translated } from './facts.ts'
import type { HandedFile } from './handed-files.ts'
import type { ClaudeProcess } from './process.ts'
import type { Ready } from './process-options.ts'
import { createPromptLine } from './prompt-line.ts'
import { createSessionProcess, type ProcessSource, type SessionState } from './session-process.ts'
import { createSessionSettings, type SettingsDependencies } from './session-settings.ts'
import { createSessionStops } from './session-stops.ts'
import type { ClaudeListener, ProcessSpec } from './session-spec.ts'

export type SessionDependencies = ProcessSource & SettingsDependencies & {
  /** A process of this session has become ready. */
  ready(ready: Ready): void
  closed(): void
  /** What its Claude may read of people's files. */
  filesOf(sessionId: string): Promise<HandedFile[]>
}

export type ClaudeSession = ReturnType<typeof openSession>

/** Of files that are not where Claude looks for them. */
const maxNamed = 5

export function openSession(deps: SessionDependencies, opened: ProcessSpec, listener: ClaudeListener) {
  const spec: ProcessSpec = { ...opened }

  const behind = createSessionProcess(deps, spec, {
    told,
    permission: (question, withdrawn) => listener.permission(question, withdrawn),
    need: () => (line.isEmpty() ? 'later' : 'now'),
    ready(ready, trusted) {
      settings.heard(ready, trusted)
      deps.ready(ready)
    },
    ended(end) {
      // A start that failed is answered where it was asked for, unless something was lost with it.
      if (end.cause !== 'start_failed' || end.duringTurn || end.lostPromptIds.length > 0) listener.ended(end)
    },
  })

  const line = createPromptLine((needed) => equippedProcess({ living: behind.living, files: () => deps.filesOf(spec.sessionId), missing, log: deps.log }, spec.sessionId, needed), () => settings.deeds.commands(), spec.sessionId, deps.log)
  const settings = createSessionSettings(spec, behind, listener, deps)

  function missing(paths: readonly string[]): void {
    const [names, more] = [paths.slice(0, maxNamed).map((path) => JSON.stringify(path)).join(', '), Math.max(0, paths.length - maxNamed)]
    told(logged({ level: 'warn', source: 'relay', text: `Could not be handed over to Claude: ${names}${more > 0 ? ` and ${more} more` : ''}.`, code: 'files_not_handed', args: { names, more } }))
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
        return settings.heard(event, behind.current()?.isTrusting ?? spec.trusted)
      default:
    }
  }

  return {
    sessionId: spec.sessionId,
    get process(): ClaudeProcess | null {
      return behind.current()
    },
    get state(): SessionState {
      return behind.state()
    },
    ...settings.deeds,
    ...createSessionStops(behind, line, deps.closed),
    /** Starts the process ahead if there is a free place. Never fails. */
    prewarm: (): void => behind.startAhead(),
    /**
     * Hands a prompt over. On an idle session each priority just begins a turn; while one runs, `next` folds into it at the next tool
     * boundary, `later` waits for its end, `now` cuts it short. `id` must be a UUID that was never used before: the CLI drops repeats.
     * Rejects with `Refused` (CLAUDE_UNAVAILABLE, BUSY; VALIDATION: `ownCommand` is none); then the prompt was not handed over.
     */
    send: line.send,
    tick: behind.tick,
  }
}
