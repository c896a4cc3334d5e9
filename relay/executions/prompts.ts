// Prompts come in: they begin a turn, wait their turn, or are folded into the one that runs. And what people do with the queue.
import { allows, LIMITS, Refused, userChannel, type Attachment, type QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/identity.ts'
import { cliCommandIn } from './cli-commands.ts'
import { createDraft, publishDraft, type Draft } from './draft.ts'
import type { Prompted } from './executions.ts'
import { fitsFrame, isBusy, queueOf, type LaneState } from './lane-state.ts'
import { append, edit, find, isFull, move, positionOf, prepend, without, type Waiting } from './queue.ts'
import { updateWaiting } from './rows.ts'
import type { Dependencies, SessionRun } from './session-run.ts'
import { beginTurn, cancelWaiting, enqueue } from './turn-events.ts'
import type { Turns } from './turns.ts'
import { mentionedIn, titleOf } from './words.ts'

type Words = { content: string; attachments: readonly string[] }

const fullForMs = 5_000

export type Prompts = {
  /** Into this session; the right to do so was checked. */
  prompt(asked: Asked, words: Words, mode: 'queue' | 'steer'): Promise<Prompted>
  /** Into a session that does not exist yet. */
  promptNew(asked: Asked, words: Words, creation: { statements: Draft['statements']; events: Draft['events'] }): Promise<Prompted>
  update(asked: Asked, update: QueueUpdate): Promise<object>
  /** Refuses words that the CLI would take for a command which this person, or anybody, may not give. */
  checkWords(who: Identity, content: string): Promise<void>
  /** In the lane: begins with these words at once. They were checked. */
  begin(draft: Draft, state: LaneState, who: Identity, words: Words): Promise<{ next: Partial<LaneState>; prompt: Waiting }>
}

export function createPrompts(deps: Dependencies, run: SessionRun, turns: Turns): Prompts {
  const { auth, channels, clock, files, newId, sessions } = deps
  const { sessionId } = run

  /** Whatever becomes a prompt passes here, however it came: what the CLI takes for a command of its own it carries out for anybody. */
  async function checkWords(who: Identity, content: string, isNew = false): Promise<void> {
    const { name, verdict } = cliCommandIn(content)
    if (verdict === 'clears' && !isNew) await auth.may(who, 'clear', sessionId)
    if (verdict === 'refused') throw new Refused('VALIDATION', `/${name} is a command of Claude's terminal and not available here`, { details: { command: name } })
  }

  const waitingOf = (who: Identity, content: string, attachments: Attachment[], executionId: string, mode: Waiting['mode']): Omit<Waiting, 'place'> => ({
    messageId: newId(),
    executionId,
    userId: who.userId,
    username: who.name,
    role: 'user',
    content,
    attachments,
    mode,
    queuedAt: clock.now(),
  })

  async function attach(draft: Draft, who: Identity, fileIds: readonly string[]): Promise<Attachment[]> {
    if (fileIds.length === 0) return []
    const { attachments, ...part } = await files.attaching(who, sessionId, fileIds)
    draft.include(part)
    return attachments
  }

  async function mention(draft: Draft, who: Identity, content: string, messageId: string): Promise<void> {
    if (!content.includes('@')) return
    for (const { user_id } of mentionedIn(content, await sessions.roster(sessionId))) {
      if (user_id !== who.userId) draft.tellIn(userChannel(user_id), 'mention', { session_id: sessionId, message_id: messageId, user_id: who.userId })
    }
  }

  async function begin(draft: Draft, state: LaneState, who: Identity, { content, attachments }: Words): Promise<{ next: Partial<LaneState>; prompt: Waiting }> {
    const prompt: Waiting = { ...waitingOf(who, content, await attach(draft, who, attachments), newId(), 'queue'), place: 0 }
    const next = beginTurn(draft, sessionId, state, prompt, clock.now())
    await mention(draft, who, content, prompt.messageId)
    return { next, prompt }
  }

  const answerOf = ({ messageId, executionId }: Pick<Waiting, 'messageId' | 'executionId'>, position: number): Prompted => ({
    session_id: sessionId,
    message_id: messageId,
    execution_id: executionId,
    queue_position: position,
  })

  async function promptNew(asked: Asked, words: Words, creation: Pick<Draft, 'statements' | 'events'>): Promise<Prompted> {
    await checkWords(asked.who, words.content, true)
    return run.lane(async (state) => {
      const draft = createDraft(sessionId).include(creation)
      const { next, prompt } = await begin(draft, state, asked.who, words)
      const answer = answerOf(prompt, 0)
      await publishDraft(channels, draft, { asked, result: answer }, () => run.know(next))
      turns.launch(prompt)
      // The row exists only now, so what lists show of it follows.
      await run.keep(createDraft(sessionId), {})
      return answer
    })
  }

  async function prompt(asked: Asked, words: Words, mode: 'queue' | 'steer'): Promise<Prompted> {
    const { who } = asked
    await checkWords(who, words.content)
    return run.lane(async (state) => {
      const record = await sessions.get(sessionId)
      if (!record) throw new Refused('NOT_FOUND', 'not found')
      const session = {
        ...(record.title === '' && { title: titleOf(words.content), titleSource: 'prompt' as const }),
        ...(record.archivedAt !== null && { archivedAt: null }),
        touched: true,
      }
      const draft = createDraft(sessionId).include(await sessions.joining(who, sessionId))
      const steers = mode === 'steer' && state.turn !== null
      const waits = isBusy(state) || (state.queue.length > 0 && mode === 'queue')
      if (!waits) {
        // Whatever was held goes on after this turn: somebody wants Claude to work.
        if (state.held) draft.tell('queue', queueOf(sessionId, { ...state, held: null }))
        const { next, prompt: begun } = await begin(draft, { ...state, held: null }, who, words)
        const answer = answerOf(begun, 0)
        await run.commit(draft, { held: null, ...next }, { asked, result: answer, session })
        turns.launch(begun)
        return answer
      }
      if (isFull(state.queue)) throw new Refused('BUSY', `${LIMITS.queueLength} prompts are waiting already`, { retryAfterMs: fullForMs })
      const added = waitingOf(who, words.content, await attach(draft, who, words.attachments), steers ? state.turn!.id : newId(), steers ? 'steer' : 'queue')
      const queue = steers ? insertSteer(state.queue, added) : append(state.queue, added)
      if (queue.length > 1 && !fitsFrame(sessionId, { queue, held: null })) throw new Refused('BUSY', 'too much text is waiting already', { retryAfterMs: fullForMs })
      enqueue(draft, sessionId, queue, added.messageId)
      await mention(draft, who, words.content, added.messageId)
      const queued: LaneState = { ...state, queue, held: null }
      const then = turns.next(draft, queued)
      if (!then.begins) draft.tell('queue', queueOf(sessionId, queued))
      const after = { ...queued, ...then.next }
      const answer = answerOf(added, steers ? 0 : positionOf(after.queue, added.messageId))
      await run.commit(draft, after, { asked, result: answer, session })
      if (then.begins) turns.launch(then.begins)
      else if (steers) turns.steer()
      return answer
    })
  }

  /** Behind the steers that are before it, in front of everything else. */
  function insertSteer(list: LaneState['queue'], added: Omit<Waiting, 'place'>): LaneState['queue'] {
    const firstOther = list.find((each) => each.mode === 'queue')
    const appended = append(list, added)
    return firstOther ? (move(appended, added.messageId, firstOther.messageId)?.list ?? prepend(list, added)) : appended
  }

  async function update(asked: Asked, request: QueueUpdate): Promise<object> {
    const { who } = asked
    return run.lane(async (state) => {
      const prompt = find(state.queue, request.message_id)
      const role = await auth.may(who, 'read', sessionId)
      if (!prompt) throw await notWaiting(request.message_id)
      const action = `queue_${request.action}` as const
      if (!allows(action, role, prompt.userId === who.userId)) throw new Refused('FORBIDDEN', 'this prompt is somebody else\'s')
      const withClaude = prompt.mode === 'steer' && [...run.steers.values()].includes(prompt.messageId)
      if (withClaude && request.action !== 'send_now') throw new Refused('CONFLICT', 'Claude has this prompt already')
      const draft = createDraft(sessionId)
      const options = { asked, result: {} }
      if (request.action === 'cancel') {
        cancelWaiting(draft, sessionId, prompt, clock.now())
        const queue = without(state.queue, prompt.messageId)
        draft.tell('queue', queueOf(sessionId, { ...state, queue }))
        await run.commit(draft, { queue }, options)
        return {}
      }
      if (request.action === 'edit') {
        if (prompt.role !== 'user') throw new Refused('FORBIDDEN', 'the relay wrote this prompt')
        await checkWords(who, request.content)
        const queue = edit(state.queue, prompt.messageId, request.content)!
        if (queue.length > 1 && !fitsFrame(sessionId, { queue, held: state.held })) throw new Refused('TOO_LARGE', 'too much text is waiting already')
        draft.add(updateWaiting(find(queue, prompt.messageId)!)).tell('queue', queueOf(sessionId, { ...state, queue }))
        await run.commit(draft, { queue }, options)
        return {}
      }
      if (request.action === 'move') {
        const changed = move(state.queue, prompt.messageId, request.before ?? null)
        if (!changed) throw await notWaiting(request.before!)
        draft.add(...changed.moved.map(updateWaiting)).tell('queue', queueOf(sessionId, { ...state, queue: changed.list }))
        await run.commit(draft, { queue: changed.list }, options)
        return {}
      }
      return sendNow(asked, state, prompt, draft)
    })
  }

  async function sendNow(asked: Asked, state: LaneState, prompt: Waiting, draft: Draft): Promise<object> {
    const first = state.queue[0]!.messageId
    const { list, moved } = move(state.queue, prompt.messageId, first)!
    draft.add(...moved.map(updateWaiting))
    const ahead = { ...state, queue: list }
    const then = turns.next(draft, ahead, { evenHeld: true })
    if (!then.begins && moved.length > 0) draft.tell('queue', queueOf(sessionId, ahead))
    await run.commit(draft, { ...ahead, ...then.next }, { asked, result: {} })
    turns.launch(then.begins)
    if (!then.begins && state.turn) turns.cutShort(state.turn.id, 'steer', asked.who, prompt.messageId)
    return {}
  }

  async function notWaiting(messageId: string): Promise<Refused> {
    const known = await deps.storage.query('SELECT 1 FROM executions WHERE session_id = ? AND message_id = ?', [sessionId, messageId])
    return known.length > 0 ? new Refused('CONFLICT', 'this prompt does not wait any more') : new Refused('NOT_FOUND', 'not found')
  }

  return { prompt, promptNew, update, begin, checkWords }
}
