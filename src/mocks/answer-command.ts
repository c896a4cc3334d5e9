// What the mocked relay does with a message that changes something: goes on with the recording, or applies the change to what it keeps.
import { Refused, type CommandMessage, type ErrorCode, type FromBrowser, type PermissionResponse, type Queue, type Session } from '#protocol'
import type { Clock } from '../clock.ts'
import type { MockLog } from './mock-log.ts'
import type { Play } from './play.ts'
import type { RecordedFrame } from './recording.ts'

type CommandDependencies = { log: MockLog; play: Play; clock: Clock; newId: () => string }
type Waiting = Queue['items'][number] & { executionId: string }
type Result = Record<string, unknown>

export function createAnswerCommand({ log, play, clock, newId }: CommandDependencies) {
  const { viewer } = log
  const sessionId = log.session().session_id
  const base = { session_id: sessionId }
  const by = { user_id: viewer.id, username: viewer.name }
  /** Prompts of the viewer that wait for a turn, beside what the recording has in its queue. */
  let waiting: Waiting[] = []
  const gone = new Set<string>()
  const edited = new Map<string, string>()

  const event = (type: string, data: object, channel = log.channels.session): void =>
    log.tell({ type, channel, seq: 0, data: data as Record<string, unknown>, timestamp: clock.now() })

  function tellSession(changes: Partial<Session>): Result {
    const session = { ...log.session(), ...changes, updated_at: clock.now() }
    event('session', session)
    event('session', session, log.channels.user)
    return {}
  }

  function tellQueue(items: Queue['items'], held = log.queue().held_by): Result {
    event('queue', { ...base, items, ...(held ? { held_by: held } : {}) })
    return {}
  }

  /** A recorded queue, with what the viewer has done to it since. */
  function queueNow(recorded: Queue['items']): Queue['items'] {
    const order = log.queue().items.map((each) => each.message_id)
    const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length)
    const mine = waiting.map(({ executionId: _, ...item }) => item)
    return [...recorded.filter((each) => !gone.has(each.message_id)), ...mine]
      .map((each) => ({ ...each, content: edited.get(each.message_id) ?? each.content }))
      .sort((a, b) => rank(a.message_id) - rank(b.message_id))
  }

  function change(frame: RecordedFrame): RecordedFrame {
    if (frame.type === 'queue') return { ...frame, data: { ...frame.data, items: queueNow(frame.data.items as Queue['items']) } }
    const words = frame.type === 'message' ? edited.get(String(frame.data.message_id)) : undefined
    return words === undefined ? frame : { ...frame, data: { ...frame.data, content: words } }
  }

  /** The next recorded turn, or the one that failed with this code, as the answer to these words. */
  function begin(content: string, ids?: { messageId: string; executionId: string }, failure?: ErrorCode): Result {
    const step = play.nextPrompt(failure)
    const recorded = (step.answer?.data ?? {}) as { message_id: string; execution_id: string }
    const mine = ids ?? { messageId: play.named(recorded.message_id), executionId: play.named(recorded.execution_id) }
    edited.set(mine.messageId, content)
    const rename = (id: string) => (id === recorded.message_id ? mine.messageId : id === recorded.execution_id ? mine.executionId : play.named(id))
    play.perform(step, { rename, change })
    return { ...base, message_id: mine.messageId, execution_id: mine.executionId, queue_position: 0 }
  }

  const isBusy = () => play.isPlaying() || log.running() !== null || log.permissions().length > 0

  function prompt(content: string, mode: 'queue' | 'steer' | null | undefined, failure?: ErrorCode): Result {
    if (!isBusy()) return begin(content, undefined, failure)
    const item: Queue['items'][number] = { message_id: newId(), ...by, content, attachments: [], mode: mode ?? 'queue', queued_at: clock.now() }
    const executionId = newId()
    waiting.push({ ...item, executionId })
    const items = [...log.queue().items, item]
    tellQueue(items)
    return { ...base, message_id: item.message_id, execution_id: executionId, queue_position: items.length }
  }

  function takeNext(): void {
    if (isBusy() || log.queue().held_by) return
    const next = waiting.shift()
    if (!next) return
    tellQueue(log.queue().items.filter((each) => each.message_id !== next.message_id))
    begin(next.content, { messageId: next.message_id, executionId: next.executionId })
  }

  function interrupt(executionId: string): Result {
    const running = log.running()
    if (running?.execution_id !== executionId) throw new Refused('CONFLICT', 'this execution is not running')
    play.breakOff()
    const recorded = play.expected('command')
    if (recorded?.data.command === 'interrupt') {
      play.perform(recorded, { change })
      return {}
    }
    for (const block of log.openBlocks()) event(block.type, { ...block.data, stream: false, completed: true, interrupted: true })
    for (const { request_id, execution_id, tool_use_id } of log.permissions())
      event('permission_resolved', { ...base, request_id, execution_id, tool_use_id, status: 'withdrawn' })
    event('task', { ...running, ...by, status: 'interrupted', reason: 'person', ended_at: clock.now() })
    if (log.queue().items.length > 0) tellQueue(log.queue().items, { ...by, reason: 'person' })
    play.leaveTurn()
    return tellSession({ state: log.queue().items.length > 0 ? 'held' : 'idle', activity: { since: clock.now(), interrupted: true } })
  }

  function respond(response: PermissionResponse): Result {
    const open = log.permissions().find((each) => each.request_id === response.request_id)
    if (!open) throw new Refused('CONFLICT', 'somebody else has answered', { details: { request_id: response.request_id } })
    const step = play.expected('permission_response')
    if (!step) throw new Refused('CONFLICT', 'this recording does not go on from here')
    const answered = (frame: RecordedFrame): RecordedFrame => {
      if (frame.type !== 'permission_resolved') return change(frame)
      const { message, answers, rule, scope } = response
      const said = { ...(message ? { message } : {}), ...(answers ? { answers } : {}), ...(rule ? { rule } : {}) }
      return { ...frame, data: { ...frame.data, ...by, scope: scope ?? 'once', ...said } }
    }
    const result = { request_id: open.request_id, status: response.behavior === 'allow' ? 'allowed' : 'denied' }
    if (step.data.behavior === response.behavior) {
      play.perform(step, { change: answered })
      return result
    }
    const asked = play.before(step)!
    const inputOf = (frames: readonly RecordedFrame[] = []) => JSON.stringify(frames.find((frame) => frame.type === 'permission_request' && 'input' in frame.data)?.data.input)
    const twin = play.find((each) => each.type === 'permission_response' && each.data.behavior === response.behavior && inputOf(play.before(each)?.frames) === inputOf(asked.frames))
    if (!twin) throw new Refused('VALIDATION', `this recording knows no other answer than ${String(step.data.behavior)}`)
    const [there, here] = [play.idsOf(play.before(twin)!.frames), play.idsOf(asked.frames)]
    play.instead(twin, new Map(there.map((id, index) => [id, here[index] ?? id])), { change: answered })
    return result
  }

  function updateQueue(update: Extract<FromBrowser, { type: 'queue_update' }>['data']): Result {
    const { items } = log.queue()
    const item = items.find((each) => each.message_id === update.message_id)
    if (!item) throw new Refused('NOT_FOUND', 'this prompt waits no longer')
    const others = items.filter((each) => each !== item)
    if (update.action === 'move') {
      const at = others.findIndex((each) => each.message_id === update.before)
      others.splice(at < 0 ? others.length : at, 0, item)
      return tellQueue(others)
    }
    if (update.action === 'edit') {
      edited.set(item.message_id, update.content)
      waiting = waiting.map((each) => (each.message_id === item.message_id ? { ...each, content: update.content } : each))
      return tellQueue(items.map((each) => (each === item ? { ...each, content: update.content } : each)))
    }
    gone.add(item.message_id)
    play.drop(item.message_id)
    waiting = waiting.filter((each) => each.message_id !== item.message_id)
    tellQueue(others)
    if (update.action === 'send_now') {
      const running = log.running()
      if (running) interrupt(running.execution_id)
      begin(item.content, { messageId: item.message_id, executionId: newId() })
    }
    return {}
  }

  function command(message: CommandMessage): Result {
    switch (message.command) {
      case 'interrupt':
        return interrupt(message.args.execution_id)
      case 'rename':
        return tellSession({ title: message.args.title })
      case 'set_model':
        return tellSession({ model: message.args.model })
      case 'set_permission_mode':
        return tellSession({ permission_mode: message.args.permission_mode })
      case 'set_visibility':
        return tellSession({ visibility: message.args.visibility })
      case 'trust':
        return tellSession({ trusted: message.args.trusted })
      case 'note':
        event('message', { ...base, message_id: newId(), role: 'note', ...by, content: message.args.content, attachments: [] })
        return {}
      case 'hold':
        return tellQueue(log.queue().items, { ...by, reason: 'person' })
      case 'continue':
        tellQueue(log.queue().items, null)
        if (log.session().state === 'held') tellSession({ state: 'idle' })
        takeNext()
        return {}
      case 'clear':
        event('log', { ...base, level: 'info', source: 'relay', text: 'cleared', code: 'cleared' })
        return {}
      default:
        throw new Refused('VALIDATION', `nothing was recorded for ${message.command}`)
    }
  }

  return {
    /** Nothing is going on: the viewer's next prompt that waits begins. */
    takeNext,
    change,
    /** The result, or a Refused. `failure`: with what the turn of this prompt has to fail. */
    answer(message: FromBrowser, failure?: ErrorCode): Result {
      switch (message.type) {
        case 'claude_message':
          return prompt(message.data.content, message.data.mode, failure)
        case 'command':
          return command(message.data)
        case 'permission_response':
          return respond(message.data)
        case 'queue_update':
          return updateQueue(message.data)
        case 'set_role': {
          const person = log.participants().find((each) => each.user_id === message.data.target_user_id)
          if (!person) throw new Refused('NOT_FOUND', 'nobody of that id is here')
          event('participant_joined', { ...person, role: message.data.role })
          return {}
        }
        case 'remove_user': {
          const person = log.participants().find((each) => each.user_id === message.data.target_user_id)
          if (!person) throw new Refused('NOT_FOUND', 'nobody of that id is here')
          event('participant_left', { ...base, user_id: person.user_id, username: person.username, removed_by: viewer.id })
          return {}
        }
        default:
          throw new Refused('VALIDATION', `the page without a relay has no answer to ${message.type}`)
      }
    },
  }
}
