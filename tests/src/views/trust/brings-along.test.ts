// Whether there is anything to decide about a folder.
import { expect, test } from 'bun:test'
import { bringsAlong } from '../../../../src/views/trust/brings-along.ts'

const nothing = { hooks: [], mcp_servers: [], env: [], claude_md: [] }

test('a folder asks for trust when it brings anything along, or more than was looked at', () => {
  expect([nothing, { ...nothing, scheduled: [] }].map(bringsAlong)).toEqual([false, false])
  for (const more of [{ hooks: ['a'] }, { mcp_servers: ['a'] }, { env: ['A'] }, { claude_md: ['CLAUDE.md'] }, { scheduled: ['a'] }, { incomplete: true }]) expect(bringsAlong({ ...nothing, ...more })).toBe(true)
})
