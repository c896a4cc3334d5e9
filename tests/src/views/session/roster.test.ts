// People of a session: who is here stands first, in the hue that they have everywhere.
import { expect, test } from 'bun:test'
import type { Participant } from '#protocol'
import { hueOf } from '../../../../src/views/shell/hue-of.ts'
import { rosterOf } from '../../../../src/views/session/roster.ts'

const join = (id: string, hue: number): Participant => ({ session_id: 's', user_id: id, username: id, role: 'collaborator', hue, joined_at: hue })

test('here, away, gone; with what they do', () => {
  const people = rosterOf({
    participants: [join('ana', 0), join('jun', 1), join('priya', 2)],
    presence: [
      { user_id: 'priya', username: 'priya', status: 'here' },
      { user_id: 'jun', username: 'jun', status: 'away' },
    ],
    typing: [{ userId: 'priya' }],
    carets: new Map([
      ['priya', { session_id: 's', user_id: 'priya', username: 'priya', path: 'src/limits.ts', position: { line: 6, column: 1 } }],
      ['ana', { session_id: 's', user_id: 'ana', username: 'ana', path: 'a.ts', position: { line: 1, column: 1 } }],
    ]),
    me: 'jun',
  })
  expect(people.map(({ id, hue, presence, you, typing, caret }) => ({ id, hue, presence, you, typing, caret }))).toEqual([
    { id: 'priya', hue: hueOf('priya'), presence: 'here', you: false, typing: true, caret: { path: 'src/limits.ts', line: 6 } },
    { id: 'jun', hue: hueOf('jun'), presence: 'away', you: true, typing: false, caret: null },
    // Whoever is gone has no caret any more.
    { id: 'ana', hue: hueOf('ana'), presence: 'gone', you: false, typing: false, caret: null },
  ])
})
