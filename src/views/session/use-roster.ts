// The roster of the session on the screen, kept current.
import { computed, type ComputedRef } from 'vue'
import { useAccountStore } from '../../stores/use-account-store.ts'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { rosterOf, type RosterPerson } from './roster.ts'

export type Roster = { people: ComputedRef<RosterPerson[]>; byId: ComputedRef<ReadonlyMap<string, RosterPerson>> }

export function useRoster(store: () => SessionStore): Roster {
  const account = useAccountStore()
  const people = computed(() => {
    const { participants, presence, typing, carets, isCurrent } = store()
    // Presence stops the moment the link is doubtful.
    return rosterOf({ participants, presence: isCurrent ? presence : [], typing: isCurrent ? typing : [], carets, me: account.user?.id ?? '' })
  })
  return { people, byId: computed(() => new Map(people.value.map((each) => [each.id, each]))) }
}
