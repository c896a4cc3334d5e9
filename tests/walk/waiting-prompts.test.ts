// A prompt that waits for its file goes out once, whatever becomes of the page it was written on. Real relay, real uploads; the way of files is held up.
import { afterEach, expect, test } from 'bun:test'
import { openDB } from 'idb'
import { eventually } from '../support/eventually.ts'
import { startRelay } from '../support/start-relay.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { useUploadsStore } from '../../src/stores/use-uploads-store.ts'
import { openPerson, type Person } from './reconnect-browser.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** Files get no further than to the browser's door while it is shut. */
function doorForFiles() {
  const pass = globalThis.fetch
  let door = Promise.withResolvers<void>()
  let isShut = false
  globalThis.fetch = (async (url: string, init?: RequestInit) => {
    if (isShut && String(url).includes('/files/tus')) await door.promise
    return await pass(url, init)
  }) as typeof fetch
  stops.push(() => (globalThis.fetch = pass))
  return {
    shut: () => void (isShut = true),
    open() {
      isShut = false
      door.resolve()
      door = Promise.withResolvers<void>()
    },
  }
}

async function setUp() {
  const proxy = await createFaultProxy()
  const relay = await startRelay({ settings: { PUBLIC_URL: proxy.origin } })
  proxy.aim(relay.port)
  stops.push(proxy.stop, relay.stop)
  const user = await relay.relay.auth.accounts.add({ name: 'Ada', role: 'user' })
  const code = await relay.relay.auth.signIn.createCode(user.id, { loopbackOnly: false })
  const names = { outboxName: `outbox-${crypto.randomUUID()}`, uploadsName: `uploads-${crypto.randomUUID()}` }
  const open = async (more: object = {}) => {
    const person = await openPerson({ origin: proxy.origin, ...names, ...more })
    const close = async () => {
      const uploads = await person.browser.services.uploads()
      uploads.stop()
      person.browser.close()
    }
    stops.push(close)
    return { person, uploads: person.browser.run(() => useUploadsStore()), close }
  }
  const first = await open({ hash: `#code=${code}` })
  const made = await first.person.sessions.create({ title: 'files' })
  if (!made.ok) throw new Error(made.trouble.message)
  return { open, first, uploadsName: names.uploadsName, sessionId: made.data.session_id }
}

const to = (sessionId: string) => ({ sessionId, purpose: 'prompt' as const })
const file = (name: string) => ({ file: new File(['content of ', name], name, { type: 'text/plain' }) })
const asked = (text: string) => ({ draft: text, content: text, mode: 'queue' as const })

async function promptsOf(person: Person, sessionId: string, atLeast: number) {
  const session = person.session(sessionId)
  await session.open()
  const prompts = () => session.timeline.items.flatMap((each) => (each.kind === 'prompt' ? [`${each.content}: ${each.attachments.map(({ filename }) => filename).join()}`] : []))
  await eventually(`${atLeast} prompts`, () => prompts().length >= atLeast && session.outbox.length === 0)
  return prompts()
}

test('it goes by itself while another session is on the screen, and after a reload; each time once, and its draft goes with it', async () => {
  const door = doorForFiles()
  const { open, first, uploadsName, sessionId } = await setUp()
  door.shut()
  const [a] = await first.uploads.add([file('a.txt')], to(sessionId))
  first.person.browser.storage.set(`ensemble.draft.${sessionId}`, 'Read it')
  await first.uploads.wait(sessionId, asked('Read it'))
  // Said twice before it can go: still one.
  await first.uploads.wait(sessionId, asked('Read it'))
  // Whoever lets a file rest has not thought again.
  await first.uploads.pause([a!.id])
  await eventually('it rests', () => first.uploads.uploads[0]!.state === 'paused')
  expect(first.uploads.waitsIn(sessionId)).toBe(true)
  await first.uploads.resume([a!.id])
  door.open()
  await eventually('it has gone', () => !first.uploads.waitsIn(sessionId) && first.uploads.uploads.length === 0)
  expect(await promptsOf(first.person, sessionId, 1)).toEqual(['Read it: a.txt'])
  expect(first.person.browser.storage.get(`ensemble.draft.${sessionId}`)).toBeUndefined()

  door.shut()
  await first.uploads.add([file('b.txt')], to(sessionId))
  first.person.session(sessionId).setDraft('And this')
  await first.uploads.wait(sessionId, asked('And this'))
  first.person.session(sessionId).leave()
  const { storage, cookies } = first.person.browser
  const kept = await openDB(uploadsName)
  await eventually('its bytes are kept', async () => (await kept.getAll('contents')).length === 1)
  kept.close()
  await first.close()

  const second = await open({ storage, cookies })
  await second.uploads.boot()
  await eventually('it waits again', () => second.uploads.waitsIn(sessionId))
  door.open()
  await eventually('it has gone', () => !second.uploads.waitsIn(sessionId) && second.uploads.uploads.length === 0)
  expect(await promptsOf(second.person, sessionId, 2)).toEqual(['Read it: a.txt', 'And this: b.txt'])
  expect([storage.get('ensemble.waiting-prompts'), storage.get(`ensemble.draft.${sessionId}`)]).toEqual([undefined, undefined])
}, 60_000)

test('with one of its files gone it is taken back, and what was written stays', async () => {
  const door = doorForFiles()
  const { first, sessionId } = await setUp()
  door.shut()
  const [a] = await first.uploads.add([file('a.txt'), file('b.txt')], to(sessionId))
  first.person.browser.storage.set(`ensemble.draft.${sessionId}`, 'Read both')
  await first.uploads.wait(sessionId, asked('Read both'))
  await first.uploads.cancel([a!.id])
  await eventually('it no longer waits', () => !first.uploads.waitsIn(sessionId))
  door.open()
  await eventually('the other is there', () => first.uploads.uploads.some(({ state }) => state === 'done'))
  expect(await promptsOf(first.person, sessionId, 0)).toEqual([])
  expect(first.person.browser.storage.get(`ensemble.draft.${sessionId}`)).toBe('Read both')
}, 60_000)
