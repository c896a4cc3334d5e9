// Brings one session to a store and keeps it current: first page and facts by REST, then events by position, in batches.
import { sessionChannel, type FromRelay, type Position, type SessionSnapshot } from '#protocol'
import type { AfterSnapshot, Connection, OpenChannel, Outcome, Trouble } from '../connection/connection.ts'
import { whatNext } from '../connection/connection.ts'
import type { Rest } from '../connection/rest.ts'
import { readKeptEvent } from '../timeline/read-kept-event.ts'
import type { TimelineFrame } from '../timeline/timeline.ts'
import { createFrameBatch } from './frame-batch.ts'

const PAGE_EVENTS = 200

type SessionFeedDependencies = {
  sessionId: string
  connection: Pick<Connection, 'open'>
  rest: Pick<Rest, 'sessions'>
  requestFrame(draw: () => void): () => void
  /** All of it anew: the facts, and the last page of events, which ends where the channel goes on. */
  onLoaded(snapshot: SessionSnapshot, frames: TimelineFrame[]): void
  /** Kept events and deltas since the last call, in order. */
  onFrames(frames: TimelineFrame[]): void
  /** Presence, typing, carets, uploads: as they come. */
  onSignal(signal: FromRelay): void
  /** Delivering, or not any more. */
  onJoined(): void
  onTrouble(trouble: Trouble): void
}

export type SessionFeed = {
  open(): Promise<void>
  close(): void
  /** Closed; opened again it is all read anew. */
  forget(): void
  isJoined(): boolean
  /** A delta was lost: joins again, which brings each open block as a whole. */
  rejoin(): void
  /** The page that ends before `firstSeq`. */
  older(firstSeq: number): Promise<Outcome<TimelineFrame[]>>
}

export function createSessionFeed(dependencies: SessionFeedDependencies): SessionFeed {
  const { sessionId, connection, rest, onTrouble } = dependencies
  let channel: OpenChannel | null = null
  let position: Position | null = null
  /** The present opening: an answer to an older one has nothing to say. */
  let opening = 0
  /** Nothing that was read is kept: allowed again it is loaded anew. */
  let refused = false
  const batch = createFrameBatch(dependencies.requestFrame, dependencies.onFrames)

  async function older(before: number): Promise<Outcome<TimelineFrame[]>> {
    const page = await rest.sessions.events(sessionId, { before, limit: PAGE_EVENTS })
    return page.ok ? { ok: true, data: page.data.events.map(readKeptEvent) } : page
  }

  async function load(): Promise<AfterSnapshot> {
    const [state, page] = await Promise.all([rest.sessions.state(sessionId), rest.sessions.events(sessionId, { limit: PAGE_EVENTS })])
    if (!state.ok) return giveUp(state.trouble)
    if (!page.ok) return giveUp(page.trouble)
    // A database restored between the two answers: they speak of different logs.
    if (state.data.epoch !== page.data.epoch) return 'try-later'
    refused = false
    batch.drop()
    const frames = page.data.events.map(readKeptEvent)
    const parts = frames.length < PAGE_EVENTS ? null : await import('./older-pages.ts').catch(() => null)
    dependencies.onLoaded(state.data, (await parts?.reachingBack(frames, state.data, older)) ?? frames)
    return { from: { epoch: page.data.epoch, seq: page.data.events.at(-1)?.seq ?? page.data.top } }
  }

  function giveUp(trouble: Trouble): AfterSnapshot {
    refused = whatNext(trouble) === 'final'
    onTrouble(trouble)
    return refused ? 'give-up' : 'try-later'
  }

  function listen(from: Position): void {
    channel = connection.open(sessionChannel(sessionId), { position: from }, {
      onMessage: take,
      onJoined: dependencies.onJoined,
      onSnapshotNeeded: load,
      onRefused(trouble) {
        refused = true
        batch.drop()
        onTrouble(trouble)
      },
    })
  }

  function take(message: FromRelay): void {
    if (message.type === 'presence' || message.type === 'typing' || message.type === 'cursor_moved' || message.type === 'upload_progress') return dependencies.onSignal(message)
    batch.push(message)
  }

  async function open(): Promise<void> {
    if (channel) return
    const mine = ++opening
    if (position === null) {
      const loaded = await load()
      if (mine !== opening) return
      // Not to be had now: a position that no log has makes the channel ask again, with the patience it has for that.
      position = typeof loaded === 'object' ? loaded.from : loaded === 'give-up' ? null : { epoch: 'none', seq: 0 }
    }
    if (position) listen(position)
  }

  function close(): void {
    opening += 1
    if (!channel) return
    batch.flush()
    position = refused ? null : channel.position()
    channel.close()
    channel = null
  }

  return {
    open,
    close,
    forget() {
      close()
      position = null
    },
    isJoined: () => channel?.isJoined() ?? false,
    rejoin: () => channel?.rejoin(),
    older,
  }
}
