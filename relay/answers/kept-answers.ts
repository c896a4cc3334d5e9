// The rows of answers: what was answered under an id, and the row that keeps an answer.
import { Refused, type ErrorCode } from '#protocol'
import type { KeptAnswer, Storage } from '../storage/storage.ts'

export type Answer =
  | { outcome: 'success'; result: object }
  | { outcome: 'error'; result: { code: ErrorCode; message: string; details?: unknown } }

/** Whose answer it is, under which id, and to which command: the same id with another hash is refused. */
export type AnswerKey = { userId: string; id: string; hash: string }

export const rowOf = (key: AnswerKey, { outcome, result }: Answer, at: number): KeptAnswer => ({ ...key, outcome, result: JSON.stringify(result), at })

export async function readAnswer(storage: Pick<Storage, 'query'>, { userId, id, hash }: AnswerKey): Promise<Answer | null> {
  const [row] = await storage.query<{ hash: string; outcome: 'success' | 'error'; result: string }>(
    'SELECT hash, outcome, result FROM answers WHERE user_id = ? AND id = ?',
    [userId, id],
  )
  if (!row) return null
  if (row.hash !== hash) throw reused()
  return { outcome: row.outcome, result: JSON.parse(row.result) } as Answer
}

export const reused = () => new Refused('ID_REUSED', 'this id was used for another command')

/** It says nothing about the user, who may ask with a better token. */
export const isOfTheToken = ({ code, options }: Refused): boolean => code === 'UNAUTHORIZED' || (options.details as { reason?: unknown } | undefined)?.reason === 'scope'
