// The second line of a row, by state and by what Claude is at.
import { expect, test } from 'bun:test'
import english from '../../../../src/i18n/en/sessions.ts'
import { railLetters, sessionLine } from '../../../../src/views/sessions/session-line.ts'

const line = (state: Parameters<typeof sessionLine>[0]['state'], activity: object | null = null) =>
  sessionLine({ state, activity: activity && { since: 5, ...activity }, updated_at: 9 })

test.each([
  ['waiting', { waiting_for: 'Bash' }, 'waiting', 'wantsCommand'],
  ['waiting', { waiting_for: 'Write' }, 'waiting', 'wantsWrite'],
  ['waiting', { waiting_for: 'AskUserQuestion' }, 'waiting', 'asks'],
  ['waiting', { waiting_for: 'mcp__postgres__query' }, 'waiting', 'needsAnswer'],
  ['running', { tool: 'Grep' }, 'running', 'reading'],
  ['running', { tool: 'Bash' }, 'running', 'running'],
  ['running', {}, 'running', 'answering'],
  ['stalled', null, 'stalled', 'stalled'],
  ['held', null, 'held', 'held'],
  ['failed', {}, 'failed', 'failed'],
  ['failed', { error: 'no room on disk' }, 'failed', 'failedBecause'],
  ['idle', { cost_usd: 0.4 }, 'done', 'done'],
  ['idle', { cost_usd: 0.4, interrupted: true }, 'stopped', 'stopped'],
  ['idle', null, 'idle', 'idle'],
] as const)('%p, %p: %p, %p', (state, activity, icon, word) => {
  expect(line(state, activity)).toMatchObject({ icon, word })
  expect(english.row).toHaveProperty(word)
})

test('what waits says since when, what is done when and for how much', () => {
  expect(line('waiting', { waiting_for: 'Bash' }).age).toBe(5)
  expect(line('idle', { cost_usd: 0.4 })).toMatchObject({ at: 9, costUsd: 0.4 })
  expect(line('failed', { error: 'no room on disk' }).reason).toBe('no room on disk')
})

test('two letters of the rail are whole letters', () => {
  expect(railLetters('  🙂가나다')).toBe('🙂가')
  expect(railLetters('')).toBe('')
})
