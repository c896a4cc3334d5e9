// DOOR. Once means once: the answer to a command is kept in the commit of its effect, for seven days,
// under (user, id). One table for WebSocket ids and REST's Idempotency-Key.
import { Refused, type ErrorCode } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import { StorageError, type CommitResult, type KeptAnswer, type Storage } from '../storage/storage.ts'
import { hashOf } from './command-hash.ts'

export type Answer = { outcome: 'success'; result: object } | { outcome: 'error'; result: { code: ErrorCode; message: string; details?: unknown } }

/** What a service is handed with every change: who asks, and how to answer in the tick of the commit. */
export type Asked = {
  who: Identity
  /** Spread into `channels.publish`: keeps the answer in the commit and sends it before the commit's events. */
  answering(result: object): { answer?: KeptAnswer; committed: (result: CommitResult) => void }
}

/** `fresh`: made just now, under the rights of now; otherwise it is an answer of the past, which allows nothing any more. */
export type Tell = (answer: Answer, fresh: boolean) => void

export type Request = { id: string | null; body: unknown }
export type Answers = ReturnType<typeof createAnswers>

export function createAnswers(dependencies: { storage: Storage; clock: Clock }) {
  const { storage, clock } = dependencies
  const running = new Map<string, { hash: string; answer: Promise<Answer> }>()

  /**
   * Runs a change at most once per (user, id): what was answered before, or is being answered, is not run again. `tell` is
   * called exactly once, as soon as the answer stands: in the tick of the commit, before its events. Refusals to be
   * retried, and bugs, are thrown and not kept.
   */
  async function once(who: Identity, request: Request, tell: Tell, run: (asked: Asked) => Promise<object>): Promise<void> {
    if (request.id === null) return perform(who, null, tell, run).then(() => undefined)
    const id = request.id
    const key = `${who.userId}\n${id}`
    const hash = hashOf(request.body)
    const ahead = running.get(key)
    if (ahead && ahead.hash !== hash) throw reused()
    if (ahead) return tell(await ahead.answer, false)

    let told = false
    const tellOnce: Tell = (answer, fresh) => {
      if (!told) tell(answer, fresh)
      told = true
    }
    const answer = kept(who.userId, id, hash).then((known) => known ?? perform(who, { id, hash }, tellOnce, run))
    running.set(key, { hash, answer })
    try {
      tellOnce(await answer, false)
    } finally {
      running.delete(key)
    }
  }

  async function perform(
    who: Identity,
    key: { id: string; hash: string } | null,
    tell: Tell,
    run: (asked: Asked) => Promise<object>,
  ): Promise<Answer> {
    let answered: Answer | null = null
    const row = (answer: Answer): KeptAnswer | undefined =>
      key ? { userId: who.userId, id: key.id, hash: key.hash, outcome: answer.outcome, result: JSON.stringify(answer.result), at: clock.now() } : undefined
    const asked: Asked = {
      who,
      answering: (result) => ({
        answer: row({ outcome: 'success', result }),
        committed: (commit) => {
          if (commit.outcome !== 'committed' || answered) return
          answered = { outcome: 'success', result }
          tell(answered, true)
        },
      }),
    }
    const settle = async (answer: Answer): Promise<Answer> => {
      const answerRow = row(answer)
      if (answerRow) await storage.commit({ answer: answerRow })
      tell(answer, true)
      return answer
    }
    try {
      const result = await run(asked)
      return answered ?? (await settle({ outcome: 'success', result }))
    } catch (problem) {
      const error = inWords(problem)
      if (!(error instanceof Refused) || error.options.retryAfterMs !== undefined || answered) throw error
      return settle({ outcome: 'error', result: { code: error.code, message: error.message, details: error.options.details } })
    }
  }

  async function kept(userId: string, id: string, hash: string): Promise<Answer | null> {
    const [row] = await storage.query<{ hash: string; outcome: 'success' | 'error'; result: string }>(
      'SELECT hash, outcome, result FROM answers WHERE user_id = ? AND id = ?',
      [userId, id],
    )
    if (!row) return null
    if (row.hash !== hash) throw reused()
    return { outcome: row.outcome, result: JSON.parse(row.result) } as Answer
  }

  return { once }
}

/** No room and a held lock pass: whoever asked may ask again, nothing was changed. */
function inWords(problem: unknown): unknown {
  if (!(problem instanceof StorageError)) return problem
  if (problem.code === 'full') return new Refused('BUSY', 'no room on the disk of the relay; nothing was changed', { retryAfterMs: 5_000 })
  return problem.code === 'locked' ? new Refused('BUSY', 'the database is held by another program; nothing was changed', { retryAfterMs: 1_000 }) : problem
}

const reused = () => new Refused('ID_REUSED', 'this id was used for another command')
