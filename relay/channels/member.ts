// The two things channels deliver to: the server's topics, and one connection.

/** Bun's server, or what stands for it in a test. */
export interface Broadcaster {
  /** Hands `text` to every subscriber of the topic at once. */
  publish(topic: string, text: string): void
  subscribers(topic: string): number
}

/** One connection. Compared by identity: a reconnected browser is another member. */
export interface Member {
  readonly id: string
  /** v1 gets arrays of messages, simple gets one message a frame. link: v1 for a reader by share link, who is not told everything. */
  readonly kind: 'v1' | 'simple' | 'link'
  send(text: string): void
  /** Bytes handed to the connection that its peer has not taken yet. */
  bufferedBytes(): number
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  close(code: number, reason: string): void
}

/** A topic per way of listening, so that a frame is written once for all who listen alike. */
export function topicOf(channel: string, kind: Member['kind'], deltas: boolean): string {
  return `${kind}${deltas ? '+' : '-'}${channel}`
}
