// Who may not be in a session any more asks nothing of Claude any more: their waiting prompts are cancelled.
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import type { Rooms } from './rooms.ts'
import { cancelWaiting, tellQueue } from './turn-events.ts'

type Parts = Pick<Dependencies, 'storage' | 'clock'> & { rooms: Pick<Rooms, 'of'> }

export function createAccessLost({ storage, clock, rooms }: Parts) {
  /** What the relay wrote in somebody's name belongs to a turn that was theirs to answer, and stays. */
  async function accessLost(sessionId: string, userIds: readonly string[]): Promise<void> {
    const waiting = await storage.query<{ user_id: string }>('SELECT DISTINCT user_id FROM queued_prompts WHERE session_id = ?', [sessionId])
    if (!waiting.some((each) => userIds.includes(each.user_id))) return
    const { run } = rooms.of(sessionId)
    await run.lane(async (state) => {
      // A steer that Claude has already cannot be taken back.
      const withClaude = [...run.steers.values()]
      const gone = state.queue.filter((each) => each.role === 'user' && userIds.includes(each.userId) && !withClaude.includes(each.messageId))
      if (gone.length === 0) return
      const draft = createDraft(sessionId)
      for (const prompt of gone) cancelWaiting(draft, prompt, clock.now())
      const queue = state.queue.filter((each) => !gone.includes(each))
      tellQueue(draft, { ...state, queue })
      await run.keep(draft, { queue })
    })
  }

  /** The same for users who were deleted, or may only look from now on, in whatever session. */
  async function accountsChanged(): Promise<void> {
    const sql = `SELECT DISTINCT q.session_id, q.user_id FROM queued_prompts q JOIN users u ON u.id = q.user_id
      WHERE u.deleted_at IS NOT NULL OR u.role = 'viewer'`
    for (const row of await storage.query<{ session_id: string; user_id: string }>(sql)) await accessLost(row.session_id, [row.user_id])
  }

  return { accessLost, accountsChanged }
}
