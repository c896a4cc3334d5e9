// What a session's Claude tells besides facts: turns begin and end, it asks, its process goes. Decisions in the session's lane.
import type { ClaudeListener } from '../claude/claude.ts'
import type { Dependencies } from './dependencies.ts'
import { createFactEvents } from './fact-events.ts'
import type { LateAnswers } from './late-answers.ts'
import type { Permissions } from './permissions.ts'
import type { SessionRun } from './session-run.ts'
import { createTurnFacts } from './turn-facts.ts'
import type { Turns } from './turns.ts'

export type Listening = { listener: ClaudeListener; settled(): Promise<void> }

export function createClaudeListener(deps: Dependencies, run: SessionRun, turns: Turns, permissions: Permissions, late: LateAnswers): Listening {
  const events = createFactEvents(deps, run)
  const turnFacts = createTurnFacts(deps, run, turns, permissions, late)

  const listener: ClaudeListener = {
    fact: events.fact,
    turnBegan({ promptIds }) {
      const begins = turnFacts.recognise(promptIds)
      events.turnBegan(begins.executionId)
      events.work(() => turnFacts.began(begins))
    },
    promptTaken(promptId) {
      const executionId = events.current()
      events.work(() => turnFacts.taken(promptId, executionId))
    },
    turnEnded(outcome) {
      const executionId = events.current()
      events.work(async () => {
        await events.keepNamed()
        await turnFacts.ended(executionId, outcome)
      })
    },
    conversation(conversationId, cleared) {
      events.named({ conversationId, forkPending: null })
      if (cleared) events.work(() => turnFacts.cleared())
    },
    modeChanged: (mode) => events.work(() => turnFacts.modeChanged(mode)),
    permission: (question, gone) =>
      new Promise((settle) => {
        const executionId = events.ownerOf(question.parentToolUseId) ?? deps.newId()
        events.work(() => permissions.open(question, executionId, gone, settle))
      }),
    ended(end) {
      // From this moment on nobody hears an answer: it has to go the way of those whose process is gone.
      permissions.forget()
      events.named(null)
      const working = run.live?.stage === 'taken' ? run.live : null
      if (end.cause === 'parked' && working && !working.ending) working.stage = 'parked'
      if (end.duringTurn) deps.log.info('executions.process_gone', { trace_id: run.live?.trace, sessionId: run.sessionId, cause: end.cause })
      const executionId = events.current()
      events.work(() => turnFacts.gone(end, working, executionId))
    },
  }
  return { listener, settled: events.settled }
}
