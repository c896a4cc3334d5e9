// Channels on a real database, with a clock and sockets that the test moves by hand.
import { createChannels, type BlockType, type Channels, type ChannelsDependencies, type JoinInfo, type Want } from '../../../relay/channels/channels.ts'
import { createEvents, type Events } from '../../../relay/events/events.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { tempStorage, type TempStorage } from '../storage/temp-storage.ts'
import { fakeServer, type FakeServer, type FakeSocket } from './fake-server.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'

export type Rig = {
  temp: TempStorage
  storage: Storage
  events: Events
  clock: ManualClock
  server: FakeServer
  channels: Channels
  /** Publishes `count` events with data `{n}` counted on, one commit each, and waits until they are told. */
  publish(channel: string, count?: number, task?: string): Promise<void>
  /** Joins, waits until that is over, and gives the answer. */
  join(socket: FakeSocket, channel: string, want?: Want, options?: { deltas?: boolean }): Promise<JoinInfo>
  delta(channel: string, messageId: string, piece: string, task?: string, type?: BlockType): void
  complete(channel: string, messageId: string, content: string, task?: string): Promise<void>
  end(): Promise<void>
}

export async function openRig(options: { limits?: ChannelsDependencies['limits']; busyMs?: number; backpressureLimit?: number } = {}): Promise<Rig> {
  const temp = tempStorage()
  const storage = await temp.open({ busyMs: options.busyMs ?? 5_000 })
  const events = createEvents({ storage })
  const clock = manualClock()
  const server = fakeServer({ backpressureLimit: options.backpressureLimit })
  const channels = createChannels({ storage, events, clock, log: temp.log, broadcaster: server.broadcaster, limits: options.limits })
  server.onDrain = (socket) => channels.drained(socket)
  server.onClose = (socket) => channels.forget(socket)
  let n = 0
  const blockData = (messageId: string, task: string) => ({ session_id: 's1', execution_id: task, message_id: messageId })
  return {
    temp,
    storage,
    events,
    clock,
    server,
    channels,
    async publish(channel, count = 1, task) {
      await Promise.all(Array.from({ length: count }, () => channels.publish({ events: [{ channel, type: 'message', data: { n: n++ }, task }] })))
    },
    async join(socket, channel, want = {}, options = {}) {
      const answers: JoinInfo[] = []
      await channels.join(socket, channel, want, (info) => void answers.push(info), options)
      if (answers.length !== 1) throw new Error(`a join was answered ${answers.length} times`)
      return answers[0]!
    },
    delta(channel, messageId, piece, task = 't1', type = 'claude_response') {
      channels.delta(channel, { type, task, data: blockData(messageId, task), piece })
    },
    async complete(channel, messageId, content, task = 't1') {
      const data = { ...blockData(messageId, task), content, stream: false, completed: true }
      await channels.publish({ events: [{ channel, type: 'claude_response', data, task }] })
    },
    async end() {
      await channels.stop()
      await temp.remove()
    },
  }
}

/** The seqs that a socket was sent in a channel, in order. */
export const seqsOf = (socket: FakeSocket, channel: string): number[] =>
  socket.messages.filter((message) => message.channel === channel && message.seq !== undefined).map((message) => message.seq!)

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Deltas and signals of a socket: where their text begins, and the text. */
export const textsOf = (socket: FakeSocket): unknown[][] =>
  socket.messages.filter((message) => message.seq === undefined).map((message) => [message.data.offset, message.data.content])
