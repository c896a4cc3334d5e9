// A budget was raised or a day has begun: queues that were held for it go on, as far as their authors may.
import type { Storage } from '../storage/storage.ts'
import { createDraft } from './draft.ts'
import type { Rooms } from './rooms.ts'

export async function goOnFreed(storage: Pick<Storage, 'query'>, rooms: Rooms): Promise<void> {
  const held = await storage.query<{ id: string }>("SELECT id FROM sessions WHERE held_reason = 'budget' AND deleted_at IS NULL")
  for (const { id } of held) {
    const { run, turns } = rooms.of(id)
    await run.lane(async (state) => {
      if (state.held?.reason !== 'budget') return
      const draft = createDraft(id)
      const free = { ...state, held: null }
      const then = await turns.next(draft, free)
      if (!then.begins) return
      await run.keep(draft, { ...free, ...then.next })
      turns.launch(then.begins)
    })
  }
}
