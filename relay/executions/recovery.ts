// After a crash or a restart: every turn that was open gets its end, every queue goes on or is held, nothing runs twice.
import { OPEN_MODES } from '#protocol'
import type { Channels, PartialBlock } from '../channels/channels.ts'
import type { ApiUse } from '../claude/claude.ts'
import type { Storage } from '../storage/storage.ts'
import { countTurn } from './count-turn.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import type { Execution } from './execution-state.ts'
import type { LateAnswers } from './late-answers.ts'
import { unsteer } from './queue.ts'
import { readRunning } from './kept-executions.ts'
import type { SessionRun } from './session-run.ts'
import { endTurn, holdQueue, requeueSteers, tellQueue, type TurnEnd } from './turn-events.ts'
import type { Turns } from './turns.ts'

/** Sessions of which the last run left something unsettled. */
export async function unsettledSessions(storage: Pick<Storage, 'query'>): Promise<string[]> {
  const sql = `SELECT session_id FROM executions WHERE status = 'running'
    UNION SELECT session_id FROM queued_prompts
    UNION SELECT p.session_id FROM permissions p JOIN sessions s ON s.id = p.session_id WHERE p.pass IN ('owed', 'handed') AND s.deleted_at IS NULL
    UNION SELECT id FROM sessions WHERE state IN ('running', 'stalled') AND deleted_at IS NULL`
  return (await storage.query<{ session_id: string }>(sql)).map((row) => row.session_id)
}

type Recovery = {
  deps: Pick<Dependencies, 'storage' | 'sessions' | 'usage' | 'newId'>
  run: SessionRun
  turns: Turns
  late: LateAnswers
  /** What the open blocks of this session held. */
  partial: PartialBlock[]
  now: number
}

/**
 * What the CLI has written down of what these turns used: each answer is of the turn that had begun last by then. What agents did beside
 * since the turn before is of the first of them, as the CLI would have told it.
 */
async function usedBy({ storage, usage }: Recovery['deps'], sessionId: string, open: readonly Execution[], conversationId: string | null): Promise<Map<string, (ApiUse & { at: number })[]>> {
  if (open.length === 0 || conversationId === null) return new Map()
  const from = Math.min(...open.map(({ startedAt, createdAt }) => startedAt ?? createdAt))
  // A turn that was open in a backup went on, and was counted in the database that the backup took the place of.
  const restored = await storage.query("SELECT 1 FROM audit WHERE action = 'relay.restore' AND at >= ? LIMIT 1", [from])
  if (restored.length > 0) return new Map()
  const begun = await storage.query<{ id: string; at: number }>('SELECT id, started_at AS at FROM executions WHERE session_id = ? AND started_at >= ? ORDER BY started_at', [sessionId, from])
  const [before] = await storage.query<{ at: number | null }>('SELECT max(ended_at) AS at FROM executions WHERE session_id = ? AND started_at IS NOT NULL AND ended_at <= ?', [sessionId, from])
  return Map.groupBy(await usage.usedSince(conversationId, before?.at ?? from), (answer) => (begun.findLast(({ at }) => at <= answer.at) ?? begun[0])?.id ?? '')
}

/** Ends what ran, in one commit per session; text that was being written is completed by it. */
export async function recover({ deps, run, turns, late, partial, now }: Recovery): Promise<void> {
  const { sessionId } = run
  await run.lane(async (before) => {
    const draft = createDraft(sessionId)
    const open = await readRunning(deps.storage, sessionId)
    const record = await deps.sessions.get(sessionId)
    const used = await usedBy(deps, sessionId, open, record && !record.forkPending ? record.conversationId : null)
    let state = before
    for (const turn of open) {
      const end: TurnEnd = {
        step: { to: 'interrupted', reason: 'relay_restart' },
        stats: null,
        conversationId: null,
        lastEntry: null,
        partial: partial.filter((block) => block.task === turn.id),
        told: false,
        withdraws: false,
      }
      state = { ...state, ...endTurn(draft, { ...state, turn }, turn, end, now), turn: null }
      const untold = used.get(turn.id) ?? []
      // It is of the day in which Claude worked, however late the relay is started again.
      const at = Math.min(now, untold.reduce((last, each) => Math.max(last, each.at), 0))
      const { untoldMicros } = await countTurn(deps, draft, turn, { workspaceId: record?.workspaceId ?? null, stats: null, untold, at })
      state = { ...state, costUsd: state.costUsd + untoldMicros / 1_000_000 }
    }
    const { list, changed } = unsteer(state.queue)
    if (changed.length > 0) {
      state = { ...state, queue: requeueSteers(draft, list, changed, deps.newId) }
    }
    // Between two turns nobody was interrupted, so the next prompt may simply begin.
    if (open.length > 0) state = holdQueue(draft, state, { reason: 'crash', userId: null, username: null })
    else if (changed.length > 0) tellQueue(draft, state)
    const then = await turns.next(draft, state)
    const after = await run.keep(draft, { ...state, ...then.next })
    for (const turn of open) run.told.ended({ ...turn, status: 'interrupted', reason: 'relay_restart', endedAt: now }, null)
    turns.launch(then.begins)
    await late.settle(after)
  })
}

/** Modes in which nobody is asked, chosen while this relay allowed them. */
export async function lowerOpenModes(storage: Pick<Storage, 'query'>, runOf: (sessionId: string) => SessionRun): Promise<void> {
  const sql = `SELECT id, permission_mode FROM sessions WHERE deleted_at IS NULL AND permission_mode IN (${OPEN_MODES.map(() => '?').join(', ')})`
  for (const { id, permission_mode } of await storage.query<{ id: string; permission_mode: string }>(sql, [...OPEN_MODES])) {
    const run = runOf(id)
    const text = `This relay does not allow the mode ${permission_mode} any more; mode: default`
    await run.lane(async () => void (await run.keep(createDraft(id).log('mode_changed', text, { args: { mode: 'default' }, level: 'warn' }), {}, { permissionMode: 'default' })))
  }
}

/** Blocks whose turn is over already, by some accident: they are completed where they belong. */
export async function completeStray(channels: Pick<Channels, 'publish'>, partial: PartialBlock[]): Promise<void> {
  for (const { channel, task, type, data, content } of partial) {
    await channels.publish({ events: [{ channel, type, task, data: { ...data, content, stream: false, completed: true, interrupted: true } }] })
  }
}
