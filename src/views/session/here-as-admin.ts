// Whether a session is open to somebody only because they are an admin: a private one that they are not in. Pure.
import type { Participant, Session, UserCard } from '#protocol'

type Row = Pick<Session, 'visibility'>

export function isHereAsAdmin(user: Pick<UserCard, 'id' | 'role'> | null, row: Row | null, participants: readonly Pick<Participant, 'user_id'>[]): boolean {
  if (user?.role !== 'admin' || row?.visibility !== 'private') return false
  return !participants.some((each) => each.user_id === user.id)
}
