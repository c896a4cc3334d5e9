// A commit that is being put together: statements and events of one change, published at once or not at all.
import { sessionChannel, type KEPT, type Log } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { commitOrRefuse, type Channels, type Part } from '../channels/channels.ts'
import { StorageError, type Statement } from '../storage/storage.ts'

export type Draft = Part & {
  readonly sessionId: string
  add(...statements: Statement[]): Draft
  /** An event of the session; with an execution it is numbered in that task as well. */
  tell(type: keyof typeof KEPT, data: object, executionId?: string | null): Draft
  /** An event in another channel. */
  tellIn(channel: string, type: keyof typeof KEPT, data: object): Draft
  /** A line of the session's log; with an execution it belongs to that one. */
  log(code: NonNullable<Log['code']>, text: string, more?: { args?: Log['args']; level?: Log['level']; source?: Log['source']; execution?: string | null }): Draft
  include(part: Part): Draft
}

export function createDraft(sessionId: string): Draft {
  const draft: Draft = {
    sessionId,
    statements: [],
    events: [],
    add(...statements) {
      draft.statements.push(...statements)
      return draft
    },
    tell(type, data, executionId) {
      draft.events.push({ channel: sessionChannel(sessionId), type, data, ...(executionId ? { task: executionId } : {}) })
      return draft
    },
    tellIn(channel, type, data) {
      draft.events.push({ channel, type, data })
      return draft
    },
    log: (code, text, { args, level = 'info', source = 'relay', execution } = {}) =>
      draft.tell('log', { session_id: sessionId, ...(execution && { execution_id: execution }), level, source, code, ...(args && { args }), text }, execution),
    include({ statements, events }) {
      draft.statements.push(...statements)
      draft.events.push(...events)
      return draft
    },
  }
  return draft
}

type Answering = { asked: Asked; result: object } | null

/**
 * Resolves when it is committed. Throws a refusal where rows say otherwise, and a StorageError as it is: what people are told of it, the doors know.
 * `committed` is called before anybody hears of it: who hears an event and then asks must not be told the state before it.
 */
export async function publishDraft(channels: Pick<Channels, 'publish'>, draft: Part, answering: Answering, committed: () => void): Promise<void> {
  const kept = answering?.asked.answering(answering.result)
  await commitOrRefuse(channels, {
    statements: draft.statements,
    events: draft.events,
    ...(kept?.answer && { answer: kept.answer }),
    committed(commit) {
      kept?.committed(commit)
      committed()
    },
  })
}

/** A full disk or a lock: the same commit may work later. */
export const isPassing = (error: unknown): boolean => error instanceof StorageError && (error.code === 'full' || error.code === 'locked')
