// What a person changes of a session: all of it is allowed and done in one commit, or none of it.
import { sessionChannel, type Log, type PermissionMode, type SessionAction, type SessionPatch } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import { commitOrRefuse, type OutEvent, type Part } from '../channels/channels.ts'
import type { Statement } from '../storage/storage.ts'
import { isOpenMode, refuseOpenMode } from './open-modes.ts'
import { endLinks } from './share-links.ts'
import type { SessionParts, SessionRunner } from './session-parts.ts'
import type { SessionChange } from './session-record.ts'

type Patching = SessionParts & {
  runner: () => SessionRunner
  changing(sessionId: string, change: SessionChange): Promise<Part>
  /** Whether modes in which Claude asks nobody may be chosen at all. */
  allowBypass: boolean
}

/** Besides reading it. */
function actionsOf({ title, visibility, archived, model, permission_mode: mode }: SessionPatch): SessionAction[] {
  const needs: [SessionAction, boolean][] = [
    ['rename', !!title],
    ['set_visibility', !!visibility],
    ['archive', typeof archived === 'boolean'],
    ['set_model', !!model],
    [mode && isOpenMode(mode) ? 'set_open_mode' : 'set_mode', !!mode],
  ]
  return needs.flatMap(([action, needed]) => (needed ? [action] : []))
}

/** What its log says of it. */
function logged({ name }: Identity, sessionId: string, { model, permission_mode: mode }: SessionPatch): OutEvent[] {
  const line = (code: Log['code'], text: string, args: object): OutEvent => ({
    channel: sessionChannel(sessionId),
    type: 'log',
    data: { session_id: sessionId, level: 'info', source: 'relay', code, args: { ...args, username: name }, text },
  })
  return [
    ...(model ? [line('model_changed', `${name} chose ${model}`, { model })] : []),
    ...(mode ? [line('mode_changed', `${name} chose the mode ${mode}`, { mode })] : []),
  ]
}

export function createPatchSession({ storage, channels, events, auth, clock, lanes, lost, rows, runner, changing, allowBypass }: Patching) {
  /** Those who saw it because the workspace did. */
  async function lostToOutsiders(sessionId: string): Promise<void> {
    const inside = 'SELECT user_id FROM participants WHERE session_id = ? AND removed_at IS NULL'
    const sql = `SELECT id FROM users WHERE role <> 'admin' AND deleted_at IS NULL AND id NOT IN (${inside}) ORDER BY id`
    lost(sessionId, (await storage.query<{ id: string }>(sql, [sessionId])).map(({ id }) => id))
  }

  async function readUpTo({ userId }: Identity, sessionId: string, seq: number): Promise<Statement> {
    const sql = `INSERT INTO reads (user_id, session_id, read_seq) VALUES (?, ?, ?)
      ON CONFLICT (user_id, session_id) DO UPDATE SET read_seq = excluded.read_seq WHERE reads.read_seq < excluded.read_seq`
    return { sql, params: [userId, sessionId, Math.min(seq, await events.top(sessionChannel(sessionId)))] }
  }

  async function markRead(who: Identity, sessionId: string, seq: number): Promise<void> {
    await auth.sees(who, sessionId)
    await storage.commit({ statements: [await readUpTo(who, sessionId, seq)] })
  }

  /** Every part of it, before the first is done. */
  async function check(who: Identity, sessionId: string, request: SessionPatch): Promise<void> {
    for (const action of ['read' as const, ...actionsOf(request)]) await auth.may(who, action, sessionId)
    if (request.permission_mode) refuseOpenMode(request.permission_mode, allowBypass)
  }

  /** In the lane. */
  async function commit(asked: Asked, sessionId: string, request: SessionPatch): Promise<void> {
    const { who } = asked
    const { title, visibility, archived, model, permission_mode: mode, read_seq: readSeq } = request
    const hasArchived = typeof archived === 'boolean'
    const before = title ? await rows.read(sessionId) : null
    const part = await changing(sessionId, {
      ...(title && { title, titleSource: 'person' }),
      ...(visibility && { visibility }),
      ...(hasArchived && { archivedAt: archived ? clock.now() : null }),
      ...(model && { model }),
      ...(mode && { permissionMode: mode }),
    })
    const statements = [
      // First: the audit looks at who may what before this commit.
      ...(visibility || hasArchived ? [auth.audit(who, 'session.change', { visibility, archived }, sessionId)] : []),
      ...(before && before.title !== title ? [auth.audit(who, 'session.rename', { from: before.title, to: title }, sessionId)] : []),
      ...(mode ? [auth.audit(who, 'session.permission_mode', { mode }, sessionId)] : []),
      ...part.statements,
      // Private means those in it: who still shall read it by a link is given a new one.
      ...(visibility === 'private' ? [endLinks(sessionId, clock.now())] : []),
      ...(typeof readSeq === 'number' ? [await readUpTo(who, sessionId, readSeq)] : []),
    ]
    await commitOrRefuse(channels, { statements, events: [...logged(who, sessionId, request), ...part.events], ...asked.answering({}) })
  }

  async function patch(asked: Asked, sessionId: string, request: SessionPatch): Promise<object> {
    const { who } = asked
    const { model, permission_mode: mode, visibility, read_seq: readSeq } = request
    await check(who, sessionId, request)
    if (actionsOf(request).length === 0) {
      // Nothing of the row: reading on waits for nobody's change.
      if (typeof readSeq === 'number') await markRead(who, sessionId, readSeq)
      return {}
    }
    // Only Claude knows whether there is such a model; everything else is ours to decide.
    const tried = model ? await runner().tryModel(sessionId, model) : null
    try {
      await lanes.run(sessionId, async () => {
        // A right can be lost while one waits.
        await check(who, sessionId, request)
        await commit(asked, sessionId, request)
      })
    } catch (problem) {
      tried?.takeBack()
      throw problem
    }
    if (mode) await runner().modeChosen(sessionId, mode)
    if (visibility === 'private') await lostToOutsiders(sessionId)
    return {}
  }

  return {
    rename: (asked: Asked, sessionId: string, title: string) => patch(asked, sessionId, { title }),
    setVisibility: (asked: Asked, sessionId: string, visibility: 'workspace' | 'private') => patch(asked, sessionId, { visibility }),
    setModel: (asked: Asked, sessionId: string, model: string) => patch(asked, sessionId, { model }),
    setPermissionMode: (asked: Asked, sessionId: string, mode: PermissionMode) => patch(asked, sessionId, { permission_mode: mode }),
    patch,
  }
}
