// Speaks the relay's protocol out of a recording: greets, subscribes by position, answers, and plays what was recorded.
import { decodeFromBrowser, ERROR_CODES, Refused, type FromBrowser } from '#protocol'
import type { Clock } from '../clock.ts'
import { createAnswerCommand } from './answer-command.ts'
import { createAnswerRest, type RestQuestion } from './answer-rest.ts'
import { createMockFiles } from './mock-files.ts'
import { createMockLog, MOCK_EPOCH } from './mock-log.ts'
import { createPlay } from './play.ts'
import type { RecordedAnswer, RecordedFrame, RecordedRest, Recording } from './recording.ts'

/** One browser's socket as the relay sees it. */
type MockSocket = { send(text: string): void; close(code: number, reason: string): void }
type MockConnection = { receive(text: string): void; closed(): void }

type FakeRelay = {
  connect(socket: MockSocket): MockConnection
  rest(question: RestQuestion): RecordedRest
  /** What is asked about files that were handed in here; null: something else. */
  files(request: Request): Promise<Response | null>
  /** Begins to play. */
  start(): void
  stop(): void
  /** Somebody else's next step at once, or nothing. */
  goOn(): void
}

type FakeRelayOptions = { recording: Recording; clock: Clock; newId: () => string; pauseMs?: number; goesOnMs?: number }

const HISTORY_AGO_MS = 60_000
const FRAME_MESSAGES = 100

export function createFakeRelay({ recording, clock, newId, pauseMs, goesOnMs }: FakeRelayOptions): FakeRelay {
  const log = createMockLog(recording)
  const sockets = new Set<MockSocket>()
  let closedUntil = 0
  /** What was refused once goes through when it comes again. */
  const refused = new Map<string, number>()
  let refusals = 0

  log.remember(recording.steps.slice(0, recording.opened_after).flatMap((step) => step.frames), clock.now(), HISTORY_AGO_MS)
  const play = createPlay({ recording, log, clock, pauseMs, goesOnMs, cut, change: (frame) => commands.change(frame), onIdle: () => commands.takeNext() })
  const commands = createAnswerCommand({ log, play, clock, newId })
  const rest = createAnswerRest({ recording, log, clock, rename: ({ title }) => title && commands.answer(renaming(title)) })
  const renaming = (title: string): FromBrowser => ({ type: 'command', id: null, channel: null, data: { session_id: recording.session_id, command: 'rename', args: { title } } })

  function cut(ms: number): void {
    closedUntil = clock.now() + ms
    for (const socket of [...sockets]) socket.close(4503, String(ms))
  }

  /** The refusal for the n-th prompt, or for the code that is named in it. Some codes end a turn that was taken: it is played. */
  function refuse(message: Extract<FromBrowser, { type: 'claude_message' }>): RecordedAnswer {
    const code = ERROR_CODES.find((each) => message.data.content.includes(each)) ?? ERROR_CODES[refusals++ % ERROR_CODES.length]!
    const recorded = recording.refusals!.find(({ data }) => data.code === code)
    if (recorded) return recorded
    if (play.hasFailure(code)) return { type: 'success', data: commands.answer(message, code) }
    return { type: 'error', data: { code, message: 'nothing raises this yet: made from the table of errors', trace_id: 'mock' } }
  }

  function answer(message: FromBrowser): RecordedAnswer {
    try {
      if (recording.refusals && message.type === 'claude_message' && !refused.has(message.id ?? '')) {
        refused.set(message.id ?? '', clock.now())
        return refuse(message)
      }
      return { type: 'success', data: commands.answer(message) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { type: 'error', data: { code: error.code, message: error.message, ...error.options, trace_id: 'mock' } }
    }
  }

  return {
    connect(socket) {
      const joined = new Set<string>()
      const send = (message: object) => socket.send(JSON.stringify(message))
      if (clock.now() < closedUntil) {
        // Not before whoever connects has it in hand.
        clock.setTimer(() => socket.close(4503, String(Math.max(0, closedUntil - clock.now()))), 0)
        return { receive: () => {}, closed: () => {} }
      }
      sockets.add(socket)
      const stop = log.onFrame((frame) => joined.has(frame.channel!) && send(frame))
      const say = (type: string, id: string | null, data: object) => send({ type, ...(id === null ? {} : { id }), data, timestamp: clock.now() })
      send({ ...recording.connected, data: { ...recording.connected.data, epoch: MOCK_EPOCH }, timestamp: clock.now() })

      function subscribe(message: Extract<FromBrowser, { type: 'subscribe' }>): void {
        const channel = message.channel!
        const { position, history } = message.data
        const top = log.top(channel)
        const recovered = !position || (position.epoch === MOCK_EPOCH && position.seq <= top)
        const after = position ? position.seq : history ? Math.max(0, top - history) : top
        const missed: RecordedFrame[] = recovered ? log.after(channel, after) : []
        const from = missed[0]?.seq ?? null
        const known = channel !== `session:${recording.session_id}` && channel.startsWith('session:') ? 'NOT_FOUND' : null
        if (known) return say('error', message.id, { code: known, message: 'not found', trace_id: 'mock' })
        say('success', message.id, { channel, epoch: MOCK_EPOCH, seq: top, from, recovered })
        if (!recovered) return
        joined.add(channel)
        for (let at = 0; at < missed.length; at += FRAME_MESSAGES) send(missed.slice(at, at + FRAME_MESSAGES))
        if (channel !== log.channels.session) return
        for (const open of log.openBlocks()) send(open)
        const presence = log.presence()
        if (presence) send(presence)
      }

      function take(message: FromBrowser): void {
        if (message.type === 'ping') return say('pong', message.id, {})
        if (message.type === 'subscribe') return subscribe(message)
        if (message.type === 'typing' || message.type === 'cursor_update') return message.id === null ? undefined : say('success', message.id, {})
        if (message.type === 'auth' || message.type === 'unsubscribe') {
          if (message.type === 'unsubscribe' && message.channel) joined.delete(message.channel)
          return say('success', message.id, {})
        }
        // The answer goes before the events: they are held back until it is said.
        const held: RecordedFrame[] = []
        const hold = log.onFrame((frame) => void held.push(frame))
        const before = new Set(joined)
        joined.clear()
        const { type, data } = answer(message)
        hold()
        if (message.id !== null) say(type, message.id, data)
        for (const channel of before) joined.add(channel)
        for (const frame of held) if (joined.has(frame.channel!)) send(frame)
      }

      return {
        receive(text) {
          const decoded = decodeFromBrowser(text, { arrays: true })
          if (!decoded.ok) return say('error', null, { code: 'BAD_FRAME', message: decoded.message, trace_id: 'mock' })
          for (const each of decoded.messages) {
            if (each.ok) take(each.message)
            else say('error', each.id, { code: each.code, message: each.message, details: each.details, trace_id: 'mock' })
          }
        },
        closed() {
          stop()
          sockets.delete(socket)
        },
      }
    },
    rest,
    files: createMockFiles({ log, clock }),
    start: play.start,
    stop: play.stop,
    goOn: play.goOn,
  }
}
