// Who is connected, as sockets are counted by their people.
import { expect, test } from 'bun:test'
import type { Identity } from '../../../relay/auth/auth.ts'
import { connectedPeople } from '../../../relay/ws/connected-people.ts'

const who = (userId: string, kind: Identity['kind'] = 'access'): Identity => ({ userId, name: `Name of ${userId}`, role: 'user', sid: 's', kind, scopes: null, expiresAt: 0, address: null, agent: null })

test('most sockets first, then by name; whoever has not signed in is nobody, and a reader by a link has no name', () => {
  const whose = [who('zoe'), null, who('ben'), who('ann'), who('zoe', 'api'), who('link:1', 'link'), who('link:1', 'link')]
  expect(connectedPeople(whose)).toEqual({
    people: [{ id: 'zoe', name: 'Name of zoe', sockets: 2 }, { id: 'ann', name: 'Name of ann', sockets: 1 }, { id: 'ben', name: 'Name of ben', sockets: 1 }],
    others: 0,
    by_link: 2,
  })
})

test('a name that has changed is the one of the latest socket', () => {
  expect(connectedPeople([who('ann'), { ...who('ann'), name: 'Anna' }]).people).toEqual([{ id: 'ann', name: 'Anna', sockets: 2 }])
})

test('at most fifty are named, and the others counted', () => {
  const { people, others } = connectedPeople(Array.from({ length: 63 }, (_, n) => who(`p${n}`)))
  expect([people.length, others]).toEqual([50, 13])
})
