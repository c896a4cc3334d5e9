// One channel as a script reads it: at its own pace and in order, from where an earlier run has stopped, over whatever breaks.
import { decodeFromRelay, LIMITS, parseChannel, type Connected, type EventsPage, type FollowReset, type FromRelay, type Position } from '#protocol'
import type { AfterSnapshot, ChannelHandlers, ChannelStart, Connection, OpenChannel } from '../connection/connection.ts'
import { trouble, whatNext, type Outcome } from '../connection/outcome.ts'
import { CallRefused } from './call-refused.ts'
import { createTextParts } from './text-parts.ts'

/**
 * Told when it cannot go on where it was. `epoch`: what was told before is of a log that is gone, all of the channel is
 * told anew. `missed`: what lies between is not to be had any more; it goes on with the last 500 events.
 */
export type FeedReset = Omit<FollowReset, 'data'> & { seq?: null; data: { reason: 'epoch' | 'missed'; epoch: string } }
export type Heard = FromRelay | FeedReset

/** `start`: with the channel's first event. */
export type FeedStart = Position | { history: number } | 'start' | 'now'

/** Ends with `CallRefused` when the channel may not be read (any more). Leaving the loop closes it. */
export type Feed = AsyncGenerator<Heard, void> & {
  /** After the last event that was handed out: to begin with another time. Null while that is not known. */
  position(): Position | null
  close(): void
}

type FeedDependencies = {
  connection: Pick<Connection, 'open' | 'connected'>
  channel: string
  start: FeedStart
  ready(): Promise<Connected>
  readAfter(sessionId: string, seq: number): Promise<Outcome<EventsPage>>
  now(): number
  onEnd(): void
  report(problem: string): void
}

/** A script that is slower than this leaves the channel, and comes back by position when it has caught up. */
const mostWaiting = 1_000

export function createFeed({ connection, channel, start, ready, readAfter, now, onEnd, report }: FeedDependencies): Feed & { end(problem: CallRefused | null): void } {
  const parts = createTextParts()
  const waiting: { message: Heard; after: Position | null }[] = []
  let opened: OpenChannel | null = null
  /** Where it was left because too much waits. */
  let left: Position | null = null
  let position: Position | null = null
  let over: { problem: CallRefused | null } | null = null
  /** Pages are read meanwhile, and wait for the script themselves. */
  let isPaging = false
  let wakeReader = () => {}
  let wakePaging = () => {}

  function open(from: ChannelStart): void {
    left = null
    opened = connection.open(channel, from, handlers)
  }

  function begin(from: Position): void {
    position = from
    open({ position: from })
  }

  /** `after`: where a kept event leaves its reader. */
  function put(message: Heard, after: Position | null): void {
    waiting.push({ message, after })
    wakeReader()
  }

  function take(message: FromRelay, after: Position | null): void {
    const taken = parts.take(message)
    if (taken === 'lost') return opened?.rejoin()
    for (const each of taken) put(each, typeof each.seq === 'number' ? after : null)
    if (waiting.length < mostWaiting || isPaging || !opened) return
    left = opened.position()
    opened.close()
    opened = null
  }

  function reset(reason: FeedReset['data']['reason'], epoch: string, after: Position | null): void {
    parts.forget()
    put({ type: 'reset', channel, data: { reason, epoch }, timestamp: now() }, after)
  }

  const handlers: ChannelHandlers = {
    onMessage: (message) => take(message, opened?.position() ?? null),
    onJoined: () => void (position ??= opened?.position() ?? null),
    onRefused: (why) => end(new CallRefused(why)),
    async onSnapshotNeeded() {
      const at = opened?.position()
      const epoch = connection.connected()?.epoch
      if (!at || epoch === undefined) return 'try-later'
      if (at.epoch !== epoch) {
        const first = { epoch, seq: 0 }
        reset('epoch', epoch, first)
        return { from: first }
      }
      const of = parseChannel(channel)
      if (of?.kind === 'session') return await page(of.id!, at)
      reset('missed', epoch, null)
      opened?.close()
      open({ history: LIMITS.historyEvents })
      return 'give-up'
    },
  }

  /** Too far behind to be replayed, but a session keeps everything. */
  async function page(sessionId: string, from: Position): Promise<AfterSnapshot> {
    isPaging = true
    try {
      for (let at = from; ; ) {
        const read = await readAfter(sessionId, at.seq)
        if (over) return 'give-up'
        if (!read.ok && whatNext(read.trouble) === 'later') return at === from ? 'try-later' : { from: at }
        const problem = !read.ok ? read.trouble : read.data.top < at.seq ? trouble('CONFLICT', 'this position is ahead of the log') : null
        if (!read.ok || problem) return (end(new CallRefused(problem!)), 'give-up')
        const { events, epoch } = read.data
        const last = events.at(-1)
        // Nothing more, or it turned into another log meanwhile, which joining tells.
        if (!last || epoch !== at.epoch) return { from: at }
        for (const message of decodeFromRelay(JSON.stringify(events), report)) take(message, { epoch, seq: message.seq! })
        at = { epoch, seq: last.seq }
        if (waiting.length > 0) await new Promise<void>((resolve) => (wakePaging = resolve))
      }
    } finally {
      isPaging = false
    }
  }

  function end(problem: CallRefused | null): void {
    if (over) return
    over = { problem }
    // What came before a refusal is still told; who has closed it wants no more.
    if (problem === null) waiting.length = 0
    opened?.close()
    opened = null
    wakeReader()
    wakePaging()
    onEnd()
  }

  const close = () => end(null)

  async function* read(): AsyncGenerator<Heard, void> {
    try {
      for (;;) {
        const next = waiting.shift()
        if (next) {
          position = next.after ?? position
          yield next.message
          continue
        }
        if (over?.problem) throw over.problem
        if (over) return
        if (left) open({ position: left })
        wakePaging()
        await new Promise<void>((resolve) => (wakeReader = resolve))
      }
    } finally {
      close()
    }
  }

  if (start === 'start') void ready().then(({ epoch }) => over ?? begin({ epoch, seq: 0 }), () => undefined)
  else if (start === 'now' || 'history' in start) open(start)
  else begin(start)
  return Object.assign(read(), { position: () => position, close, end })
}
