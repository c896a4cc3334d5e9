// Who is in a session as people see it: name, role, hue, whether they are here, what they do. Pure.
import { HUES_COUNT, hueOrderOf, type CursorMoved, type Participant, type Presence, type SessionRole } from '#protocol'
import { HUES, type Hue } from '../../ui/hues.ts'

export type RosterPerson = {
  id: string
  name: string
  /** null: looks on, and has not joined. */
  role: SessionRole | null
  hue: Hue
  presence: 'here' | 'away' | 'gone'
  you: boolean
  typing: boolean
  /** Where their caret is; null when nowhere. */
  caret: { path: string; line: number } | null
}

/** Whoever has joined. */
export type Member = RosterPerson & { role: SessionRole }
export const isMember = (person: RosterPerson): person is Member => person.role !== null

type Facts = {
  participants: readonly Participant[]
  presence: Presence['people']
  typing: readonly { userId: string }[]
  carets: ReadonlyMap<string, CursorMoved>
  me: string
}

/** The hue that each has everywhere; of two in one session who have the same, whoever came later has the next that is free. */
function huesOf(ids: readonly string[]): Map<string, Hue> {
  const taken = new Set<number>()
  return new Map(
    ids.map((id) => {
      const own = hueOrderOf(id)
      const order = HUES.map((_, step) => (own + step) % HUES_COUNT).find((each) => !taken.has(each)) ?? own
      taken.add(order)
      return [id, HUES[order]!]
    }),
  )
}

/** In the order of joining, those who are here first; whoever looks on without having joined comes after those who have. */
export function rosterOf({ participants, presence, typing, carets, me }: Facts): RosterPerson[] {
  const status = new Map(presence.map((each) => [each.user_id, each.status]))
  const typists = new Set(typing.map((each) => each.userId))
  const joined = new Set(participants.map((each) => each.user_id))
  const watching = presence.filter((each) => !joined.has(each.user_id)).map((each) => ({ ...each, role: null }))
  const all = [...participants, ...watching]
  const hues = huesOf(all.map((each) => each.user_id))
  const people = all.map((each): RosterPerson => {
    const caret = carets.get(each.user_id)
    const here = status.get(each.user_id) ?? 'gone'
    return {
      id: each.user_id,
      name: each.username,
      role: each.role,
      hue: hues.get(each.user_id)!,
      presence: here,
      you: each.user_id === me,
      typing: typists.has(each.user_id),
      caret: here !== 'gone' && caret?.path ? { path: caret.path, line: caret.position.line } : null,
    }
  })
  const rank = { here: 0, away: 1, gone: 2 }
  return people.sort((a, b) => rank[a.presence] - rank[b.presence])
}
