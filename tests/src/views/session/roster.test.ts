// People of a session: who is here stands first, in the hue that they have everywhere, unless somebody before them has it.
import { expect, test } from 'bun:test'
import type { Participant } from '#protocol'
import { hueOf } from '../../../../src/views/shell/hue-of.ts'
import { isMember, rosterOf } from '../../../../src/views/session/roster.ts'

const join = (id: string, hue: number): Participant => ({ session_id: 's', user_id: id, username: id, role: 'collaborator', hue, joined_at: hue })

test('here, away, gone; with what they do', () => {
  const people = rosterOf({
    participants: [join('ana', 0), join('jun', 1), join('minji', 2)],
    presence: [
      { user_id: 'minji', username: 'minji', status: 'here' },
      { user_id: 'jun', username: 'jun', status: 'away' },
    ],
    typing: [{ userId: 'minji' }],
    carets: new Map([
      ['minji', { session_id: 's', user_id: 'minji', username: 'minji', path: 'src/limits.ts', position: { line: 6, column: 1 } }],
      ['ana', { session_id: 's', user_id: 'ana', username: 'ana', path: 'a.ts', position: { line: 1, column: 1 } }],
    ]),
    me: 'jun',
  })
  expect(people.map(({ id, hue, presence, you, typing, caret }) => ({ id, hue, presence, you, typing, caret }))).toEqual([
    { id: 'minji', hue: hueOf('minji'), presence: 'here', you: false, typing: true, caret: { path: 'src/limits.ts', line: 6 } },
    { id: 'jun', hue: hueOf('jun'), presence: 'away', you: true, typing: false, caret: null },
    // Whoever is gone has no caret any more.
    { id: 'ana', hue: hueOf('ana'), presence: 'gone', you: false, typing: false, caret: null },
  ])
})

test('whoever looks on without having joined is there as long as they look; of two with one hue the later has the next', () => {
  const nobody = { typing: [], carets: new Map(), me: 'ana' }
  // One letter apart by eight: the same hue.
  expect(hueOf('guest a')).toBe(hueOf('guest i'))
  const people = rosterOf({ ...nobody, participants: [join('ana', 0), join('guest a', 1)], presence: ['ana', 'guest i'].map((id) => ({ user_id: id, username: id, status: 'here' as const })) })
  expect(people.map(({ id, role, presence }) => [id, role, presence])).toEqual([
    ['ana', 'collaborator', 'here'],
    ['guest i', null, 'here'],
    ['guest a', 'collaborator', 'gone'],
  ])
  expect(people.filter(isMember).map(({ id }) => id)).toEqual(['ana', 'guest a'])
  expect(new Set(people.map(({ hue }) => hue)).size).toBe(3)
  expect(people.find(({ id }) => id === 'guest a')!.hue).toBe(hueOf('guest a'))
  const many = Array.from({ length: 12 }, (_, at) => join(`p${at}`, at))
  expect(new Set(rosterOf({ ...nobody, participants: many.slice(0, 8), presence: [] }).map(({ hue }) => hue)).size).toBe(8)
  expect(rosterOf({ ...nobody, participants: many, presence: [] })).toHaveLength(12)
})
