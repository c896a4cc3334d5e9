// What a socket is to channels and to those who lose patience: something to send to, with a beginning and an end.
import type { Reached } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Member } from '../channels/channels.ts'

/** The part of Bun's ServerWebSocket that a connection needs. */
export type Socket = {
  send(text: string): number
  close(code?: number, reason?: string): void
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  getBufferedAmount(): number
  ping(): void
}

/** Where it comes from: written into the audit with what it does. */
export type From = { address: string; agent: string | null; hop: string | null }

/** The one execution that a socket carries, and what of it is there already. */
export type Follows = { executionId: string; reached: Reached }

/** A class, because there are ten thousand of them: methods that each of them made anew would weigh more than the rest. */
export class MemberSocket implements Member {
  readonly id: string
  readonly kind: Member['kind']
  readonly from: From
  /** Who speaks; null until they have said so. */
  who: Identity | null = null
  /** null: it hears what it subscribes to. */
  follows: Follows | null = null
  /** When it was opened, heard of, pinged and subscribed somewhere, for those who lose patience. */
  readonly openedAt: number
  seenAt: number
  pingedAt: number
  subscribedAt: number
  /** null before the handshake is over and after the end: nothing is sent. */
  private socket: Socket | null = null

  constructor(id: string, kind: Member['kind'], from: From, now: number) {
    this.id = id
    this.kind = kind
    this.from = from
    this.openedAt = this.seenAt = this.pingedAt = this.subscribedAt = now
  }

  opened(socket: Socket): void {
    this.socket = socket
  }

  /** The socket is gone. */
  ended(): void {
    this.socket = null
  }

  isOpen(): boolean {
    return this.socket !== null
  }

  send(text: string): void {
    this.socket?.send(text)
  }

  bufferedBytes(): number {
    return this.socket?.getBufferedAmount() ?? 0
  }

  subscribe(topic: string): void {
    this.socket?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.socket?.unsubscribe(topic)
  }

  ping(): void {
    this.socket?.ping()
  }

  close(code: number, reason: string): void {
    const { socket } = this
    this.socket = null
    socket?.close(code, reason)
  }
}
