// The state of a session is one frame, whatever is in it.
import { expect, test } from 'bun:test'
import { LIMITS, type SessionState } from '#protocol'
import { fitState } from '../../../relay/ws/fit-state.ts'

const text = (bytes: number) => 'x'.repeat(bytes)
const message = (n: number, content: string) => ({ session_id: 's', message_id: `m${n}`, role: 'note', user_id: 'u', username: 'U', content, attachments: [] }) as SessionState['messages'][number]
const file = (n: number) => ({ file_id: `f${n}`, filename: text(200), content_type: 'text/plain', size: 1, user_id: 'u' }) as SessionState['files'][number]
const waiting = { message_id: 'w', execution_id: 'e', user_id: 'u', username: 'U', content: text(768 * 1024), attachments: [], mode: 'queue' } as unknown as SessionState['queue']['items'][number]

test.each([0, 1])('H11 beside %i full queues the newest messages and files are in it, in their order', (queues) => {
  const state: SessionState = {
    session_id: 's',
    participants: [],
    cursor_positions: [],
    permissions: [],
    queue: { session_id: 's', items: queues ? [waiting] : [] },
    messages: Array.from({ length: 50 }, (_, n) => message(n, text(30_000))),
    files: Array.from({ length: 5_000 }, (_, n) => file(n)),
  }
  const fitted = fitState(state)
  expect(Buffer.byteLength(JSON.stringify({ type: 'session_state', data: fitted, timestamp: 1_800_000_000_000 }))).toBeLessThanOrEqual(LIMITS.frameBytes)
  expect(fitted.messages.length).toBeGreaterThan(0)
  expect(fitted.messages).toEqual(state.messages.slice(-fitted.messages.length))
  expect(fitted.files).toEqual(state.files.slice(-fitted.files.length))
})
