// What must hold when a commit comes, not only when its asker was let in: hashing a password takes its time.
import { Refused } from '#protocol'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Identity } from './identity.ts'

const stillSignedIn = ({ sid }: Pick<Identity, 'sid'>): Statement => ({ sql: 'UPDATE sign_ins SET revoked_at = NULL WHERE sid = ? AND revoked_at IS NULL', params: [sid], changes: 1 })

const stillAdmin = ({ userId }: Pick<Identity, 'userId'>): Statement => ({ sql: "UPDATE users SET role = 'admin' WHERE id = ? AND role = 'admin' AND deleted_at IS NULL", params: [userId], changes: 1 })

/** False when one of the statements did not change what it had to. Throws UNAUTHORIZED when the asker was signed out meanwhile, FORBIDDEN when they are no admin any more. */
export async function commitWhile(storage: Pick<Storage, 'commit'>, who: Identity, statements: Statement[], { admin = false } = {}): Promise<boolean> {
  const conditions = [stillSignedIn(who), ...(admin ? [stillAdmin(who)] : [])]
  const commit = await storage.commit({ statements: [...conditions, ...statements] })
  if (commit.outcome !== 'refused') return true
  if (commit.statement === 0) throw new Refused('UNAUTHORIZED', 'this sign-in is over', { details: { reason: 'revoked' } })
  if (commit.statement < conditions.length) throw new Refused('FORBIDDEN', 'your role does not allow this')
  return false
}
