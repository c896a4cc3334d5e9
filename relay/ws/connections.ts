// The list of connections: who is let in, how many a user has, whose rights are looked at again, and the end of all of them.
import { CLOSE, LIMITS, PROTOCOL_VERSION, Refused, type AnnouncedLimits } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Executions } from '../executions/executions.ts'
import { networkOf } from '../network-of.ts'
import type { Log } from '../observability/log.ts'
import type { Connection } from './connection.ts'
import { connectedPeople } from './connected-people.ts'
import { createExecutionSockets } from './execution-sockets.ts'
import { tick } from './patience.ts'
import type { Subscriptions } from './subscriptions.ts'

export type ConnectionsSettings = { maxConnectionsPerUser: number; announced: AnnouncedLimits }
/** Readers of one share link. */
const maxPerLink = 100
/** Who cannot be judged yet keeps nobody waiting but themselves, up to so many. */
const reviewsAtOnce = 32
export type Connections = ReturnType<typeof createConnections>

/** Of those who have signed in: sockets of strangers, which cost nothing, push nothing out of the log. */
const lineOf = ({ id, kind, who, from }: Connection) => ({ connection_id: id, user_id: who?.userId, kind, address: from.address, hop: from.hop })

type Dependencies = { auth: Auth; subscriptions: Subscriptions; executions: Executions; settings: ConnectionsSettings; epoch: string; clock: Clock; log: Log }

export function createConnections({ auth, subscriptions, executions, settings, epoch, clock, log }: Dependencies) {
  const executionSockets = createExecutionSockets({ executions, log })
  const connections = new Set<Connection>()
  const unsigned = new Set<Connection>()
  /** Who reads by a share link. */
  const guests = new Set<Connection>()
  /** How many connections each user has. */
  const ofUser = new Map<string, number>()
  /** Users whose rights were to be looked at again, and could not be. */
  const unreviewed = new Set<string>()
  let draining = false

  /** The handshake is over. */
  function add(connection: Connection): void {
    const { who } = connection
    connections.add(connection)
    connection.who = null
    if (who) admit(connection, who)
    else unsigned.add(connection)
  }

  function admit(connection: Connection, who: Identity): void {
    // Gone while its token was looked at: nobody would count it out again.
    if (!connection.isOpen()) return
    const mine = ofUser.get(who.userId) ?? 0
    const most = who.kind === 'link' ? maxPerLink : settings.maxConnectionsPerUser
    if (mine >= most) return connection.close(CLOSE.tooMany, 'too many connections of one user')
    ofUser.set(who.userId, mine + 1)
    unsigned.delete(connection)
    if (who.kind === 'link') guests.add(connection)
    connection.who = who
    log.info('connected', lineOf(connection))
    greet(connection, who)
    if (connection.follows) executionSockets.begin(connection, who, connection.follows)
    else if (connection.kind === 'simple') subscriptions.followOwn(connection)
  }

  function greet(connection: Connection, who: Identity): void {
    connection.tell('connected', {
      connection_id: connection.id,
      user: { id: who.userId, name: who.name, role: who.role },
      protocol: PROTOCOL_VERSION,
      epoch,
      heartbeat_ms: LIMITS.browserPingMs,
      limits: settings.announced,
    })
  }

  /** The same user, as they are now: a page shows and offers what goes with the role. */
  function become(connection: Connection, who: Identity): void {
    const before = connection.who
    connection.who = who
    if (connection.kind === 'v1' && (before?.role !== who.role || before.name !== who.name)) greet(connection, who)
  }

  /** `auth`: the first token of a connection that came without one, or a fresh one in place of an old one. */
  async function renew(connection: Connection, token: string): Promise<void> {
    const before = connection.who
    const who = await auth.identify(token, connection.from)
    if (who.kind === 'link' && connection.kind !== 'link') throw new Refused('FORBIDDEN', 'a link comes with the handshake')
    if (before && before.userId !== who.userId) throw new Refused('FORBIDDEN', 'this is the token of another user')
    if (before) {
      become(connection, who)
      executionSockets.renewed(connection, who)
    } else admit(connection, who)
  }

  function remove(connection: Connection, code: number): void {
    connection.ended()
    if (connection.who) log.info('disconnected', { ...lineOf(connection), code, ms: clock.now() - connection.openedAt })
    const userId = connection.who?.userId
    const left = userId === undefined ? 0 : (ofUser.get(userId) ?? 1) - 1
    if (userId !== undefined && left > 0) ofUser.set(userId, left)
    else if (userId !== undefined) ofUser.delete(userId)
    connections.delete(connection)
    unsigned.delete(connection)
    guests.delete(connection)
    subscriptions.forget(connection)
    executionSockets.forget(connection)
  }

  /** Somebody's rights changed: whose token no longer counts is closed, what may no longer be read is left. */
  async function rightsChanged(userIds: readonly string[] | null): Promise<void> {
    const line = [...connections].values()
    const take = async () => {
      for (const connection of line) {
        const { who } = connection
        // A link hangs on the session and on whoever made it: any change may end it.
        if (who && (userIds === null || who.kind === 'link' || userIds.includes(who.userId))) await review(connection, who)
      }
    }
    await Promise.all(Array.from({ length: reviewsAtOnce }, take))
  }

  async function review(connection: Connection, who: Identity): Promise<void> {
    try {
      const now = await auth.recheck(who)
      // Gone meanwhile.
      if (!connections.has(connection)) return
      become(connection, now)
      await subscriptions.review(connection, now)
    } catch (error) {
      if (error instanceof Refused) return connection.close(CLOSE.unauthorized, 'signed out')
      log.error('rights could not be reviewed', { user_id: who.userId, error })
      unreviewed.add(who.userId)
    }
  }

  const heartbeat = clock.every(() => {
    for (const connection of connections) tick(connection, clock.now(), connection.follows !== null || subscriptions.count(connection) > 0)
  }, 5_000)
  // The ten seconds of those who have not signed in are kept to the second, and so is the end of a link; and nobody stays because the database was busy.
  const doorkeeper = clock.every(() => {
    for (const connection of unsigned) tick(connection, clock.now(), false)
    for (const connection of guests) tick(connection, clock.now(), subscriptions.count(connection) > 0)
    if (unreviewed.size === 0) return
    const again = [...unreviewed]
    unreviewed.clear()
    void rightsChanged(again)
  }, 1_000)
  const unwatch = auth.watch((userIds) => void rightsChanged(userIds))

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

  return {
    add,
    remove,
    renew,
    mayFollow: executionSockets.check,
    drained: executionSockets.drained,
    /** Of these users, or of anybody (null): live sockets are looked at again. */
    rightsChanged: (userIds: readonly string[] | null): void => void rightsChanged(userIds),
    all: () => connections.size,
    people: () => connectedPeople(Array.from(connections, ({ who }) => who)),
    signed: () => connections.size - unsigned.size,
    /** Who have not signed in so far: all of them, or those from the network of one address. */
    unsigned(address?: string): number {
      if (address === undefined) return unsigned.size
      const network = networkOf(address)
      return [...unsigned].filter(({ from }) => networkOf(from.address) === network).length
    },
    isDraining: () => draining,
    drain,
    stop,
  }
}
