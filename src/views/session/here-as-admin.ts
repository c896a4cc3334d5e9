// Whether a session is open to somebody as an admin: a private one that they do not own. Pure.
import type { Participant, Session, UserCard } from '#protocol'

type Row = Pick<Session, 'visibility'>

export function isHereAsAdmin(user: Pick<UserCard, 'id' | 'role'> | null, row: Row | null, participants: readonly Pick<Participant, 'user_id' | 'role'>[]): boolean {
  if (user?.role !== 'admin' || row?.visibility !== 'private') return false
  return !participants.some((each) => each.user_id === user.id && each.role === 'owner')
}
