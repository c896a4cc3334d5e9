// Where commands wait: in IndexedDB, in memory, or in memory because the disk is full.
import { afterEach, expect, test } from 'bun:test'
import { createIndexedOutboxStore, createMemoryOutboxStore, createOutboxStore, type OutboxStore, type StoredCommand } from '../../../src/connection/outbox-store.ts'
import { done, trouble } from '../../../src/connection/outcome.ts'
import { newDatabase, createJudge, prompt, openTab, stopAll } from './outbox-rig.ts'

afterEach(stopAll)

const command = (id: string, userId = 'u1'): StoredCommand => ({ id, userId, type: 'claude_message', data: { content: id }, sessionId: null, createdAt: 1, lane: 'new', refused: null })

for (const [name, make] of [
  ['in IndexedDB', () => createIndexedOutboxStore(newDatabase())],
  ['in memory', () => createMemoryOutboxStore()],
  ['with a spare', () => createOutboxStore(createIndexedOutboxStore(newDatabase()), createMemoryOutboxStore(), () => {})],
] as const) {
  test(`a store ${name}: order of giving, own user only, refused, removed`, async () => {
    const store = make()
    for (const id of ['z', 'a', 'm']) await store.add(command(id))
    await store.add(command('x', 'u2'))
    expect((await store.all('u1')).map((each) => each.id)).toEqual(['z', 'a', 'm'])
    await store.refuse('a', trouble('FORBIDDEN', 'no'))
    expect((await store.all('u1')).map((each) => each.refused?.code ?? null)).toEqual([null, 'FORBIDDEN', null])
    expect([await store.remove('z'), await store.remove('z')]).toEqual([true, false])
    expect((await store.all('u1')).map((each) => each.id)).toEqual(['a', 'm'])
    expect((await store.all('u2')).map((each) => each.id)).toEqual(['x'])
  })
}

test('a full disk does not stop a prompt: it waits in memory and is sent', async () => {
  const problems: string[] = []
  const full: OutboxStore = { ...createMemoryOutboxStore(), add: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
  const store = createOutboxStore(full, createMemoryOutboxStore(), (problem) => problems.push(problem))
  const judge = createJudge()
  const { outbox } = openTab(store)
  outbox.linkUp(judge.ask('a'))
  judge.setRule(() => done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 }))
  expect((await outbox.deliver('claude_message', prompt('still sent')).answer).ok).toBe(true)
  expect(problems.length).toBe(1)
  expect(await store.all('u1')).toEqual([])
})
