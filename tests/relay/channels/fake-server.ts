// The rim of the channels: topics and sockets as Bun has them, without a network. A socket may be told not to read.
import type { Broadcaster, Member } from '../../../relay/channels/channels.ts'

export type Message = {
  type: string
  channel?: string
  seq?: number
  data: Record<string, unknown>
  timestamp: number
}

export type FakeSocket = Member & {
  /** Frames that the peer has taken. */
  frames: string[]
  /** Messages that the peer has taken, arrays opened. */
  messages: Message[]
  closed: { code: number; reason: string } | null
  topics: Set<string>
  /** From now on nothing is taken. */
  stall(): void
  /** Takes up to so many bytes of what waits, then says so like Bun does. */
  take(bytes: number): void
  /** Takes everything, now and from now on. */
  resume(): void
  /** The line is gone: what was not taken is lost. */
  cut(): void
}

export type FakeServer = {
  broadcaster: Broadcaster
  connect(kind: Member['kind'], onMessage?: (message: Message) => void): FakeSocket
  onDrain: (socket: FakeSocket) => void
  onClose: (socket: FakeSocket) => void
  published: { topic: string; text: string }[]
}

export function fakeServer({ backpressureLimit = 1024 * 1024 } = {}): FakeServer {
  const topics = new Map<string, Set<FakeSocket>>()
  let nextId = 1

  const server: FakeServer = {
    published: [],
    onDrain: () => {},
    onClose: () => {},
    broadcaster: {
      publish(topic, text) {
        server.published.push({ topic, text })
        for (const socket of [...(topics.get(topic) ?? [])]) socket.send(text)
      },
      subscribers: (topic) => topics.get(topic)?.size ?? 0,
    },
    connect(kind, onMessage = () => {}) {
      let reading = true
      let waiting: string[] = []

      function deliver(text: string): void {
        socket.frames.push(text)
        const parsed = JSON.parse(text) as Message | Message[]
        if (Array.isArray(parsed)) {
          if (kind === 'simple') throw new Error(`a simple connection got an array: ${text}`)
          if (parsed.length < 1 || parsed.length > 100) throw new Error(`an array of ${parsed.length} messages`)
          if (Buffer.byteLength(text) > 1024 * 1024) throw new Error(`an array of ${Buffer.byteLength(text)} bytes`)
        }
        for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
          socket.messages.push(message)
          onMessage(message)
        }
      }

      function end(code: number, reason: string): void {
        if (socket.closed) return
        socket.closed = { code, reason }
        waiting = []
        for (const topic of socket.topics) topics.get(topic)?.delete(socket)
        socket.topics.clear()
        server.onClose(socket)
      }

      const socket: FakeSocket = {
        id: `c${nextId++}`,
        kind,
        frames: [],
        messages: [],
        closed: null,
        topics: new Set(),
        send(text) {
          if (socket.closed) throw new Error('sent to a closed socket')
          if (reading) return deliver(text)
          // As Bun with closeOnBackpressureLimit: over the limit the socket is ended.
          if (socket.bufferedBytes() > backpressureLimit) return end(1006, 'backpressure')
          waiting.push(text)
        },
        bufferedBytes: () => waiting.reduce((sum, text) => sum + text.length, 0),
        subscribe(topic) {
          if (socket.closed) throw new Error('subscribed a closed socket')
          socket.topics.add(topic)
          topics.set(topic, (topics.get(topic) ?? new Set()).add(socket))
        },
        unsubscribe(topic) {
          socket.topics.delete(topic)
          topics.get(topic)?.delete(socket)
        },
        close: end,
        stall: () => void (reading = false),
        take(bytes) {
          let taken = 0
          while (taken < bytes && waiting.length > 0) {
            const text = waiting.shift()!
            taken += text.length
            deliver(text)
          }
          if (taken > 0) server.onDrain(socket)
        },
        resume() {
          const texts = waiting
          waiting = []
          reading = true
          for (const text of texts) deliver(text)
          if (texts.length > 0) server.onDrain(socket)
        },
        cut: () => end(1006, ''),
      }
      return socket
    },
  }
  return server
}
