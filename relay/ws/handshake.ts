// `GET /ws` and `/ws/executions/<id>` behind the gate: who is let in, and as what kind of connection.
import type { Server } from 'bun'
import { BEARER_PREFIX, Refused, SUBPROTOCOL } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import { createAdmission, type AdmissionSettings } from './admission.ts'
import { Connection, type Surroundings } from './connection.ts'
import { followsOf, hearsOnly } from './execution-sockets.ts'
import type { From } from './member-socket.ts'
import type { Connections } from './connections.ts'

export type HandshakeSettings = AdmissionSettings & { maxConnections: number }

type Dependencies = { auth: Auth; connections: Connections; surroundings: Surroundings; settings: HandshakeSettings; clock: Clock; newId: () => string }

export function createHandshake({ auth, connections, surroundings, settings, clock, newId }: Dependencies) {
  /** Nobody has said who they are: few, so that they cannot take the places of those who have. */
  const maxUnsigned = Math.max(20, Math.floor(settings.maxConnections / 10))
  const admission = createAdmission({ settings, clock })
  /** The answer names one protocol, or a browser refuses the socket; the token is never echoed. */
  const oneProtocol = new Headers({ 'sec-websocket-protocol': SUBPROTOCOL })

  /** The token first, which is cheap: only who has a good one takes a place in the line that all share. */
  async function admit(token: string, from: From): Promise<Identity> {
    let who: Identity
    try {
      who = await auth.identify(token, from)
    } catch (error) {
      if (error instanceof Refused && error.code === 'UNAUTHORIZED') admission.stranger(from.address)
      throw error
    }
    admission.user(who.userId)
    return who
  }

  /**
   * Undefined when the socket was upgraded, otherwise the refusal is thrown. A missing token is upgraded and has ten
   * seconds; a wrong one is UNAUTHORIZED at once.
   */
  return async function upgrade(request: Request, server: Pick<Server<Connection>, 'upgrade'>, from: From): Promise<undefined> {
    if (connections.isDraining()) throw new Refused('DRAINING', 'the relay is shutting down', { retryAfterMs: 2_000 })
    if (connections.signed() >= settings.maxConnections) throw new Refused('BUSY', 'this relay is full', { retryAfterMs: 10_000 })
    const url = new URL(request.url)
    const follows = followsOf(url)
    const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((each) => each.trim())
    const token = offered.find((each) => each.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? url.searchParams.get('token')
    // Whoever holds many of these places leaves as many to others.
    if (token === null && connections.unsigned(from.address) >= maxUnsigned - connections.unsigned()) throw new Refused('BUSY', 'too many sockets that have not signed in', { retryAfterMs: 10_000 })
    if (token === null) admission.stranger(from.address)
    const who = token === null ? null : await admit(token, from)
    const speaksV1 = offered.includes(SUBPROTOCOL)
    if (who?.kind === 'link' && follows) throw new Refused('FORBIDDEN', 'a link only reads its session')
    if (who?.kind === 'link' && !speaksV1) throw new Refused('VALIDATION', `a link is read with ${SUBPROTOCOL}`)
    const kind = who?.kind === 'link' ? 'link' : speaksV1 ? 'v1' : 'simple'
    if (who && follows) await connections.mayFollow(who, follows)
    const connection = new Connection(newId(), kind, from, follows ? { ...surroundings, take: hearsOnly(surroundings.take) } : surroundings)
    connection.who = who
    connection.follows = follows
    const upgraded = server.upgrade(request, speaksV1 ? { data: connection, headers: oneProtocol } : { data: connection })
    if (!upgraded) throw new Refused('VALIDATION', 'a WebSocket handshake is expected here')
    return undefined
  }
}
