// DOOR of auth: who is asking, what they may do, how they come in. Every call is decided by the rights of that moment.
import type { AuditAction, RelayAction, SessionAction, SessionRole, UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { createAccountChanges } from './account-changes.ts'
import { createAccounts, type Accounts } from './accounts.ts'
import { createAdminActs } from './admin-acts.ts'
import { createApiTokens, type ApiTokens } from './api-tokens.ts'
import { createAuditLog, type AuditLog } from './audit-log.ts'
import { auditRowOf, type AuditBy } from './audit.ts'
import { createFileTickets, type FileTickets } from './file-tickets.ts'
import { createForeignTokens } from './foreign-tokens.ts'
import { createIdentify } from './identify.ts'
import type { Caller, Identity } from './identity.ts'
import { createLinkAccess, type LinkAccess } from './link-access.ts'
import { createPasswords, type HashCost } from './passwords.ts'
import { createOwnAccount, type OwnAccount } from './own-account.ts'
import { createRights } from './rights.ts'
import { deriveKey } from './secret.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createSignIns } from './sign-ins.ts'
import { createThrottle } from './throttle.ts'
import { createTokens } from './tokens.ts'
import { createUsers, type Users } from './users.ts'

export type { Account } from './accounts.ts'
export type { Caller, Identity } from './identity.ts'
export type { HashCost } from './passwords.ts'
export { linkReader } from './link-rights.ts'
export { refuseOutOfScope } from './rights.ts'
export { keepRemoved } from './account-rows.ts'
export { consoleRow } from './audit.ts'
export { belongsToWorkspace } from './workspace-members.ts'
export type { FirstGrant, Grant } from './sign-ins.ts'

export type Auth = {
  /** Checks a token against the database. Throws `Refused` UNAUTHORIZED. */
  identify(token: string, from: Caller): Promise<Identity>
  /** Who has this sign-in, without a token and without where they are: for what they have begun and the relay ends by itself. Throws UNAUTHORIZED when it is over. */
  ofSignIn(sid: string, userId: string): Promise<Identity>
  /** The same identity as it is now: for live sockets after `watch`. Throws UNAUTHORIZED when it is over. */
  recheck(who: Identity): Promise<Identity>
  /**
   * The asker's role in the session if it allows the action. Throws NOT_FOUND (no session or no role: indistinguishable),
   * FORBIDDEN (a role that is too low), UNAUTHORIZED (revoked meanwhile). `own`: the thing acted upon is the asker's.
   * `trashed`: a deleted session counts as well. What is read or done by the right of an admin alone is noted in the audit first.
   */
  may(who: Identity, action: SessionAction, sessionId: string, options?: { own?: boolean; trashed?: boolean }): Promise<SessionRole>
  /** The asker's role in a session that is there for them, NOT_FOUND otherwise; whatever their token is for: `may` decides the rest. */
  sees(who: Identity, sessionId: string): Promise<SessionRole>
  /** The asker's role in a session, null for none or no such session. */
  standing(who: Identity, sessionId: string): Promise<SessionRole | null>
  /** Whether a user has a row of their own in a session that is there, and was not removed. */
  isParticipant(userId: string, sessionId: string): Promise<boolean>
  /** Whether somebody who is not here could read the session now, or could before it went to the trash. */
  mayRead(userId: string, sessionId: string): Promise<boolean>
  /** Throws like `may`. Without `workspaceId` the default workspace is meant. */
  mayRelay(who: Identity, action: RelayAction, workspaceId?: string | null): Promise<void>
  /**
   * Calls within a second of a change of accounts, sign-ins or roles; `userIds` null: it could be anybody's.
   * Returns how to stop.
   */
  watch(onChange: (userIds: readonly string[] | null) => void): () => void
  /** Says that rights of these users were changed in this process: watchers hear it at once. */
  changed(userIds: readonly string[]): void
  /** A row of the audit for the commit of what it tells of. */
  audit(who: Identity, action: AuditAction, detail: object, sessionId?: string | null): Statement
  /** Whether people of an identity provider come in. */
  hasProvider: boolean
  /** Users whose name contains `q`, best match first, at most 20. */
  people(q: string): Promise<UserCard[]>
  signIn: SignIn
  /** The way in by a share link. */
  links: LinkAccess
  /** The way to one file without a header. */
  tickets: FileTickets
  accounts: Accounts
  apiTokens: ApiTokens
  /** For admins: whoever calls has asked `manage_users`. */
  users: Users
  /** A person's own password and devices. */
  own: OwnAccount
  auditLog: AuditLog
  stop(): void
}

const forgetEveryMs = 3_600_000

export function createAuth(dependencies: {
  storage: Storage
  clock: Clock
  log: Log
  /** From `readSecret`. */
  secret: Uint8Array
  issuer: string
  audience: string
  /** Of an identity provider whose tokens are accepted beside the relay's own. */
  jwksUrl?: string | null
  signInsPerMinute: number
  newId: () => string
  /** 32 random bytes as text, see secret.ts. */
  newSecret: () => string
  /** Of a password; dear unless given. */
  hashCost?: HashCost | undefined
}): Auth {
  const { storage, clock, log, secret, issuer, audience, jwksUrl, signInsPerMinute, newId, newSecret, hashCost } = dependencies
  const rights = createRights({ storage, clock, noteAdminAct: createAdminActs({ storage, clock }) })
  const changes = createAccountChanges({ storage, clock, log, forget: rights.forget })
  const changed = (userIds: readonly string[]) => changes.tell(userIds)
  const tokens = createTokens({ key: secret, issuer, audience, clock, newId })
  const admitForeign = jwksUrl ? createForeignTokens({ jwksUrl, issuer, audience, storage, clock, log, changed }) : null
  const passwords = createPasswords({ newSecret, cost: hashCost })
  const signIns = createSignIns({ storage, clock, tokens, refreshKey: deriveKey(secret, 'refresh'), newId, newSecret, revoked: changed })
  const throttle = createThrottle({ clock })
  const signIn = createSignIn({ storage, clock, passwords, throttle, signIns, signInOf: rights.signInOf, admitForeign, attemptsPerMinute: signInsPerMinute, newSecret })
  const links = createLinkAccess({ storage, clock, tokens, throttle, links: rights.links, attemptsPerMinute: signInsPerMinute, newSecret })
  const { people, ...accounts } = createAccounts({ storage, clock, passwords, tokens, newId, changed })
  const audit: AuditBy = (who, action, detail, sessionId = null) => auditRowOf(who, clock.now(), action, detail, sessionId)
  const apiTokens = createApiTokens({ storage, clock, log, audit, mayRelay: rights.mayRelay, newId, newSecret, changed })
  const identified = createIdentify({ clock, tokens, apiTokens, rights, admitForeign })
  const forgetting = clock.every(() => void signIns.forgetOld().catch((error) => log.warn('old sign-ins could not be removed', { error })), forgetEveryMs)

  return {
    ...identified,
    may: rights.may,
    sees: rights.sees,
    standing: rights.standing,
    isParticipant: rights.isParticipant,
    mayRead: rights.mayRead,
    mayRelay: rights.mayRelay,
    watch: changes.watch,
    changed,
    audit,
    hasProvider: admitForeign !== null,
    people,
    signIn,
    links,
    tickets: createFileTickets({ key: deriveKey(secret, 'file ticket'), issuer, audience, clock, newId, recheck: identified.recheck }),
    accounts,
    apiTokens,
    users: createUsers({ storage, clock, passwords, audit, newId, newSecret, changed }),
    own: createOwnAccount({ storage, clock, passwords, throttle, audit, attemptsPerMinute: signInsPerMinute, createCode: signIn.createCode, changed }),
    auditLog: createAuditLog({ storage, mayRelay: rights.mayRelay }),
    stop() {
      forgetting.cancel()
      changes.stop()
    },
  }
}
