// The state of a session is one frame, whatever is in it.
import { expect, test } from 'bun:test'
import { LIMITS, type SessionState } from '#protocol'
import { fitState } from '../../../relay/ws/fit-state.ts'

const text = (bytes: number) => 'x'.repeat(bytes)
const message = (n: number, content: string) => ({ session_id: 's', message_id: `m${n}`, role: 'note', user_id: 'u', username: 'U', content, attachments: [] }) as SessionState['messages'][number]
const file = (n: number) => ({ file_id: `f${n}`, filename: text(200), content_type: 'text/plain', size: 1, user_id: 'u' }) as SessionState['files'][number]
const waiting = { message_id: 'w', execution_id: 'e', user_id: 'u', username: 'U', content: text(768 * 1024), attachments: [], mode: 'queue' } as unknown as SessionState['queue']['items'][number]

const participant = (n: number) => ({ session_id: 's', user_id: `u${n}`, username: text(100), role: 'viewer', hue: n, joined_at: 1 }) as SessionState['participants'][number]
const request = (n: number) => ({ request_id: `r${n}`, session_id: 's', execution_id: 'e', tool_use_id: `t${n}`, tool: 'Bash', input: { command: text(60_000) }, kind: 'tool', suggestions: [] }) as SessionState['permissions'][number]
const caret = (n: number) => ({ session_id: 's', user_id: `u${n}`, username: text(100), path: text(4_000), position: { line: 1, column: 1 } }) as SessionState['cursor_positions'][number]
const some = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

test.each([0, 1])('H11 beside %i full queues all lists are in it as far as they fit, and those that are not whole are named', (queues) => {
  const state: SessionState = {
    session_id: 's',
    participants: some(10_000, participant),
    cursor_positions: some(1_000, caret),
    permissions: some(50, request),
    queue: { session_id: 's', items: queues ? [waiting] : [] },
    messages: some(50, (n) => message(n, text(30_000))),
    files: some(5_000, file),
  }
  const fitted = fitState(state)
  expect(Buffer.byteLength(JSON.stringify({ type: 'session_state', data: fitted, timestamp: 1_800_000_000_000 }))).toBeLessThanOrEqual(LIMITS.frameBytes)
  expect(fitted.cut).toEqual(['permissions', 'participants', 'messages', 'files', 'cursor_positions'])
  for (const name of fitted.cut!) expect(fitted[name].length).toBeGreaterThan(0)
  // Who waits longest and who came first; of the rest the latest.
  for (const name of ['permissions', 'participants'] as const) expect(fitted[name]).toEqual(state[name].slice(0, fitted[name].length) as never)
  for (const name of ['messages', 'files', 'cursor_positions'] as const) expect(fitted[name]).toEqual(state[name].slice(-fitted[name].length) as never)
})

test('H11 a state that fits is whole and does not speak of cuts', () => {
  const state: SessionState = { session_id: 's', participants: some(20, participant), cursor_positions: [], permissions: some(3, request), queue: { session_id: 's', items: [waiting] }, messages: [message(1, 'x')], files: some(20, file) }
  expect(fitState(state)).toEqual(state)
})
