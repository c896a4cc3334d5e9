// Who is asking: the outcome of a token that was checked against the database.
import type { GlobalRole, Scope } from '#protocol'

export type Identity = {
  userId: string
  name: string
  /** The user's role, lowered by the token where the token is weaker. */
  role: GlobalRole
  sid: string
  /** `foreign`: of an identity provider, whose word ends with its token. `link`: no user, but whoever reads the session of the share link `sid`. */
  kind: 'access' | 'foreign' | 'cli' | 'api' | 'link'
  /** Only API tokens have scopes; null means all that the role allows. */
  scopes: readonly Scope[] | null
  /** When the token ends, in milliseconds since 1970. */
  expiresAt: number
  address: string | null
  agent: string | null
  /** As in `Caller`. */
  hop?: string | null
}

/**
 * Where a request comes from. `local`: from this machine and not through a proxy or tunnel. `hop`: whom a tunnel of this
 * machine says it brings; believed only where many who share its address must not
 * be in each other's way, and told in the audit as its word.
 */
export type Caller = { address: string | null; agent: string | null; local?: boolean; hop?: string | null }
