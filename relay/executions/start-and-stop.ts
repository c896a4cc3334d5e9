// The relay starts and stops, sessions go, people lose their rights: what that means for turns, queues and questions.
import { Refused, sessionChannel } from '#protocol'
import { createAccessLost } from './access-lost.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import { goOnFreed } from './freed.ts'
import { completeStray, lowerOpenModes, recover, unsettledSessions } from './recovery.ts'
import type { Rooms } from './rooms.ts'
import { cancelWaiting, tellQueue } from './turn-events.ts'
import { within } from './within.ts'

const drainedForMs = 2_000
const endsWithinMs = 5_000

export function createStartAndStop(deps: Dependencies, rooms: Rooms) {
  const { auth, channels, clock, log, sessions, storage, usage, workspaces } = deps
  let draining = false
  const { accessLost, accountsChanged } = createAccessLost({ storage, clock, rooms })
  const cancelling = (work: Promise<void>) => void work.catch((problem: unknown) => log.error('executions.not_cancelled', { problem }))
  // Of a session in the trash `discard` takes everything.
  sessions.onAccessLost(({ sessionId, userIds }) => userIds && cancelling(accessLost(sessionId, userIds)))
  workspaces.onRemoved((workspaceId) => cancelling(endIn(workspaceId)))
  usage.budgets.onFreed(() => draining || cancelling(goOnFreed(storage, rooms)))
  let unwatch: (() => void) | null = null

  async function discard(sessionId: string): Promise<void> {
    const room = rooms.of(sessionId)
    const { run, turns, permissions } = room
    await run.lane(async (state) => {
      const draft = createDraft(sessionId)
      for (const waiting of state.queue) cancelWaiting(draft, waiting, clock.now())
      const asked = permissions.withdrawAll(draft, state)
      if (draft.events.length === 0) return
      tellQueue(draft, { queue: [], held: null })
      await run.keep(draft, { queue: [], held: null, asked })
    })
    if (run.live) turns.cutShort(run.live.executionId, 'person', null)
    await run.close()
    await rooms.settled(room)
    rooms.forget(sessionId)
  }

  /** Nothing works on in a folder that is no workspace any more. */
  async function endIn(workspaceId: string): Promise<void> {
    const there = new Set((await storage.query<{ id: string }>('SELECT id FROM sessions WHERE workspace_id = ?', [workspaceId])).map(({ id }) => id))
    await Promise.all(rooms.all().filter(({ run }) => there.has(run.sessionId)).map(({ run }) => discard(run.sessionId)))
  }

  async function boot(): Promise<void> {
    const blocks = await channels.openBlocks.recover()
    if (!deps.allowBypass) await lowerOpenModes(storage, (sessionId) => rooms.of(sessionId).run)
    await accountsChanged()
    unwatch = auth.watch(() => draining || cancelling(accountsChanged()))
    const settled = await unsettledSessions(storage)
    for (const sessionId of settled) {
      const partial = blocks.filter((block) => block.channel === sessionChannel(sessionId))
      await recover({ deps, ...rooms.of(sessionId), partial, now: clock.now() })
    }
    // Those that ended with their turn are gone from the table by now.
    await completeStray(channels, await channels.openBlocks.recover())
    await goOnFreed(storage, rooms)
    deps.metrics?.add('ensemble_turns_recovered_total', settled.length)
    if (settled.length > 0) log.info('executions.recovered', { sessions: settled.length })
  }

  async function stop(): Promise<void> {
    draining = true
    unwatch?.()
    const all = rooms.all()
    for (const { run, turns } of all) {
      const { live } = run
      if (!live) continue
      // A question would be answered with "no" by an interruption; the end of its process leaves it open.
      const asks = run.peek()?.asked.some((each) => each.request.execution_id === live.executionId)
      live.ending ??= 'relay_restart'
      if (asks && run.link && live.stage === 'taken') run.track(run.link.end())
      else turns.cutShort(live.executionId, 'relay_restart', null)
    }
    await within(clock, endsWithinMs, Promise.all(all.map(rooms.settled)))
    await Promise.all(all.map(({ run }) => run.close()))
    for (const { run } of all) run.stop()
    await Promise.all(all.map(rooms.settled))
  }

  /** No new prompts, and nothing that would begin one. */
  function refuseWhileDraining(): void {
    if (draining) throw new Refused('DRAINING', 'the relay is going down', { retryAfterMs: drainedForMs })
  }

  function warm(sessionId: string): void {
    if (draining) return
    const { run } = rooms.of(sessionId)
    if (run.link) return run.link.prewarm()
    run.track(run.lane(() => run.open()).then((link) => link.prewarm(), () => undefined))
  }

  return { warm, isDraining: () => draining, refuseWhileDraining, discard, boot, stop }
}
