// Readers that are no sockets: each hears one channel from where it stands, fed from the log and then live, as a socket is.
import type { Log } from '../observability/log.ts'
import type { Audience } from './audience.ts'
import type { JoinInfo, Want } from './join.ts'
import type { Member } from './member.ts'

/** What is told of a channel, one message at a time, as JSON text. */
export type Reader = {
  take(text: string): void
  /** What it was given and has not handed on. */
  bufferedBytes(): number
  /** Nothing comes any more: it reads too slowly, or the log does not go on where it stands. It may come back by position. */
  closed(reason: string): void
}

export type Listening = {
  /** The reader has handed some of it on. */
  drained(): void
  /** Not while it is given something. */
  stop(): void
}

type Dependencies = {
  channels: {
    join(member: Member, channel: string, want: Want, answer: (info: JoinInfo) => void, options: { deltas: boolean; whole: true }): Promise<void>
    forget(member: Member): void
    drained(member: Member): void
  }
  audience: Audience
  epoch: string
  log: Log
}

export function createListen({ channels, audience, epoch, log }: Dependencies) {
  /** However far behind: it is all paged from the log. */
  return function listen(channel: string, { after, deltas }: { after: number; deltas: boolean }, reader: Reader): Listening {
    const topics = new Set<string>()
    let isOver = false

    function stop(): void {
      if (isOver) return
      isOver = true
      for (const topic of topics) audience.leave(topic, member)
      channels.forget(member)
    }
    function close(reason: string): void {
      if (isOver) return
      stop()
      reader.closed(reason)
    }
    const member: Member = {
      id: `a reader of ${channel}`,
      kind: 'simple',
      send: (text) => void (isOver || reader.take(text)),
      bufferedBytes: reader.bufferedBytes,
      subscribe(topic) {
        topics.add(topic)
        audience.enter(topic, member)
      },
      unsubscribe(topic) {
        topics.delete(topic)
        audience.leave(topic, member)
      },
      close: (_code, reason) => close(reason),
    }
    const answered = ({ recovered }: JoinInfo) => void (recovered || close('the log does not go on there'))
    channels.join(member, channel, { position: { epoch, seq: after } }, answered, { deltas, whole: true }).catch((problem: unknown) => {
      log.error('channels.reader_failed', { channel, problem })
      close('it could not be read')
    })
    return { drained: () => channels.drained(member), stop }
  }
}
