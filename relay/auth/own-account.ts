// What people do with their own account: the password, and the devices that are signed in or to be.
import { Refused, type OwnSignIns } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { endOthersOf, setPasswordHash } from './account-rows.ts'
import type { AuditBy } from './audit.ts'
import type { Identity } from './identity.ts'
import { keepWith, type Keep } from './keep.ts'
import type { Passwords } from './passwords.ts'
import { codeLifeMs, type SignIn } from './sign-in.ts'
import { commitWhile } from './still.ts'
import type { Throttle } from './throttle.ts'
import { sourceOf } from './user-names.ts'

const maxShown = 200

export type OwnAccount = {
  /**
   * Ends every other sign-in of the user. Who has no password yet sets the first one without an old: a signed-in browser
   * could add a device as well, so asking for more would protect nothing. FORBIDDEN with `details.reason` wrong_password.
   */
  setPassword(who: Identity, request: { old: string | null; new: string }): Promise<void>
  signIns(who: Identity): Promise<OwnSignIns>
  endSignIn(keep: Keep, sid: string): Promise<object>
  endOthers(keep: Keep): Promise<object>
  /** A code that signs in another device of theirs, once; it ends with this sign-in. */
  addDevice(who: Identity): Promise<{ code: string; expiresAt: number }>
}

type Row = { sid: string; kind: 'access' | 'cli'; agent: string | null; address: string | null; created_at: number; expires_at: number; seen_at: number }

const listSql = `SELECT s.sid, s.kind, s.agent, s.address, s.created_at, s.expires_at, COALESCE((SELECT MAX(r.issued_at) FROM refresh_tokens r WHERE r.sid = s.sid), s.created_at) AS seen_at
  FROM sign_ins s WHERE s.user_id = ? AND s.kind <> 'api' AND s.revoked_at IS NULL AND s.expires_at > ? ORDER BY seen_at DESC LIMIT ${maxShown}`

export function createOwnAccount(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  passwords: Passwords
  throttle: Throttle
  audit: AuditBy
  attemptsPerMinute: number
  createCode: SignIn['createCode']
  changed: (userIds: readonly string[]) => void
}): OwnAccount {
  const { storage, clock, passwords, throttle, audit, attemptsPerMinute, createCode, changed } = dependencies

  async function hashNow(userId: string): Promise<string | null> {
    const [row] = await storage.query<{ password_hash: string | null }>('SELECT password_hash FROM users WHERE id = ?', [userId])
    return row?.password_hash ?? null
  }

  return {
    async setPassword(who, request) {
      if (who.kind !== 'access') throw new Refused('FORBIDDEN', 'only a signed-in browser changes the password')
      const key = `password of ${who.userId}`
      throttle.check(key, attemptsPerMinute)
      throttle.count(key, attemptsPerMinute)
      const before = await hashNow(who.userId)
      if (before !== null && !(await passwords.verify(request.old ?? '', before))) {
        await storage.commit({ statements: [audit(who, 'password_change_failed', {})] })
        throw new Refused('FORBIDDEN', 'the old password is wrong', { details: { reason: 'wrong_password', tries_left: throttle.left(key, attemptsPerMinute) } })
      }
      const hash = await passwords.hash(request.new)
      // Of two changes at once the second finds another old one.
      const statements = [setPasswordHash(who.userId, hash, before), ...endOthersOf(who.userId, who.sid, clock.now()), raiseVersion, audit(who, 'password_changed', { first: before === null })]
      if (!(await commitWhile(storage, who, statements))) throw new Refused('CONFLICT', 'the password was changed a moment ago')
      changed([who.userId])
    },
    async signIns(who) {
      const rows = await storage.query<Row>(listSql, [who.userId, clock.now()])
      const sign_ins = rows.map(({ created_at, expires_at, seen_at, ...row }) => ({ ...row, created_at: Number(created_at), expires_at: Number(expires_at), seen_at: Number(seen_at), current: row.sid === who.sid }))
      return { sign_ins, has_password: (await hashNow(who.userId)) !== null, source: sourceOf(who.userId) }
    },
    async endSignIn(keep, sid) {
      const { who } = keep
      const end = { sql: "UPDATE sign_ins SET revoked_at = ? WHERE sid = ? AND user_id = ? AND kind <> 'api' AND revoked_at IS NULL", params: [clock.now(), sid, who.userId], changes: 1 }
      if (!(await keepWith(storage, keep, [end, raiseVersion, audit(who, 'sign_in_ended', { sid })], {}))) throw new Refused('NOT_FOUND', 'not found')
      changed([who.userId])
      return {}
    },
    async endOthers(keep) {
      const { who } = keep
      await keepWith(storage, keep, [...endOthersOf(who.userId, who.sid, clock.now()), raiseVersion, audit(who, 'sign_ins_ended', {})], {})
      changed([who.userId])
      return {}
    },
    async addDevice(who) {
      // A token made for a script, perhaps a weaker one, must not grow into a whole sign-in; one of an identity provider must not outlive the account there.
      if (who.kind !== 'access') throw new Refused('FORBIDDEN', 'only a signed-in browser can add a device')
      const code = await createCode(who.userId, { loopbackOnly: false, by: who.sid }, [audit(who, 'device_link_made', {})])
      return { code, expiresAt: clock.now() + codeLifeMs }
    },
  }
}
