// What people do with waiting prompts: move, edit, cancel, send now.
import { Refused, type QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { notFound } from '../sessions/sessions.ts'
import { refuseSpent } from './affordable.ts'
import type { Composer } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import { fitsFrame, type LaneState } from './lane-state.ts'
import { edit, find, move, without, type Waiting, type WaitingList } from './queue.ts'
import { updateWaiting } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { cancelWaiting, putFirst, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

export type QueueUpdates = ReturnType<typeof createQueueUpdates>

export function createQueueUpdates({ auth, clock, storage, usage }: Dependencies, run: SessionRun, turns: Turns, composer: Composer) {
  const { sessionId } = run

  async function update(asked: Asked, request: QueueUpdate): Promise<object> {
    const { who } = asked
    await auth.sees(who, sessionId)
    if (request.action === 'edit') await composer.check(who, request.content)
    return run.lane(async (state) => {
      const prompt = find(state.queue, request.message_id)
      await auth.sees(who, sessionId)
      if (!prompt) throw await notWaiting(request.message_id)
      await auth.may(who, `queue_${request.action}`, sessionId, { own: [prompt.userId, prompt.goesOn?.userId].includes(who.userId) })
      const withClaude = prompt.mode === 'steer' && [...run.steers.values()].includes(prompt.messageId)
      if (withClaude && request.action !== 'send_now') throw new Refused('CONFLICT', 'Claude has this prompt already')
      if (request.action === 'send_now') return sendNow(asked, state, prompt)
      const draft = createDraft(sessionId)
      let queue: WaitingList
      if (request.action === 'cancel') {
        cancelWaiting(draft, prompt, clock.now())
        queue = without(state.queue, prompt.messageId)
      } else if (request.action === 'edit') {
        if (prompt.role !== 'user') throw new Refused('FORBIDDEN', 'the relay wrote this prompt')
        const attachments = await composer.attach(draft, who, { ...request, before: prompt.attachments })
        queue = edit(state.queue, prompt.messageId, { content: request.content, attachments })!
        if (queue.length > 1 && !fitsFrame(sessionId, { queue, held: state.held })) throw new Refused('TOO_LARGE', 'too much text is waiting already')
        draft.add(...composer.clearing(who, request.content), updateWaiting(find(queue, prompt.messageId)!))
      } else {
        const changed = move(state.queue, prompt.messageId, request.before ?? null)
        if (!changed) throw await notWaiting(request.before!)
        draft.add(...changed.moved.map(updateWaiting))
        queue = changed.list
      }
      tellQueue(draft, { ...state, queue })
      await run.commit(draft, { queue }, { asked })
      return {}
    })
  }

  async function sendNow(asked: Asked, state: LaneState, prompt: Waiting): Promise<object> {
    if (prompt.role === 'user') await refuseSpent(usage, prompt.userId)
    const draft = createDraft(sessionId)
    const ahead = { ...state, queue: putFirst(draft, state.queue, prompt.messageId) }
    const then = await turns.next(draft, ahead, { evenHeld: true })
    if (!then.begins && ahead.queue !== state.queue) tellQueue(draft, ahead)
    await run.commit(draft, { ...ahead, ...then.next }, { asked })
    turns.launch(then.begins)
    if (!then.begins && state.turn) turns.cutShort(state.turn.id, 'steer', asked.who, prompt.messageId)
    return {}
  }

  async function notWaiting(messageId: string): Promise<Refused> {
    const known = await storage.query('SELECT 1 FROM executions WHERE session_id = ? AND message_id = ?', [sessionId, messageId])
    return known.length > 0 ? new Refused('CONFLICT', 'this prompt does not wait any more') : notFound()
  }

  return { update }
}
