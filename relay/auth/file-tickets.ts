// Tickets: each opens one file for a day to whoever holds it, with the rights that its maker has by then. What carries an address carries no header.
import { errors, jwtVerify, SignJWT } from 'jose'
import { Refused, scope, type Scope } from '#protocol'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'
import type { Caller, Identity } from './identity.ts'

/** A film is watched and a PDF read part by part, and a download goes on where it was cut off. Each use asks again what its maker may. */
const ticketLifeMs = 24 * 3_600_000
/** No other token of the relay says this of itself, nor is signed with this key. */
const typ = 'ticket+jwt'
const maxChars = 4 * 1024

const claims = z.object({ sub: z.string(), sid: z.string(), file: z.string(), kind: z.enum(['access', 'foreign', 'cli', 'api']), scopes: z.nullable(z.array(scope)), exp: z.int() })

export type FileTickets = {
  /** Milliseconds since 1970; `notAfter`: of what ends by itself. Asks nobody's rights. */
  make(who: Identity, fileId: string, notAfter?: number): Promise<{ ticket: string; expiresAt: number }>
  /** Who made it, as they are now. Throws UNAUTHORIZED, the same for every reason. */
  open(ticket: string | null, fileId: string, from: Caller): Promise<Identity>
}

export function createFileTickets(dependencies: {
  /** Of no other use. */
  key: Uint8Array
  issuer: string
  audience: string
  clock: Pick<Clock, 'now'>
  newId: () => string
  recheck(who: Identity): Promise<Identity>
}): FileTickets {
  const { key, issuer, audience, clock, newId, recheck } = dependencies

  async function claimsOf(ticket: string): Promise<z.infer<typeof claims> | null> {
    try {
      const { payload } = await jwtVerify(ticket, key, { algorithms: ['HS256'], typ, issuer, audience, currentDate: new Date(clock.now()) })
      return claims.parse(payload)
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.core.$ZodError) return null
      throw error
    }
  }

  return {
    async make({ userId, sid, kind, scopes, expiresAt: signedInUntil }, fileId, notAfter = Infinity) {
      // A browser renews its sign-in; whatever else somebody came with ends with itself.
      const until = kind === 'access' ? Infinity : signedInUntil
      const exp = Math.floor(Math.min(clock.now() + ticketLifeMs, until, notAfter) / 1000)
      const about: { sid: string; file: string; kind: Identity['kind']; scopes: readonly Scope[] | null } = { sid, file: fileId, kind, scopes }
      const signing = new SignJWT(about).setProtectedHeader({ alg: 'HS256', typ }).setSubject(userId).setIssuer(issuer).setAudience(audience).setJti(newId()).setExpirationTime(exp)
      return { ticket: await signing.sign(key), expiresAt: exp * 1000 }
    },
    async open(ticket, fileId, { address, agent }) {
      const found = ticket === null || ticket.length > maxChars ? null : await claimsOf(ticket)
      if (!found || found.file !== fileId) throw new Refused('UNAUTHORIZED', 'this address is over or wrong: ask for another', { details: { reason: 'ticket' } })
      const { sub: userId, sid, kind, scopes, exp } = found
      return recheck({ userId, name: '', role: 'viewer', sid, kind, scopes, expiresAt: exp * 1000, address, agent })
    },
  }
}
