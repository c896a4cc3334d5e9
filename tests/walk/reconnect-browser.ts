// A person at a browser whose way to a real relay leads through a fault proxy, with a record of everything the channel applied.
import type { FromRelay } from '#protocol'
import { useAccountStore } from '../../src/stores/use-account-store.ts'
import { useConnectionStore } from '../../src/stores/use-connection-store.ts'
import { useSessionStore, type SessionStore } from '../../src/stores/use-session-store.ts'
import { useSessionsStore } from '../../src/stores/use-sessions-store.ts'
import { createHurryingClock } from '../src/connection/fake-clock.ts'
import { openTestBrowser, type TestBrowser, type TestBrowserOptions } from '../src/stores/test-browser.ts'

/** A second of the browser's patience takes 1/20 s here: retries, heartbeats and read markers, in the same order. */
const TIMES = 20

export type Person = {
  browser: TestBrowser
  account: ReturnType<typeof useAccountStore>
  link: ReturnType<typeof useConnectionStore>
  sessions: ReturnType<typeof useSessionsStore>
  session(id: string): SessionStore
  /** The events that were applied in a session, in the order in which they were, and their numbers alone. */
  events(id: string): readonly FromRelay[]
  applied(id: string): readonly number[]
}

export async function openPerson(options: TestBrowserOptions & { times?: number }): Promise<Person> {
  // Signing in is not what is looked at here, and a code is good once: it has all the time that people give it.
  const clock = createHurryingClock(options.times ?? TIMES, 1)
  const browser = await openTestBrowser({ clock, random: Math.random, ...options })
  const applied = new Map<string, FromRelay[]>()
  const { connection } = browser.services
  const open = connection.open
  connection.open = (channel, start, handlers) =>
    open(channel, start, {
      ...handlers,
      onMessage(message) {
        if (typeof message.seq === 'number') applied.set(channel, [...(applied.get(channel) ?? []), message])
        handlers.onMessage(message)
      },
    })
  const account = browser.run(() => useAccountStore())
  const link = browser.run(() => useConnectionStore())
  const sessions = browser.run(() => useSessionsStore())
  await account.start()
  clock.hurry()
  if (account.state !== 'signed-in') throw new Error(`not signed in: ${account.state}`)
  return {
    browser,
    account,
    link,
    sessions,
    session: (id) => browser.run(() => useSessionStore(id)),
    events: (id) => applied.get(`session:${id}`) ?? [],
    applied: (id) => (applied.get(`session:${id}`) ?? []).map(({ seq }) => seq!),
  }
}

/** All text that Claude wrote in a session, block after block. */
export function textOf(session: SessionStore): string {
  return session.timeline.items.flatMap((item) => (item.kind === 'turn' ? item.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) : [])).join('')
}

export const notesOf = (session: SessionStore): string[] => session.timeline.items.flatMap((item) => (item.kind === 'note' ? [item.content] : []))

/** The numbers from `first` to `last`: what must have been applied. */
export const everySeq = (first: number, last: number): number[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
