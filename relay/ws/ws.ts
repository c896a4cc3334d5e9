// DOOR. Sockets: what Bun's server is given, and how its events reach the connections.
import type { WebSocketHandler } from 'bun'
import { LIMITS } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { RateLimits } from '../rate-limits.ts'
import { createCommands } from './commands.ts'
import type { Connection, Surroundings } from './connection.ts'
import { createConnections, type ConnectionsSettings } from './connections.ts'
import { createHandshake, type HandshakeSettings } from './handshake.ts'
import { createFlights } from './flights.ts'
import { createSubscriptions } from './subscriptions.ts'
import type { CommandServices } from './transient-messages.ts'
import { createUploadChunks } from './upload-chunks.ts'

/** What travels with a socket from its upgrade on. */
export type SocketData = Connection
type WsSettings = HandshakeSettings & ConnectionsSettings & { compression: boolean }

export function createWs(dependencies: {
  auth: Auth
  channels: Channels
  services: Omit<CommandServices, 'chunks'>
  settings: WsSettings
  rateLimits: RateLimits
  epoch: string
  clock: Clock
  log: Log
  newId: () => string
}) {
  const { auth, channels, settings, rateLimits, epoch, clock, log, newId } = dependencies
  const services = { ...dependencies.services, chunks: createUploadChunks(dependencies.services.uploads) }
  const subscriptions = createSubscriptions({ channels, services, clock, log })
  const connections = createConnections({ auth, subscriptions, executions: services.executions, settings, epoch, clock, log })
  const take = createCommands({ services, channels, subscriptions, rateLimits, clock, log, renew: connections.renew })
  const surroundings: Surroundings = { clock, log, refused: (code) => services.metrics?.add('ensemble_errors_total', 1, { code }), newTraceId: newId, affords: rateLimits.affords, flights: createFlights(LIMITS.chunksInFlightBytes), take }
  const upgrade = createHandshake({ auth, connections, surroundings, settings, clock, newId })

  const handlers: WebSocketHandler<SocketData> = {
    open(socket) {
      socket.data.opened(socket)
      connections.add(socket.data)
    },
    message: (socket, frame) => socket.data.receive(frame),
    drain: (socket) => [channels, connections].forEach(({ drained }) => drained(socket.data)),
    pong: (socket) => void (socket.data.seenAt = clock.now()),
    close: (socket, code) => connections.remove(socket.data, code),
    // Silence is judged by our own heartbeat, which can say why it closes.
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: LIMITS.frameBytes,
    backpressureLimit: LIMITS.closeBytes,
    closeOnBackpressureLimit: true,
    perMessageDeflate: settings.compression,
  }

  return { upgrade, handlers, connections: { open: connections.all, people: connections.people }, rightsChanged: connections.rightsChanged, drain: connections.drain, stop: connections.stop }
}
