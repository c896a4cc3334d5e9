// The line of one socket: messages wait behind what has come before and is not finished.
import { CLOSE, type BadMessage, type FromBrowser, type GoodMessage } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Flights } from './flights.ts'

/** More than this many unfinished messages of one socket is a flood, not work. */
const UNFINISHED = 1_000
/** So many messages of one socket may be worked off before the others have their turn. */
const IN_ONE_GO = 20

type Message = GoodMessage | BadMessage
/** `by`: whose chunk has boarded. */
type Waiting = { message: Message; by: string | undefined }
type Socket = {
  readonly who: Identity | null
  readonly around: { clock: Clock; flights: Flights; newTraceId: () => string }
  /** Never rejects. */
  handle(message: FromBrowser): Promise<void>
  bad(message: BadMessage): void
  refuse(messageId: string | null, traceId: string, code: 'RATE_LIMITED', message: string, options: { details?: unknown; retryAfterMs?: number }): void
  close(code: number, reason: string): void
}

/** One per connection, of which there are many: no closures. */
export class MessageLine {
  private readonly socket: Socket
  private unfinished: Waiting[] | null = null

  constructor(socket: Socket) {
    this.socket = socket
  }

  add(message: Message): void {
    const { socket, unfinished } = this
    if (unfinished !== null && unfinished.length >= UNFINISHED) return socket.close(CLOSE.tooMany, 'too many unanswered messages')
    const next = { message, by: socket.who?.userId }
    const refused = socket.around.flights.board(next.by, message)
    // At once: what waits would be held.
    if (refused) return socket.refuse(message.ok ? message.message.id : message.id, socket.around.newTraceId(), 'RATE_LIMITED', refused.message, refused.options)
    if (unfinished !== null) return void unfinished.push(next)
    this.unfinished = [next]
    void this.work(this.unfinished)
  }

  private async work(line: Waiting[]): Promise<void> {
    const { clock, flights } = this.socket.around
    let done = 0
    for (let next = line[0]; next; next = line[0]) {
      // What is refused at once waits for nothing: without this a thousand refusals are one step of the event loop.
      if (++done % IN_ONE_GO === 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, 0))
      const { message, by } = next
      if (message.ok) await this.socket.handle(message.message)
      else this.socket.bad(message)
      flights.land(by, message)
      line.shift()
    }
    this.unfinished = null
  }
}
