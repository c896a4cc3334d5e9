// Whose sockets are open: who is here, with how many. Pure.
import type { RelayStats } from '#protocol'
import type { Identity } from '../auth/auth.ts'

type ConnectedPeople = Omit<RelayStats['connections'], 'open' | 'limit'>
/** So many are named; the list goes to whoever looks every other second. */
const maxNamed = 50

/** `whose`: of each socket; null has not signed in, and is nobody so far. Those with the most sockets first, then by name. */
export function connectedPeople(whose: Iterable<Identity | null>, most = maxNamed): ConnectedPeople {
  const people = new Map<string, ConnectedPeople['people'][number]>()
  let by_link = 0
  for (const who of whose) {
    if (who?.kind === 'link') by_link++
    else if (who) people.set(who.userId, { id: who.userId, name: who.name, sockets: (people.get(who.userId)?.sockets ?? 0) + 1 })
  }
  const sorted = [...people.values()].sort((a, b) => b.sockets - a.sockets || (a.name < b.name ? -1 : 1))
  return { people: sorted.slice(0, most), others: Math.max(sorted.length - most, 0), by_link }
}
