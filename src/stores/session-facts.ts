// What holds in a session besides its conversation: the row, the roster, the queue, the open requests. Pure.
import { effectiveRole, type GlobalRole, type Participant, type PermissionRequest, type Queue, type SessionRow, type SessionSnapshot } from '#protocol'
import type { TimelineFrame } from '../timeline/timeline.ts'

export type SessionFacts = {
  /** The last event that is part of these facts: older ones are replayed past a snapshot and must not be taken again. */
  seq: number
  row: SessionRow
  participants: readonly Participant[]
  queue: Queue
  /** Open permission requests, questions and plans, oldest first, wherever in the timeline they stand. */
  permissions: readonly PermissionRequest[]
  /** The last event that may have changed which files there are. */
  filesSeq: number
  /** Files that were deleted since the snapshot, by id. */
  deletedFiles: readonly string[]
  /** Who took the access of the reader away; null while they have it. */
  removedBy: { userId: string | null } | null
}

export type Reader = { id: string; role: GlobalRole }

export const factsOf = (snapshot: SessionSnapshot): SessionFacts => ({
  seq: snapshot.seq,
  row: snapshot.session,
  participants: snapshot.participants,
  queue: snapshot.queue,
  permissions: snapshot.permissions,
  filesSeq: snapshot.seq,
  deletedFiles: [],
  removedBy: null,
})

export function reduceFacts(facts: SessionFacts, frame: TimelineFrame, reader: Reader): SessionFacts {
  const seq = frame.seq ?? null
  if (seq === null || seq <= facts.seq) return facts
  return { ...changed(facts, frame, reader), seq }
}

function changed(facts: SessionFacts, frame: TimelineFrame, reader: Reader): SessionFacts {
  switch (frame.type) {
    case 'session':
      return { ...facts, row: { ...facts.row, ...frame.data } }
    case 'queue':
      return { ...facts, queue: frame.data }
    case 'permission_request':
      if (!('kind' in frame.data)) return facts
      return { ...facts, permissions: [...without(facts.permissions, frame.data.request_id), frame.data] }
    case 'permission_resolved':
      return { ...facts, permissions: without(facts.permissions, frame.data.request_id) }
    case 'file_uploaded':
    case 'file_shared':
      return { ...facts, filesSeq: frame.seq! }
    case 'file_deleted':
      return { ...facts, filesSeq: frame.seq!, deletedFiles: [...facts.deletedFiles, frame.data.file_id] }
    case 'participant_joined':
      return joined(facts, frame.data, reader)
    case 'participant_left': {
      const participants = facts.participants.filter((each) => each.user_id !== frame.data.user_id)
      const away = frame.data.user_id === reader.id && reader.role !== 'admin'
      // Who left by themselves may come back as far as the session is visible to them.
      if (away && !frame.data.removed_by && facts.row.visibility === 'workspace') return { ...facts, participants, row: { ...facts.row, role: effectiveRole('collaborator', reader.role)! } }
      return { ...facts, participants, removedBy: away ? { userId: frame.data.removed_by ?? null } : facts.removedBy }
    }
    default:
      return facts
  }
}

const without = (list: readonly PermissionRequest[], id: string) => list.filter((each) => each.request_id !== id)

/** Told again when the role changes: the place in the roster stays. */
function joined(facts: SessionFacts, who: Participant, reader: Reader): SessionFacts {
  const known = facts.participants.some((each) => each.user_id === who.user_id)
  const participants = known ? facts.participants.map((each) => (each.user_id === who.user_id ? who : each)) : [...facts.participants, who]
  if (who.user_id !== reader.id) return { ...facts, participants }
  const role = effectiveRole(who.role, reader.role) ?? who.role
  return { ...facts, participants, row: { ...facts.row, role }, removedBy: null }
}
