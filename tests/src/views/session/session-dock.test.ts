// A text that is changed: what it takes with it, and what it leaves in the field.
import { expect, test } from 'bun:test'
import { createSessionCommands } from '../../../../src/stores/session-commands.ts'
import type { SessionStore } from '../../../../src/stores/use-session-store.ts'
import { createSessionDock } from '../../../../src/views/session/session-dock.ts'

/** A session's store as far as it matters here, over a connection that only remembers. */
function open(ok = true) {
  const sent: unknown[] = []
  const deliver = (type: string, data: unknown) => {
    sent.push([type, data])
    return { answer: Promise.resolve(ok ? { ok, data: {} } : { ok, trouble: { code: 'CONFLICT' } }) }
  }
  const item = { kind: 'prompt', origin: 'person', author: { userId: 'ada' }, superseded: false, steered: false, messageId: 'm1', content: 'as sent', attachments: [{ file_id: 'f1' }] }
  const store = {
    draft: 'half a thought',
    setDraft: (text: string) => void (store.draft = text),
    may: () => true,
    queue: null,
    timeline: { items: [item] },
    ...createSessionCommands({ deliver, request: deliver } as never, 's1'),
  }
  return { sent, store, dock: createSessionDock(store as unknown as SessionStore) }
}

test('Q4 a prompt that is sent anew keeps its files, and takes those along that were added', async () => {
  const { dock, sent, store } = open()
  expect(dock.editLast('ada')).toBe(true)
  expect(store.draft).toBe('as sent')
  await dock.finish('better', [])
  expect(sent.at(-1)).toEqual(['command', { session_id: 's1', command: 'rewind', args: { message_id: 'm1', content: 'better', attachments: undefined } }])
  expect(store.draft).toBe('half a thought')
  dock.edit({ kind: 'queued', messageId: 'm2', attachments: [{ file_id: 'f1', filename: 'a', content_type: '', size: 1 }] }, 'waits')
  await dock.finish('waits, better', ['f2'])
  expect(sent.at(-1)).toEqual(['queue_update', { session_id: 's1', message_id: 'm2', action: 'edit', content: 'waits, better', attachments: ['f1', 'f2'] }])
})

test('a change that is refused stays in the field', async () => {
  const { dock, store } = open(false)
  dock.editLast('ada')
  store.setDraft('better')
  expect((await dock.finish('better', [])).ok).toBe(false)
  expect([store.draft, dock.editing.value?.messageId]).toEqual(['better', 'm1'])
})
