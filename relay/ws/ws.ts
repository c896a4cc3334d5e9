// DOOR. Sockets: the handshake, the list of connections, their heartbeat, and the end of all of them.
import type { Server, ServerWebSocket, WebSocketHandler } from 'bun'
import { BEARER_PREFIX, CLOSE, LIMITS, PROTOCOL_VERSION, Refused, SUBPROTOCOL, type AnnouncedLimits } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Identity } from '../auth/identity.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { createConnection, type Connection } from './connection.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createCommands, type CommandServices } from './commands.ts'
import { createAdmission, type RateLimits } from '../rate-limits.ts'

/** What travels with a socket from its upgrade on. */
export type SocketData = { kind: 'v1' | 'simple'; token: string | null; identity: Identity | null; address: string; agent: string | null; connection: Connection | null }
type ServerSocket = ServerWebSocket<SocketData>
type Upgrader = Pick<Server<SocketData>, 'upgrade'>

export type WsSettings = {
  maxConnections: number
  maxConnectionsPerUser: number
  admissionBurst: number
  admissionPerSecond: number
  announced: AnnouncedLimits
  compression: boolean
}

export type Ws = ReturnType<typeof createWs>

export function createWs(dependencies: {
  auth: Auth
  channels: Channels
  services: CommandServices
  settings: WsSettings
  rateLimits: RateLimits
  epoch: string
  clock: Clock
  log: Log
  newId: () => string
}) {
  const { auth, channels, services, settings, rateLimits, epoch, clock, log, newId } = dependencies
  const connections = new Set<Connection>()
  /** How many connections each user has. */
  const ofUser = new Map<string, number>()
  /** Nobody has said who they are: few, so that they cannot take the places of those who have. */
  const unsigned = new Set<Connection>()
  const maxUnsigned = Math.max(20, Math.floor(settings.maxConnections / 10))
  const admission = createAdmission({ burst: settings.admissionBurst, perSecond: settings.admissionPerSecond, clock })
  const subscriptions = createSubscriptions({ channels, services, log })
  const take = createCommands({ services, channels, subscriptions, rateLimits, clock, log, renew })
  let draining = false

  /**
   * Answers `GET /ws` after the gate let it through: undefined when the socket was upgraded, otherwise the refusal is thrown.
   * A missing token is upgraded and has ten seconds; a wrong one is UNAUTHORIZED at once.
   */
  async function upgrade(request: Request, server: Upgrader, from: { address: string; agent: string | null }): Promise<undefined> {
    if (draining) throw new Refused('DRAINING', 'the relay is shutting down', { retryAfterMs: 2_000 })
    const waitSeconds = admission.waitSeconds()
    if (waitSeconds > 0) throw new Refused('BUSY', 'too many sockets at once', { retryAfterMs: waitSeconds * 1_000 })
    if (connections.size - unsigned.size >= settings.maxConnections) throw new Refused('BUSY', 'this relay is full', { retryAfterMs: 10_000 })
    const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((each) => each.trim())
    const kind = offered.includes(SUBPROTOCOL) ? 'v1' : 'simple'
    const token = offered.find((each) => each.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? new URL(request.url).searchParams.get('token')
    if (token === null && unsigned.size >= maxUnsigned) throw new Refused('BUSY', 'too many sockets that have not signed in', { retryAfterMs: 10_000 })
    const identity = token === null ? null : await auth.identify(token, from)
    const upgraded = server.upgrade(request, {
      data: { kind, token, identity, ...from, connection: null },
      // The answer names one protocol, or a browser refuses the socket; the token is never echoed.
      headers: kind === 'v1' ? { 'sec-websocket-protocol': SUBPROTOCOL } : {},
    })
    if (!upgraded) throw new Refused('VALIDATION', 'a WebSocket handshake is expected here')
    return undefined
  }

  function opened(socket: ServerSocket): void {
    const { kind, identity } = socket.data
    const connection = createConnection({ id: newId(), socket, kind, from: { address: socket.data.address, agent: socket.data.agent }, clock, log, newTraceId: newId, affords: rateLimits.affords, take })
    socket.data.connection = connection
    connections.add(connection)
    if (identity) admit(connection, identity)
    else unsigned.add(connection)
  }

  function admit(connection: Connection, who: Identity): void {
    // Gone while its token was looked at: nobody would count it out again.
    if (!connection.isOpen()) return
    const mine = ofUser.get(who.userId) ?? 0
    if (mine >= settings.maxConnectionsPerUser) return connection.close(CLOSE.tooMany, 'too many connections of one user')
    ofUser.set(who.userId, mine + 1)
    unsigned.delete(connection)
    connection.signIn(who)
    connection.tell('connected', {
      connection_id: connection.id,
      user: { id: who.userId, name: who.name, role: who.role },
      protocol: PROTOCOL_VERSION,
      epoch,
      heartbeat_ms: LIMITS.browserPingMs,
      limits: settings.announced,
    })
    if (connection.kind === 'simple') subscriptions.followOwn(connection)
  }

  /** `auth`: the first token of a connection that came without one, or a fresh one in place of an old one. */
  async function renew(connection: Connection, token: string): Promise<void> {
    const before = connection.identity()
    const who = await auth.identify(token, connection.from)
    if (before && before.userId !== who.userId) throw new Refused('FORBIDDEN', 'this is the token of another user')
    if (before) connection.signIn(who)
    else admit(connection, who)
  }

  function ended(connection: Connection): void {
    connection.ended()
    const userId = connection.identity()?.userId
    const left = userId === undefined ? 0 : (ofUser.get(userId) ?? 1) - 1
    if (userId !== undefined && left > 0) ofUser.set(userId, left)
    else if (userId !== undefined) ofUser.delete(userId)
    connections.delete(connection)
    unsigned.delete(connection)
    subscriptions.forget(connection)
  }

  /** Somebody's rights changed: whose token no longer counts is closed, what may no longer be read is left. */
  async function review(userIds: readonly string[] | null): Promise<void> {
    for (const connection of connections) {
      const who = connection.identity()
      if (!who || (userIds !== null && !userIds.includes(who.userId))) continue
      try {
        const now = await auth.recheck(who)
        connection.signIn(now)
        await subscriptions.review(connection, now)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        connection.close(CLOSE.unauthorized, 'signed out')
      }
    }
  }

  const heartbeat = clock.every(() => {
    for (const connection of connections) connection.tick(subscriptions.count(connection) > 0)
    rateLimits.forgetFull()
  }, 5_000)
  function rightsChanged(userIds: readonly string[] | null): void {
    review(userIds).catch((error) => log.error('rights could not be reviewed', { error }))
  }
  // The ten seconds of those who have not signed in are kept to the second.
  const doorkeeper = clock.every(() => {
    for (const connection of unsigned) connection.tick(false)
  }, 1_000)
  const unwatch = auth.watch(rightsChanged)

  /** Tells every browser to come back a little later, spread so that they do not come all at once. */
  function drain(): void {
    draining = true
    let place = 0
    for (const connection of connections) connection.close(CLOSE.draining, String(1_000 + (place++ % 20) * 100))
  }

  function stop(): void {
    heartbeat.cancel()
    doorkeeper.cancel()
    unwatch()
    drain()
  }

  const handlers: WebSocketHandler<SocketData> = {
    open: opened,
    message: (socket, frame) => socket.data.connection?.receive(frame),
    drain: (socket) => void (socket.data.connection && channels.drained(socket.data.connection.member)),
    pong: (socket) => socket.data.connection?.seen(),
    close: (socket) => void (socket.data.connection && ended(socket.data.connection)),
    // Silence is judged by our own heartbeat, which can say why it closes.
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: LIMITS.frameBytes,
    backpressureLimit: LIMITS.closeBytes,
    closeOnBackpressureLimit: true,
    perMessageDeflate: settings.compression,
  }

  return {
    upgrade,
    handlers,
    connections: () => connections.size,
    /** Of these users, or of anybody (null): live sockets are looked at again. */
    rightsChanged,
    drain,
    stop,
  }
}
