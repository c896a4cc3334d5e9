// The life of one CLI process: started, ready in time or not at all, ended with all that it started, and never gone without a word.
import type { CanUseTool, query, SDKMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'
import { existsSync } from 'node:fs'
import { Refused, type Todo } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { HandedFiles } from './handed-files.ts'
import { MARK } from './process-marks.ts'
import { processOptions, readyOf, type Ready } from './process-options.ts'
import type { ProcessEnd, ProcessSpec } from './session-spec.ts'
import { spawnClaude, type Exit, type SpawnedClaude, type SpawnSettings } from './spawn-claude.ts'

const START_LIMIT_MS = 30_000
const LAST_WORD_MS = 2_000
const DETAIL_CHARS = 500

export type ProcessDependencies = Pick<SpawnSettings, 'sandbox' | 'guardian'> & {
  /** The SDK's. */
  query: typeof query
  environment: Record<string, string>
  bin: string | null
  idleMs: number
  clock: Clock
  log: Log
  metrics?: Pick<Metrics, 'add'>
}

export type ProcessStart = {
  spec: ProcessSpec
  /** By which people stop exactly this one. */
  id: string
  /** Names this one process among all of this relay. */
  mark: string
  todos: readonly Todo[]
  /** It gets its prompt at once and need not answer anything before, unless it reads the folder's settings. */
  isOnlyForPrompt: boolean
  /** What it sees of people's files. */
  files: HandedFiles
}

export type Living = {
  prompts: AsyncIterable<SDKUserMessage>
  canUseTool: CanUseTool
  hear(message: SDKMessage): void
  /** Its own words when it refused to start. */
  startFailure(): string | null
  /** Called once, when it is gone and nothing of it is left. */
  gone(cause: ProcessEnd['cause'], detail: string): void
}

/** How it ended and the last that it said. `exit` is null when it never ran. */
function describeEnd(exit: Exit | null, lastWords: string): string {
  const how = exit === null ? 'it could not be started' : exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`
  const said = lastWords.trim().slice(-DETAIL_CHARS)
  return said === '' ? how : `${how}: ${said}`
}

export type Life = ReturnType<typeof beginLife>

export function beginLife(deps: ProcessDependencies, { spec, id, mark, isOnlyForPrompt, files }: ProcessStart, living: Living) {
  const { clock, log, sandbox, guardian } = deps
  const { sessionId } = spec
  const startedAt = clock.now()
  const childEnded = Promise.withResolvers<Exit | null>()
  const ready = Promise.withResolvers<Ready>()
  ready.promise.catch(() => {})
  let child: SpawnedClaude | null = null
  let cause: ProcessEnd['cause'] | null = null
  let isReady = false
  let isEnding = false
  let isOver = false

  if (!existsSync(spec.cwd)) throw new Refused('CLAUDE_UNAVAILABLE', 'the folder of this session is gone')
  const session = deps.query({
    prompt: living.prompts,
    options: {
      ...processOptions(spec, { ...deps.environment, [MARK]: mark }, deps.bin),
      canUseTool: living.canUseTool,
      spawnClaudeCodeProcess(options) {
        child = spawnClaude(options, { sandbox, guardian, handed: files.shown, mark, sessionId, log, flooded: () => kill('flooded') })
        void child.ended.then(childEnded.resolve)
        return child.process
      },
    },
  })

  function kill(why: ProcessEnd['cause']): void {
    cause ??= why
    isEnding = true
    child?.signal('SIGKILL')
  }

  const startTimer = isOnlyForPrompt && !spec.trusted ? null : clock.setTimer(() => kill('start_failed'), START_LIMIT_MS)
  readyOf(session, spec, log).then(
    (about) => {
      isReady = true
      startTimer?.cancel()
      ready.resolve(about)
    },
    () => {},
  )

  async function listen(): Promise<void> {
    try {
      for await (const message of session) living.hear(message)
    } catch (error) {
      // It throws for each end but a clean one; how the process ended says more.
      log.info('claude.stream_ended', { sessionId, error: String(error) })
    }
    if (child === null) childEnded.resolve(null)
  }

  async function live(): Promise<void> {
    const heard = listen()
    await Promise.race([heard, childEnded.promise])
    // Its words and itself end together. Who holds its pipe open, or stays without a word, is not waited for any longer.
    const lastWord = clock.setTimer(() => child?.cutOff(), LAST_WORD_MS)
    const [exit] = await Promise.all([childEnded.promise, heard])
    lastWord.cancel()
    startTimer?.cancel()
    isEnding = isOver = true
    const why = cause ?? (isReady ? 'died' : 'start_failed')
    const detail = describeEnd(exit, living.startFailure() ?? child?.stderr() ?? '')
    await files.remove().catch((error: unknown) => log.warn('claude.handed_files_left', { sessionId, error }))
    deps.metrics?.add('ensemble_claude_process_ends_total', 1, { cause: why })
    log.info('claude.process_ended', { process_id: id, sessionId, pid: child?.pid, cause: why, detail })
    living.gone(why, detail)
    ready.reject(new Refused('CLAUDE_UNAVAILABLE', `Claude could not be started: ${detail}`))
  }
  const over = live()

  return {
    id,
    /** Milliseconds since 1970. */
    startedAt,
    session,
    ready: ready.promise,
    /** Settles after `gone`. */
    over,
    pid: (): number | null => child?.pid ?? null,
    isReady: (): boolean => isReady,
    /** It takes nothing more. */
    isEnding: (): boolean => isEnding,
    isOver: (): boolean => isOver,
    kill,
    /** Lets it end by itself once `settle` has resolved. */
    async end(why: ProcessEnd['cause'], settle: () => Promise<unknown>): Promise<void> {
      isEnding = true
      if (cause === null) await settle()
      cause ??= why
      session.close()
      await over
    },
  }
}
