// DOOR. Once means once: the answer to a command is kept in the commit of its effect, for seven days,
// under (user, id). One table for WebSocket ids and REST's Idempotency-Key.
import { Refused } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { CommitResult, KeptAnswer, Storage } from '../storage/storage.ts'
import { hashOf } from './command-hash.ts'
import { isOfTheToken, readAnswer, reused, rowOf, type Answer, type AnswerKey } from './kept-answers.ts'

export type { Answer } from './kept-answers.ts'
export { storageRefusal } from './storage-refusal.ts'

/** What a service is handed with every change: who asks, how to answer in the tick of the commit, and what the log has the request under. */
export type Asked = {
  who: Identity
  trace?: string
  /** Spread into `channels.publish`: keeps the answer in the commit and sends it before the commit's events. `repeated`: what repeats are told, where that is less. */
  answering(result: object, repeated?: object): { answer?: KeptAnswer; committed: (result: CommitResult) => void }
}

/** For what keeps its own promise of once: nobody waits for the answer in the tick of its commit. */
export const unanswered = (who: Identity, trace?: string): Asked => ({ who, trace, answering: () => ({ committed: () => undefined }) })

/** `fresh`: made just now, under the rights of now; otherwise it is an answer of the past, which allows nothing any more. */
export type Tell = (answer: Answer, fresh: boolean) => void

export type Request = { id: string | null; body: unknown }
export type Answers = ReturnType<typeof createAnswers>

export function createAnswers({ storage, clock }: { storage: Storage; clock: Clock }) {
  const running = new Map<string, { hash: string; answer: Promise<Answer> }>()

  /**
   * Runs a change at most once per (user, id): what was answered before, or is being answered, is not run again. `tell` is
   * called exactly once, as soon as the answer stands: in the tick of the commit, before its events. Refusals to be
   * retried, those of the token alone, and bugs, are thrown and not kept.
   */
  async function once(who: Identity, { id, body }: Request, tell: Tell, run: (asked: Asked) => Promise<object>): Promise<void> {
    if (id === null) return void (await perform(who, null, tell, run))
    const key = { userId: who.userId, id, hash: hashOf(body) }
    const place = `${key.userId}\n${id}`
    const ahead = running.get(place)
    if (ahead && ahead.hash !== key.hash) throw reused()
    if (ahead) return tell(await ahead.answer, false)
    const answer = knownOrMade(who, key, tell, run)
    running.set(place, { hash: key.hash, answer })
    try {
      await answer
    } finally {
      running.delete(place)
    }
  }

  async function knownOrMade(who: Identity, key: AnswerKey, tell: Tell, run: (asked: Asked) => Promise<object>): Promise<Answer> {
    const known = await readAnswer(storage, key)
    if (!known) return perform(who, key, tell, run)
    tell(known, false)
    return known
  }

  /** Resolves to what whoever asks again is told. */
  async function perform(who: Identity, key: AnswerKey | null, tell: Tell, run: (asked: Asked) => Promise<object>): Promise<Answer> {
    let again: Answer | null = null
    const asked: Asked = {
      who,
      answering(result, repeated = result) {
        const answer: Answer = { outcome: 'success', result }
        const committed = (commit: CommitResult) => {
          if (commit.outcome !== 'committed' || again) return
          again = { outcome: 'success', result: repeated }
          tell(answer, true)
        }
        return { answer: key ? rowOf(key, { ...answer, result: repeated }, clock.now()) : undefined, committed }
      },
    }
    const settle = async (answer: Answer): Promise<Answer> => {
      if (key) await storage.commit({ answer: rowOf(key, answer, clock.now()) })
      tell(answer, true)
      return answer
    }
    try {
      const result = await run(asked)
      return again ?? (await settle({ outcome: 'success', result }))
    } catch (error) {
      if (!(error instanceof Refused) || error.options.retryAfterMs !== undefined || isOfTheToken(error) || again) throw error
      return settle({ outcome: 'error', result: { code: error.code, message: error.message, details: error.options.details } })
    }
  }

  return { once }
}
