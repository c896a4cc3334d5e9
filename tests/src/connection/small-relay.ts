// A real WebSocket server that keeps a log and speaks enough of the protocol to be cut, silenced and restarted.
import { decodeFromBrowser, type FromBrowser } from '#protocol'
import type { ServerWebSocket } from 'bun'
import { createSmallRest } from './small-rest.ts'

type Data = { subscribed: Map<string, number>; replaying: Set<string> }
type Socket = ServerWebSocket<Data>
type Entry = { seq: number; type: string; data: unknown }

export type SmallRelay = ReturnType<typeof createSmallRelay>

export function createSmallRelay() {
  let epoch = 'epoch-1'
  const logs = new Map<string, Entry[]>()
  const remembered = new Map<string, object>()
  const effects: FromBrowser[] = []
  const asked: FromBrowser[] = []
  const sockets = new Set<Socket>()
  const tokens: string[] = []
  let rules: {
    refuseTokens?: Set<string>
    /** Not a word any more, the socket stays open. */
    mute?: boolean
    /** Cut after this many frames on a socket. */
    unrecoverable?: Set<string>
    notFound?: Set<string>
  } = {}
  /** Called before each answer; `cut` breaks the socket instead of answering. */
  let onCommand: (message: FromBrowser) => 'answer' | 'cut-before' | 'cut-after' = () => 'answer'

  const log = (channel: string) => logs.get(channel) ?? logs.set(channel, []).get(channel)!
  const send = (socket: Socket, ...messages: object[]) => {
    if (!rules.mute) socket.send(JSON.stringify(messages.length === 1 ? messages[0] : messages))
  }
  const framed = (channel: string, { seq, type, data }: Entry) => ({ type, channel, seq, data, timestamp: 1 })
  const success = (id: string | null, data: object) => ({ type: 'success', id, data, timestamp: 1 })
  const error = (id: string | null, code: string, details?: object) => ({ type: 'error', id, data: { code, message: code, details, trace_id: 't' }, timestamp: 1 })

  const rest = createSmallRest({ epoch: () => epoch, log })
  const server = Bun.serve<Data>({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request, server) {
      if (new URL(request.url).pathname !== '/ws') return rest.answer(request)
      const token = (request.headers.get('sec-websocket-protocol') ?? '').split(', ').find((each) => each.startsWith('bearer.'))?.slice(7) ?? ''
      tokens.push(token)
      if (rules.refuseTokens?.has(token)) return new Response('no', { status: 401 })
      const upgraded = server.upgrade(request, { data: { subscribed: new Map(), replaying: new Set() }, headers: { 'sec-websocket-protocol': 'ensemble.v1' } })
      return upgraded ? undefined : new Response('no', { status: 400 })
    },
    websocket: {
      open(socket) {
        sockets.add(socket)
        send(socket, {
          type: 'connected',
          data: { connection_id: 'c', user: { id: 'u1', name: 'minji', role: 'user' }, protocol: 1, epoch, heartbeat_ms: 25_000, limits: { frame_bytes: 1, messages_per_second: 1, upload_bytes: 1 } },
          timestamp: 1,
        })
      },
      close: (socket) => void sockets.delete(socket),
      message(socket, frame) {
        const decoded = decodeFromBrowser(String(frame), { arrays: true })
        if (!decoded.ok) throw new Error(decoded.message)
        for (const each of decoded.messages) {
          if (!each.ok) throw new Error(`${each.message} ${JSON.stringify(each.details)}`)
          take(socket, each.message)
        }
      },
    },
  })

  function take(socket: Socket, message: FromBrowser): void {
    if (message.type === 'ping') return send(socket, { type: 'pong', id: message.id, data: {}, timestamp: 1 })
    asked.push(message)
    if (message.type === 'typing' || message.type === 'cursor_update') return
    if (message.type === 'auth' || message.type === 'unsubscribe') {
      if (message.type === 'unsubscribe') socket.data.subscribed.delete(message.channel!)
      return send(socket, success(message.id, {}))
    }
    if (message.type === 'subscribe') return subscribe(socket, message.id, message.channel!, message.data)
    const known = remembered.get(message.id!)
    if (known) return send(socket, success(message.id, known))
    const verdict = onCommand(message)
    if (verdict === 'cut-before') return void socket.terminate()
    effects.push(message)
    const answer = { session_id: 's1', message_id: `m${effects.length}`, execution_id: `e${effects.length}`, queue_position: 0 }
    remembered.set(message.id!, answer)
    if (verdict === 'cut-after') return void socket.terminate()
    send(socket, success(message.id, answer))
  }

  function subscribe(socket: Socket, id: string | null, channel: string, want: { position?: { epoch: string; seq: number } | null; history?: number | null }): void {
    if (rules.notFound?.has(channel)) return send(socket, error(id, 'NOT_FOUND'))
    const entries = log(channel)
    const top = entries.length
    const after = want.position ? want.position.seq : Math.max(0, top - (want.history ?? 0))
    const lost = want.position && (want.position.epoch !== epoch || after > top || rules.unrecoverable?.has(channel))
    if (lost) return send(socket, success(id, { channel, epoch, seq: top, from: null, recovered: false }))
    socket.data.subscribed.set(channel, top)
    // Answer and replay in one frame, as a relay that packs frames does.
    const missed = entries.slice(after).map((entry) => framed(channel, entry))
    send(socket, success(id, { channel, epoch, seq: top, from: missed.length > 0 ? after + 1 : null, recovered: true }), ...missed.slice(0, 90))
    if (missed.length > 90) send(socket, ...missed.slice(90))
  }

  return {
    url: `ws://127.0.0.1:${server.port}/ws`,
    origin: `http://127.0.0.1:${server.port}`,
    rest,
    effects,
    asked,
    tokens,
    sockets: () => sockets.size,
    rule: (next: typeof rules) => void (rules = { ...rules, ...next }),
    onCommand: (next: typeof onCommand) => void (onCommand = next),
    /** Appends to a channel's log and tells whoever listens. */
    append(channel: string, ...list: { type: string; data: unknown }[]): void {
      const entries = log(channel)
      const added = list.map(({ type, data }) => {
        const entry = { seq: entries.length + 1, type, data }
        entries.push(entry)
        return framed(channel, entry)
      })
      for (const socket of sockets) if (socket.data.subscribed.has(channel)) send(socket, ...added)
    },
    /** A message that no log keeps, or one that breaks the order on purpose. */
    say(message: object): void {
      for (const socket of sockets) send(socket, message)
    },
    /** The log was restored from a backup: what positions meant is over. */
    restore(keep: number): void {
      epoch = `${epoch}x`
      for (const entries of logs.values()) entries.splice(keep)
    },
    close(code: number, reason = ''): void {
      for (const socket of [...sockets]) socket.close(code, reason)
    },
    reset(): void {
      for (const socket of [...sockets]) socket.terminate()
    },
    stop: () => server.stop(true),
  }
}
