// What the mocked relay keeps: a log per channel and, read from it, the session as it is now.
import { sessionChannel, userChannel, type FromRelay, type Participant, type PermissionRequest, type Queue, type Session } from '#protocol'
import { shiftTimes, type RecordedFrame, type Recording } from './recording.ts'

export const MOCK_EPOCH = 'recorded'
export type MockLog = ReturnType<typeof createMockLog>
type Task = Extract<FromRelay, { type: 'task' }>['data']

export function createMockLog(recording: Pick<Recording, 'session_id' | 'connected' | 'rest'>) {
  const sessionId = recording.session_id
  const viewer = recording.connected.data.user as { id: string; name: string; role: string }
  const channels = { session: sessionChannel(sessionId), user: userChannel(viewer.id) }
  const kept = new Map<string, RecordedFrame[]>()
  const blocks = new Map<string, RecordedFrame>()
  const listeners = new Set<(frame: RecordedFrame) => void>()
  let session = { session_id: sessionId } as Session
  let participants: Participant[] = []
  let queue: Queue = { session_id: sessionId, items: [] }
  let permissions: PermissionRequest[] = []
  let running: Task | null = null
  let presence: RecordedFrame | null = null
  let readSeq = 0

  const of = (channel: string): RecordedFrame[] => kept.get(channel) ?? kept.set(channel, []).get(channel)!

  function reduceBlock(frame: RecordedFrame): void {
    const id = String(frame.data.message_id)
    if (frame.data.completed) return void blocks.delete(id)
    const before = String(blocks.get(id)?.data.content ?? '')
    const content = before.slice(0, Number(frame.data.offset)) + String(frame.data.content)
    blocks.set(id, { ...frame, data: { ...frame.data, offset: 0, content } })
  }

  function reduce({ type, data: plain }: RecordedFrame): void {
    const { type: known, data } = { type, data: plain } as FromRelay
    if (known === 'session') session = { ...session, ...data }
    if (known === 'queue') queue = data
    if (known === 'task' && data.status === 'running') running = data
    else if (known === 'task' && running?.execution_id === data.execution_id) running = null
    if (known === 'permission_request' && 'input' in data) permissions = [...permissions, data]
    if (known === 'permission_resolved') permissions = permissions.filter((each) => each.request_id !== data.request_id)
    if (known === 'participant_joined') participants = [...participants.filter((each) => each.user_id !== data.user_id), data].sort((a, b) => a.hue - b.hue)
    if (known === 'participant_left') participants = participants.filter((each) => each.user_id !== data.user_id)
  }

  return {
    channels,
    viewer,
    /** Keeps a frame that has a seq, under the next one of its channel, and tells it; passes on one that has none. */
    tell(frame: RecordedFrame): void {
      const channel = frame.channel ?? channels.session
      let told: RecordedFrame = { ...frame, channel }
      if (typeof frame.seq === 'number') {
        told = { ...told, seq: of(channel).length + 1 }
        of(channel).push(told)
      } else if (frame.type === 'presence') presence = told
      if (channel === channels.session) {
        if (frame.type === 'claude_response' || frame.type === 'thinking') reduceBlock(told)
        else reduce(told)
      }
      for (const listener of [...listeners]) listener(told)
    },
    onFrame(listener: (frame: RecordedFrame) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    after: (channel: string, seq: number): RecordedFrame[] => of(channel).slice(seq),
    top: (channel: string): number => of(channel).length,
    /** One delta with all of each block in progress. */
    openBlocks: (): RecordedFrame[] => [...blocks.values()],
    presence: () => presence,
    session: () => session,
    queue: () => queue,
    permissions: () => permissions,
    participants: () => participants,
    running: () => running,
    markRead: (seq: number) => void (readSeq = Math.max(readSeq, seq)),
    row() {
      const role = participants.find((each) => each.user_id === viewer.id)?.role ?? 'owner'
      const unread = of(channels.session).filter(({ seq, type }) => seq! > readSeq && (type === 'message' || type === 'claude_response')).length
      return { ...session, role, unread, people: participants.map((each) => each.username) }
    },
    snapshot() {
      return { epoch: MOCK_EPOCH, seq: of(channels.session).length, session: this.row(), participants, queue, permissions, read_seq: readSeq }
    },
    /** What happened before the page was opened, as if it had ended `agoMs` before `now`. */
    remember(frames: readonly RecordedFrame[], now: number, agoMs: number): void {
      const shift = now - agoMs - (frames.at(-1)?.timestamp ?? now)
      for (const frame of frames) this.tell(shiftTimes(frame, shift))
      // It was left open and read.
      readSeq = of(channels.session).length
    },
  }
}
