// The ways in: name and password, a one-time code, the token of an identity provider, the refresh cookie. Everything a guesser could try is slowed down here.
import { Refused, type GlobalRole, type UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import { createLines } from '../line.ts'
import { networkOf } from '../network-of.ts'
import { createBuckets } from '../rate-limits.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { insertCode, setPasswordHash } from './account-rows.ts'
import { auditRow } from './audit.ts'
import { createFailedSignIns } from './failed-sign-ins.ts'
import type { createForeignTokens } from './foreign-tokens.ts'
import type { Caller, Identity } from './identity.ts'
import { crowded, type Passwords } from './passwords.ts'
import { lowerRole, type createRights } from './rights.ts'
import { hashOf, type FirstGrant, type Grant, type SignIns } from './sign-ins.ts'
import type { Throttle } from './throttle.ts'
import { nameKey } from './user-names.ts'

export const codeLifeMs = 15 * 60_000
/** So many times as often as a name from one place: any names from there before they are hashed one by one, and one name behind all of a tunnel. */
const crowd = 10
/** How many of a crowd wait for the one before them: some seconds at most, and longer than a few guessers can fill. */
const maxWaiting = 100

/** So many minutes' worth of attempts one person may be right at once: what was right once is so as often as it is shown, and each time costs a hash, or begins another sign-in. */
const rightAtOnce = 4

export type SignIn = {
  /** Throws UNAUTHORIZED, or RATE_LIMITED with `details.locked_until`. */
  byPassword(request: { username: string; password: string }, from: Caller): Promise<FirstGrant>
  /**
   * A single-use code. Throws UNAUTHORIZED, also for a loopback code from elsewhere (which is not used up then). `instead`: whose place
   * it would take; throws CONFLICT, and is not used up, when it is of another user.
   */
  byCode(code: string, from: Caller, instead?: string | null): Promise<FirstGrant>
  /** A token of the identity provider begins a sign-in that ends with it. Throws UNAUTHORIZED for every other token, RATE_LIMITED when a person comes too often; `instead` as with a code. */
  byToken(token: string, from: Caller, instead?: string | null): Promise<FirstGrant>
  /** Rotates, for both halves together only. The previous token yields the same successor for 60 s; later reuse ends the whole sign-in. RATE_LIMITED uses nothing up. */
  refresh(refreshToken: string, pageKey: string, from: Caller): Promise<Grant>
  /** Ends the sign-in that the identity belongs to. */
  logout(who: Identity): Promise<void>
  /** A code of 15 minutes for a user. `by`: the sign-in that makes it, and that it ends with. `also`: in the same commit. */
  createCode(userId: string, options: { loopbackOnly: boolean; by?: string }, also?: Statement[]): Promise<string>
}

type UserRow = { id: string; name: string; role: GlobalRole; password_hash: string | null }
type CodeRow = { user_id: string; name: string; role: GlobalRole; loopback_only: number }

const useCodeSql = `UPDATE sign_in_codes SET used_at = ? WHERE hash = ? AND used_at IS NULL
  AND (made_by IS NULL OR EXISTS (SELECT 1 FROM sign_ins s WHERE s.sid = made_by AND s.revoked_at IS NULL))`

/** Nobody's place is taken unasked. */
function refuseOther(userId: string, instead: string | null): void {
  if (instead !== null && userId !== instead) throw new Refused('CONFLICT', 'this is another user', { details: { reason: 'other_user' } })
}

const tooOften = (retryAfterMs: number) => new Refused('RATE_LIMITED', 'too many sign-ins of one person', { retryAfterMs })
const wrong = (message: string, more: object = {}) => new Refused('UNAUTHORIZED', message, { details: { reason: 'wrong', ...more } })

export function createSignIn(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  passwords: Passwords
  throttle: Throttle
  signIns: SignIns
  signInOf: ReturnType<typeof createRights>['signInOf']
  /** Null without an identity provider. */
  admitForeign: ReturnType<typeof createForeignTokens> | null
  attemptsPerMinute: number
  newSecret: () => string
}): SignIn {
  const { storage, clock, passwords, throttle, signIns, signInOf, admitForeign, attemptsPerMinute, newSecret } = dependencies

  const sameAgain = { size: attemptsPerMinute * rightAtOnce, perSecond: attemptsPerMinute / 60 }
  const fromAnywhere = { size: sameAgain.size * crowd, perSecond: sameAgain.perSecond * crowd }
  const failed = createFailedSignIns({ storage, clock })
  const take = createBuckets(clock)
  const crowds = createLines({ atOnce: 1, maxWaiting, full: crowded })

  async function byPassword({ username, password }: { username: string; password: string }, from: Caller) {
    const key = nameKey(username)
    // Whoever comes through a tunnel has a loopback address as well, and must not lock out the person at this machine.
    const peer = `${networkOf(from.address)} ${from.local === true ? 'here' : 'elsewhere'}`
    const place = from.hop ? `${peer} by ${networkOf(from.hop)}` : peer
    const both = `${place} ${key}`
    // Where there is no tunnel, whoever says so may have made the hop up: a name has its bound all the same.
    const overAll = `all of ${peer} ${key}`
    const counted = [[both, attemptsPerMinute], [overAll, attemptsPerMinute * crowd], [place, attemptsPerMinute * crowd]] as const
    throttle.check(both, attemptsPerMinute)
    throttle.check(overAll, attemptsPerMinute * crowd)
    // A flood costs no more than this look while its line is full, and counts for nobody.
    if (crowds.isFull(place)) throw crowded()
    // Only what was right is taken out of these: whoever guesses keeps nobody out.
    const right = [[`right ${both}`, sameAgain], [`right ${key}`, fromAnywhere]] as const
    const waitMs = Math.max(...right.map(([name, size]) => take(name, size, 0, 1)))
    if (waitMs > 0) throw tooOften(waitMs)
    // Counted before the hash: attempts that run side by side must not all slip through.
    const at = clock.now()
    for (const each of counted) throttle.count(...each)
    const [row] = await storage.query<UserRow>('SELECT id, name, role, password_hash FROM users WHERE name_key = ? AND deleted_at IS NULL', [key])
    const verify = () => passwords.verify(password, row?.password_hash ?? null)
    // Many names from one place may be an attack or a whole office: nobody is locked out by the others, but they stand in line.
    const trying = throttle.isOver(place, attemptsPerMinute * crowd) ? crowds.run(place, verify) : verify()
    const isRight = await trying.catch((error: unknown) => {
      // What found no place in line was never tried, so others who fill it use up nobody's own attempts.
      if (error instanceof Refused && error.code === 'BUSY') for (const each of [both, overAll]) throttle.takeBack(each, at)
      throw error
    })
    const user: UserCard | null = row ? { id: row.id, name: row.name, role: row.role } : null
    if (!user || !isRight) {
      await failed(user, 'password', from)
      throw wrong('wrong name or password', { tries_left: throttle.left(both, attemptsPerMinute) })
    }
    for (const [name, size] of right) take(name, size)
    // It may have stood in line for long: the hash must still be the one that it was found right by.
    const unchanged = setPasswordHash(user.id, row!.password_hash, row!.password_hash)
    const grant = await signIns.begin(user, from, 'password', [unchanged])
    if (!grant) throw wrong('wrong name or password')
    throttle.clear(both)
    return grant
  }

  async function byCode(code: string, from: Caller, instead: string | null = null) {
    const now = clock.now()
    const hash = hashOf(code.trim())
    const [row] = await storage.query<CodeRow>(
      `SELECT c.user_id, u.name, u.role, c.loopback_only FROM sign_in_codes c JOIN users u ON u.id = c.user_id
        WHERE c.hash = ? AND c.used_at IS NULL AND c.expires_at > ? AND u.deleted_at IS NULL`,
      [hash, now],
    )
    const elsewhere = row?.loopback_only === 1 && from.local !== true
    if (row && !elsewhere) refuseOther(row.user_id, instead)
    const use = { sql: useCodeSql, params: [now, hash], changes: 1 }
    const grant = row && !elsewhere ? await signIns.begin({ id: row.user_id, name: row.name, role: row.role }, from, 'code', [use]) : null
    // A right code has 256 bits behind it: guesses of others never keep it out.
    if (grant) return grant
    await guessed('code', from)
    throw wrong('this code is used, expired or wrong')
  }

  /** Guesses from one place are slowed down, whatever is guessed. */
  async function guessed(method: 'code' | 'token', from: Caller): Promise<void> {
    const key = `${networkOf(from.address)} ${method}`
    throttle.check(key, attemptsPerMinute)
    throttle.count(key, attemptsPerMinute)
    await failed(null, method, from)
  }

  async function byToken(token: string, from: Caller, instead: string | null = null) {
    const { userId, sid, endsAt, user } = await admit(token, from).catch(async (error: unknown) => {
      // A provider that is away is nobody's guess.
      if (error instanceof Refused && error.code === 'UNAUTHORIZED') await guessed('token', from)
      throw error
    })
    refuseOther(userId, instead)
    const waitMs = take(userId, sameAgain)
    if (waitMs > 0) throw tooOften(waitMs)
    // Ended meanwhile, it begins nothing.
    const counts: Statement = { sql: 'UPDATE sign_ins SET kind = kind WHERE sid = ? AND user_id = ? AND revoked_at IS NULL', params: [sid, userId], changes: 1 }
    const grant = await signIns.begin(user, from, 'identity_provider', [counts], endsAt)
    if (!grant) throw wrong('this token was ended')
    return grant
  }

  /** Whose token of the provider it is; the relay's own begin no sign-in, which would outlive them. */
  async function admit(token: string, from: Caller): Promise<{ userId: string; sid: string; endsAt: number; user: UserCard }> {
    if (admitForeign === null) throw wrong('this relay knows no identity provider')
    const { userId, sid, exp } = await admitForeign(token, from)
    const { name, role, role_cap } = await signInOf(sid, userId)
    return { userId, sid, endsAt: exp * 1000, user: { id: userId, name, role: lowerRole(role, role_cap) } }
  }

  return {
    byPassword,
    byCode,
    byToken,
    refresh: signIns.refresh,
    async logout(who) {
      const row = auditRow({ at: clock.now(), userId: who.userId, username: who.name, action: 'sign_out', detail: {}, from: who })
      await signIns.end(who.sid, who.userId, [row])
    },
    async createCode(userId, { loopbackOnly, by }, also = []) {
      const code = newSecret()
      await storage.commit({
        statements: [insertCode(hashOf(code), userId, loopbackOnly, clock.now() + codeLifeMs, by), ...also],
      })
      return code
    },
  }
}
