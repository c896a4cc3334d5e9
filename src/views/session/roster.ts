// Who is in a session as people see it: name, role, hue, whether they are here, what they do. Pure.
import type { CursorMoved, Participant, Presence, SessionRole } from '#protocol'
import type { Hue } from '../../ui/hues.ts'
import { hueOf } from '../shell/hue-of.ts'

export type RosterPerson = {
  id: string
  name: string
  role: SessionRole
  hue: Hue
  presence: 'here' | 'away' | 'gone'
  you: boolean
  typing: boolean
  /** Where their caret is; null when nowhere. */
  caret: { path: string; line: number } | null
}

type Facts = {
  participants: readonly Participant[]
  presence: Presence['people']
  typing: readonly { userId: string }[]
  carets: ReadonlyMap<string, CursorMoved>
  me: string
}

/** In the order of joining, those who are here first. */
export function rosterOf({ participants, presence, typing, carets, me }: Facts): RosterPerson[] {
  const status = new Map(presence.map((each) => [each.user_id, each.status]))
  const typists = new Set(typing.map((each) => each.userId))
  const people = participants.map((each): RosterPerson => {
    const caret = carets.get(each.user_id)
    const here = status.get(each.user_id) ?? 'gone'
    return {
      id: each.user_id,
      name: each.username,
      role: each.role,
      hue: hueOf(each.user_id),
      presence: here,
      you: each.user_id === me,
      typing: typists.has(each.user_id),
      caret: here !== 'gone' && caret?.path ? { path: caret.path, line: caret.position.line } : null,
    }
  })
  const rank = { here: 0, away: 1, gone: 2 }
  return people.sort((a, b) => rank[a.presence] - rank[b.presence])
}
