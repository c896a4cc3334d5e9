// A browser that believes nothing: it checks every message of its channel against the promises, and comes back by position.
import type { FakeSocket, Message } from './fake-server.ts'
import type { Rig } from './rig.ts'

/** What really happened, written down by the storm. */
export type Truth = {
  /** Everything that was ever appended to a block. */
  texts: Map<string, string>
  /** channel and message_id → the seq of the completing event, once it is committed. */
  completedAt: Map<string, number>
  /** What a browser found wrong. */
  problems: string[]
}

export type CheckedBrowser = {
  readonly channel: string
  /** Kept events in the order in which they were applied: seq and data. */
  applied(): { seq: number; data: string }[]
  /** Signals: how many batches had been submitted before it, and the position at which it came. */
  readonly signals: { submitted: number; position: number }[]
  position(): { epoch: string; seq: number } | null
  socket(): FakeSocket | null
  connected(): boolean
  /** Connects if need be and joins, by position if there is one. */
  join(want?: { history?: number }): void
  leave(): void
  setDeltas(on: boolean): void
  /** The last join was answered, and with `recovered`. */
  isIn(): boolean
  /** The answer said that the position is void: take over a state that somebody loaded. */
  needsState(): boolean
  loadState(seq: number): void
}

export function checkedBrowser(rig: Rig, channel: string, kind: 'v1' | 'simple', truth: Truth, name: string): CheckedBrowser {
  let applied: { seq: number; data: string }[] = []
  const signals: { submitted: number; position: number }[] = []
  let socket: FakeSocket | null = null
  let position: { epoch: string; seq: number } | null = null
  let state: 'out' | 'in' | 'void' = 'out'
  let joins = 0
  let unanswered = 0
  /** The last join did not ask by position. */
  let anew = false
  /** The seq that this delivery has to bring next. */
  let due = 0
  let deltasOn = true
  let everStalled = false
  let blocks = new Map<string, string>()

  /** Written down and not thrown: a relay must not be able to swallow it. */
  function fail(reason: string, message: unknown): void {
    truth.problems.push(`${name} in ${channel}: ${reason}: ${JSON.stringify(message)}`)
  }

  function onAnswer({ data }: Message): void {
    unanswered--
    if (!data.latest) return
    const { from, seq, recovered, asked } = data as { from: number | null; seq: number; recovered: boolean; asked: { seq: number } | null }
    if (!recovered) {
      state = 'void'
      return
    }
    if (asked && (from ?? seq + 1) !== asked.seq + 1) fail('does not continue at its position', data)
    state = 'in'
    due = from ?? seq + 1
    blocks = new Map()
    if (asked) return
    position = { epoch: rig.storage.epoch, seq: due - 1 }
    applied = []
  }

  function onEvent(message: Message): void {
    if (message.seq !== due) fail(`event ${message.seq} where ${due} was due`, message)
    due = message.seq! + 1
    // What came between asking again and the answer comes twice, as the browser has asked for it.
    if (message.seq! > position!.seq) {
      position = { epoch: rig.storage.epoch, seq: message.seq! }
      applied.push({ seq: message.seq!, data: JSON.stringify(message.data) })
    }
    const id = message.data.message_id as string | undefined
    if (id === undefined) return
    const live = socket!.topics.size > 0 && !everStalled && deltasOn
    const seen = blocks.get(id)
    if (live && seen !== undefined && seen !== message.data.content) fail(`the text before completion was "${seen}"`, message)
    blocks.delete(id)
  }

  function onDelta(message: Message): void {
    const { message_id: id, offset, content } = message.data as { message_id: string; offset: number; content: string }
    if (!deltasOn) fail('a delta that was not wanted', message)
    const completed = truth.completedAt.get(`${channel} ${id}`)
    if (completed !== undefined && completed < due) fail(`a delta after its block was completed at ${completed}`, message)
    const before = blocks.get(id) ?? ''
    if (offset !== 0 && offset !== before.length) fail(`a delta at ${offset} after ${before.length}`, message)
    if (offset === 0 && before !== '' && !content.startsWith(before)) fail('text sent anew lacks what was there', message)
    const text = offset === 0 ? content : before + content
    if (!truth.texts.get(id)!.startsWith(text)) fail('text that nobody wrote', message)
    if (!text.isWellFormed()) fail('half a character', message)
    blocks.set(id, text)
  }

  function onMessage(message: Message): void {
    if (message.type === 'success') return onAnswer(message)
    if (message.type === 'left') {
      state = 'out'
      return
    }
    if (message.type === 'deltas') {
      // Between the two ways of listening a piece may be missing; then the text comes anew, or all of it as an event.
      if (deltasOn !== message.data.on) blocks = new Map()
      deltasOn = message.data.on as boolean
      return
    }
    if (message.channel !== channel) return fail('a foreign channel', message)
    if (state !== 'in') return fail('not in the channel', message)
    if (message.seq !== undefined) onEvent(message)
    else if (message.type === 'claude_response') onDelta(message)
    else signals.push({ submitted: message.data.submitted as number, position: due - 1 })
  }

  /** Answers travel behind what was sent before them, as they do on a real socket. */
  const tell = (to: FakeSocket, type: string, data: object) => to.closed || to.send(JSON.stringify({ type, data }))

  function connect(): FakeSocket {
    const fresh = rig.server.connect(kind, (message) => {
      if (socket === fresh) onMessage(message)
    })
    const { stall } = fresh
    fresh.stall = () => {
      everStalled = true
      stall()
    }
    state = 'out'
    everStalled = false
    deltasOn = true
    unanswered = 0
    return fresh
  }

  const connected = () => socket !== null && socket.closed === null

  return {
    channel,
    applied: () => applied,
    signals,
    position: () => position,
    socket: () => socket,
    connected,
    join(want = {}) {
      // A position is only worth asking from once it is known where the last delivery began.
      if (connected() && unanswered > 0 && (want.history !== undefined || anew)) return
      const to = connected() ? socket! : (socket = connect())
      unanswered++
      anew = want.history !== undefined || position === null
      const asked = want.history === undefined ? position : null
      const join = ++joins
      void rig.channels.join(to, channel, { position: asked, history: want.history ?? null }, (info) => tell(to, 'success', { ...info, asked, latest: join === joins }), { deltas: true })
      tell(to, 'deltas', { on: true })
    },
    leave() {
      if (!connected()) return
      rig.channels.leave(socket!, channel)
      joins++
      tell(socket!, 'left', {})
    },
    setDeltas(on) {
      if (!connected() || !rig.channels.isMember(socket!, channel)) return
      const to = socket!
      if (on) tell(to, 'deltas', { on })
      rig.channels.setDeltas(to, channel, on)
      if (!on) tell(to, 'deltas', { on })
    },
    isIn: () => connected() && state === 'in',
    needsState: () => state === 'void',
    loadState(seq) {
      state = 'out'
      position = { epoch: rig.storage.epoch, seq }
      applied = []
    },
  }
}
