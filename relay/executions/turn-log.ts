// What the log and the metrics hear of a turn: when it began, what was asked in it, and how it ended. Ids and times, never words.
import type { Dependencies } from './dependencies.ts'
import type { Execution } from './execution-state.ts'
import type { OpenRequest } from './lane-state.ts'
import type { Waiting } from './queue.ts'

export type TurnLog = ReturnType<typeof createTurnLog>

export function createTurnLog({ clock, log, metrics }: Pick<Dependencies, 'clock' | 'log' | 'metrics'>, sessionId: string) {
  const about = ({ id, trace }: Pick<Execution, 'id' | 'trace'>) => ({ trace_id: trace, sessionId, executionId: id })
  const asked = (turn: Execution | null, { request }: OpenRequest) => ({
    ...(turn?.id === request.execution_id ? about(turn) : about({ id: request.execution_id, trace: null })),
    request_id: request.request_id,
    tool: request.tool,
  })

  return {
    began(turn: Execution): void {
      log.info('executions.turn_began', { ...about(turn), origin: turn.origin, user_id: turn.userId, waited_ms: (turn.startedAt ?? turn.createdAt) - turn.createdAt })
    },
    /** A prompt became part of a turn that was under way. */
    folded(prompt: Waiting, executionId: string): void {
      log.info('executions.prompt_folded', { ...about({ id: executionId, trace: prompt.trace }), user_id: prompt.userId })
    },
    asked: (turn: Execution | null, open: OpenRequest): void => log.info('executions.permission_asked', asked(turn, open)),
    answered(turn: Execution | null, open: OpenRequest, status: string, by: { userId: string; trace: string | null }): void {
      const waitedMs = clock.now() - open.openedAt
      metrics?.histogram('ensemble_permission_wait_seconds').observe(waitedMs / 1_000)
      log.info('executions.permission_answered', { ...asked(turn, open), status, user_id: by.userId, answer_trace_id: by.trace, waited_ms: waitedMs })
    },
    /** `failure`: why, in the words of Claude or the relay. */
    ended(turn: Execution, failure: { code: string; message: string } | null): void {
      const tookMs = (turn.endedAt ?? clock.now()) - (turn.startedAt ?? turn.createdAt)
      metrics?.add('ensemble_turns_total', 1, { outcome: turn.status })
      metrics?.histogram('ensemble_turn_seconds').observe(tookMs / 1_000)
      // The card of the failed turn shows this id, so that it is found here.
      if (failure) log.warn('executions.turn_failed', { ...about(turn), ...failure })
      log.info('executions.turn_ended', { ...about(turn), outcome: turn.status, reason: turn.reason, ms: tookMs })
    },
  }
}
