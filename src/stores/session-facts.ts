// What holds in a session besides its conversation: the row, the roster, the queue, the open requests. Pure.
import type { FileUploaded, Participant, PermissionRequest, Queue, SessionRow, SessionSnapshot } from '#protocol'
import type { TimelineFrame } from '../timeline/timeline.ts'

export type SessionFacts = {
  /** The last event that is part of these facts: older ones are replayed past a snapshot and must not be taken again. */
  seq: number
  row: SessionRow
  participants: readonly Participant[]
  queue: Queue
  /** Open permission requests, questions and plans, oldest first, wherever in the timeline they stand. */
  permissions: readonly PermissionRequest[]
  /** The snapshot: what came and went since is told below. */
  since: number
  /** Files that came since the snapshot, the last one last. */
  newFiles: readonly FileUploaded[]
  /** Files that were deleted since the snapshot, by id. */
  deletedFiles: readonly string[]
  /** Who went since the snapshot, by id, and who took them out: null is they themselves. */
  left: Readonly<Record<string, string | null | undefined>>
}

export const factsOf = (snapshot: SessionSnapshot): SessionFacts => ({
  seq: snapshot.seq,
  row: snapshot.session,
  participants: snapshot.participants,
  queue: snapshot.queue,
  permissions: snapshot.permissions,
  since: snapshot.seq,
  newFiles: [],
  deletedFiles: [],
  left: {},
})

export function reduceFacts(facts: SessionFacts, frame: TimelineFrame): SessionFacts {
  const seq = frame.seq ?? null
  if (seq === null || seq <= facts.seq) return facts
  return { ...changed(facts, frame), seq }
}

function changed(facts: SessionFacts, frame: TimelineFrame): SessionFacts {
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
      return { ...facts, newFiles: [...facts.newFiles, frame.data] }
    case 'file_deleted':
      return { ...facts, deletedFiles: [...facts.deletedFiles, frame.data.file_id] }
    case 'participant_joined':
      return joined(facts, frame.data)
    case 'participant_left': {
      const { user_id, removed_by = null } = frame.data
      return { ...facts, participants: facts.participants.filter((each) => each.user_id !== user_id), left: { ...facts.left, [user_id]: removed_by } }
    }
    default:
      return facts
  }
}

const without = (list: readonly PermissionRequest[], id: string) => list.filter((each) => each.request_id !== id)

/** Told again when the role changes: the place in the roster stays. */
function joined(facts: SessionFacts, who: Participant): SessionFacts {
  const known = facts.participants.some((each) => each.user_id === who.user_id)
  const participants = known ? facts.participants.map((each) => (each.user_id === who.user_id ? who : each)) : [...facts.participants, who]
  return { ...facts, participants, left: { ...facts.left, [who.user_id]: undefined } }
}
