// The life of one execution as a pure state machine: pending → running → one of four ends, each told once and for good.
import type { Stats, Task } from '#protocol'
import type { ApiUse } from '../claude/claude.ts'

type Status = Task['status']
type Reason = NonNullable<Task['reason']>
type ExecutionError = { code: string; message: string }

export type Execution = {
  id: string
  sessionId: string
  /** The prompt it answers; null for a turn that started by itself. */
  messageId: string | null
  userId: string | null
  username: string | null
  origin: Task['origin']
  status: Status
  reason: Reason | null
  /** 0 to 1, never less than before; 1 only of one that has completed. */
  progress: number
  /** Milliseconds since 1970. */
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  error: ExecutionError | null
  /** Of the request that its prompt came with: finds all of it in the log. */
  trace: string | null
  /** Those that it goes on with: their process was gone when a question of theirs was answered. */
  continues: readonly string[]
}

export type Step =
  | { to: 'running' }
  | { to: 'completed' }
  | { to: 'failed'; error: ExecutionError }
  | { to: 'interrupted'; reason: Reason; error?: ExecutionError }
  | { to: 'cancelled' }

const FROM: Record<Step['to'], Status> = {
  running: 'pending',
  cancelled: 'pending',
  completed: 'running',
  failed: 'running',
  interrupted: 'running',
}

/** The status an execution must have for this step: also the condition of the statement that takes it. */
export const statusBefore = (step: Step): Status => FROM[step.to]

/** Takes a step; null when the execution is not where it starts from. */
export function take(execution: Execution, step: Step, now: number): Execution | null {
  if (execution.status !== statusBefore(step)) return null
  const status = step.to
  if (status === 'running') return { ...execution, status, startedAt: now }
  return {
    ...execution,
    status,
    progress: status === 'completed' ? 1 : execution.progress,
    endedAt: now,
    reason: step.to === 'interrupted' ? step.reason : null,
    error: 'error' in step ? (step.error ?? null) : null,
  }
}

/** Claude has come further in its own plan; null when it has not, or the execution does not run. */
export const advance = (execution: Execution, progress: number): Execution | null =>
  execution.status === 'running' && progress > execution.progress ? { ...execution, progress } : null

/** None of these is ever left again. */
export const hasEnded = ({ status }: { status: Status }): boolean => status !== 'pending' && status !== 'running'

/** The data of the `task` event. */
export function taskOf(execution: Execution): Task {
  const { id, sessionId, status, origin, reason, progress, messageId, userId, username, startedAt, endedAt, error, trace, continues } = execution
  return {
    session_id: sessionId,
    execution_id: id,
    status,
    origin,
    ...(reason && { reason }),
    progress,
    ...(messageId && { message_id: messageId }),
    ...(userId && { user_id: userId, username }),
    ...(startedAt !== null && { started_at: startedAt }),
    ...(endedAt !== null && { ended_at: endedAt }),
    ...(error && { error }),
    ...(trace && { trace_id: trace }),
    ...(continues.length > 0 && { continues: [...continues] }),
  }
}

/** Why the relay or a person is ending a running turn. */
export type Ending = Exclude<Reason, 'process_died'>

/** How a turn ended. aborted: cut short · failed: Claude says why · died: its process was gone · unavailable: there was none to be had. */
export type Heard = { kind: 'completed' } | { kind: 'aborted' } | { kind: 'failed' | 'died' | 'unavailable'; error: ExecutionError }

export type Ended = { heard: Heard; stats: Stats | null; used: readonly ApiUse[]; lastEntry: string | null }

/** The last step of a turn: what was heard, seen with what was asked for. A turn that completed although it was to end has completed. */
export function lastStep(heard: Heard, ending: Ending | null): Step {
  if (heard.kind === 'completed') return { to: 'completed' }
  if (ending) return { to: 'interrupted', reason: ending }
  if (heard.kind === 'died') return { to: 'interrupted', reason: 'process_died', error: heard.error }
  return { to: 'failed', error: heard.kind === 'aborted' ? { code: 'aborted', message: 'Claude ended the turn early' } : heard.error }
}
