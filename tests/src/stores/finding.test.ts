// The stores for finding what is there: sessions by title, what was said in them, and what was begun in a terminal.
import { expect, test } from 'bun:test'
import type { SearchHit } from '#protocol'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useFindSessions } from '../../../src/stores/use-find-sessions.ts'
import { useSessionsStore } from '../../../src/stores/use-sessions-store.ts'
import { useTerminalSessions } from '../../../src/stores/use-terminal-sessions.ts'
import { useTextSearch } from '../../../src/stores/use-text-search.ts'
import { useWorkspacesStore } from '../../../src/stores/use-workspaces-store.ts'
import { eventually } from '../../support/eventually.ts'
import { createSmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { answered, createAskedRest, refused } from './asked-rest.ts'
import { openTestBrowser, until } from './test-browser.ts'

const hit = (session: string, seq: number, more: Partial<SearchHit> = {}): SearchHit => ({ session_id: session, workspace_id: 'w1', title: session, archived: false, seq, role: 'user', at: seq, snippet: 'tides', marks: [], ...more })
const page = (hits: SearchHit[], next: string | null = null) => answered({ hits, next })

function setUpSearch() {
  const { asked, run } = createAskedRest()
  const search = run(() => useTextSearch())
  return { asked, search, shown: () => search.hits.value.map(({ session_id, seq, more }) => `${session_id}${seq}${more ? '+' : ''}`) }
}

test('finding sessions: a newer word calls the older one off, and one search is not in the way of another', async () => {
  const { asked, run } = createAskedRest()
  const [list, archive] = run(() => [useFindSessions(), useFindSessions()])
  const older = list('tid')
  const newer = list('tides')
  const archived = archive('', { archived: true })
  expect(asked.map(({ query, signal }) => [query, signal!.aborted])).toEqual([
    [{ q: 'tid', limit: 50 }, true],
    [{ q: 'tides', limit: 50 }, false],
    [{ q: '', limit: 50, archived: true }, false],
  ])
  asked[0]!.answer(refused('ABORTED'))
  asked[1]!.answer(answered({ sessions: [sampleRow('a')] }))
  asked[2]!.answer(answered({ sessions: [] }))
  expect(await older).toMatchObject({ ok: false, trouble: { code: 'ABORTED' } })
  expect([await newer, await archived]).toMatchObject([{ ok: true, data: [{ session_id: 'a' }] }, { ok: true, data: [] }])
})

test('searching what was said: whatever an older word brings, the newer one is shown; more comes page by page', async () => {
  const { asked, search, shown } = setUpSearch()
  const older = search.ask('tid')
  const newer = search.ask('tides')
  expect(asked.map(({ query, signal }) => [query['q'], query['limit'], signal!.aborted])).toEqual([['tid', 20, true], ['tides', 20, false]])
  asked[1]!.answer(page([hit('a', 3), hit('b', 2)], 'c1'))
  await newer
  asked[0]!.answer(page([hit('x', 1)]))
  await older
  expect([shown(), search.asking.value, search.next.value]).toEqual([['a3', 'b2'], false, 'c1'])
  const more = search.again()
  expect(asked[2]!.query['cursor']).toBe('c1')
  asked[2]!.answer(page([hit('c', 1)]))
  await more
  expect([shown(), search.next.value]).toEqual([['a3', 'b2', 'c1'], null])

  const refusing = search.ask('storm')
  expect(shown()).toEqual([])
  asked[3]!.answer(refused('BUSY'))
  await refusing
  expect([search.trouble.value?.code, search.asking.value]).toEqual(['BUSY', false])
  const stopped = search.ask('never')
  search.stop()
  expect([search.asking.value, search.trouble.value, asked[4]!.signal!.aborted]).toEqual([false, null, true])
  asked[4]!.answer(page([hit('late', 1)]))
  await stopped
  expect(shown()).toEqual([])
})

test('searching what was said: empty pages on the way are passed, five of them at most; a long word is cut where it may be', async () => {
  const { asked, search, shown } = setUpSearch()
  const passed = search.ask(`${'x'.repeat(199)}🚢`)
  // Half a character is nothing that could be sent.
  expect(asked[0]!.query['q']).toBe(`${'x'.repeat(199)}\uFFFD`)
  asked[0]!.answer(page([], 'c1'))
  await eventually('the next page is asked', () => asked.length === 2)
  asked[1]!.answer(page([hit('a', 1)], 'c2'))
  await passed
  expect([shown(), asked.length, search.next.value]).toEqual([['a1'], 2, 'c2'])

  const empty = search.ask('nothing')
  for (let n = 3; n <= 7; n++) {
    await eventually('another page is asked', () => asked.length === n)
    asked[n - 1]!.answer(page([], `d${n}`))
  }
  await empty
  expect([shown(), asked.length, search.asking.value, search.next.value]).toEqual([[], 7, false, 'd7'])
})

test('searching what was said: all hits of one session take the place of the first ones, and say if there are more', async () => {
  const { asked, search, shown } = setUpSearch()
  const first = search.ask('tides')
  asked[0]!.answer(page([hit('a', 9), hit('b', 8, { more: true }), hit('c', 7)], 'next'))
  await first
  const all = search.allOf('b')
  expect(asked[1]!.query).toMatchObject({ q: 'tides', session_id: 'b' })
  asked[1]!.answer(page([hit('b', 8), hit('b', 5)], 'of b'))
  await all
  // Where the others go on is still known.
  expect([shown(), search.next.value]).toEqual([['a9', 'b8', 'b5+', 'c7'], 'next'])
})

test('begun in a terminal: shown by folder, more of one page by page, and taken over into the list of sessions', async () => {
  const relay = createSmallRelay()
  const browser = await openTestBrowser({ origin: relay.origin, storage: new Map([['ensemble.page-key', 'half']]) })
  try {
    const [sessions, workspaces] = browser.run(() => [useSessionsStore(), useWorkspacesStore()])
    await browser.run(() => useAccountStore()).start()
    await until(() => sessions.loaded && workspaces.list.length === 1, 'loaded')
    const terminal = browser.run(() => useTerminalSessions())
    await terminal.look()
    // Nothing of the kind is known to this relay: the group stays away, without a word.
    expect([terminal.any.value, terminal.trouble.value]).toEqual([false, null])

    const begun = (id: string) => ({ conversation_id: id, title: id, first_prompt: 'hello', last_used: 1 })
    relay.rest.rows.set('s9', sampleRow('s9'))
    relay.rest.hold(async (path) => {
      if (path === 'workspaces/w1/terminal-sessions') {
        const isSecond = relay.rest.asked.at(-1)!.includes('cursor=c1')
        return Response.json(isSecond ? { sessions: [begun('t3')], next: null } : { sessions: [begun('t1'), begun('t2')], next: 'c1' })
      }
      return path === 'workspaces/w1/terminal-sessions/t2/import' ? Response.json({ session_id: 's9' }) : null
    })
    await terminal.look()
    expect(terminal.any.value).toBe(true)
    await terminal.load()
    expect(terminal.groups.value.map(({ workspace, sessions: of, next }) => [workspace.id, of.length, next])).toEqual([['w1', 2, 'c1']])
    await terminal.more(terminal.groups.value[0]!)
    await terminal.more(terminal.groups.value[0]!)
    expect(terminal.groups.value[0]!.sessions.map((each) => each.conversation_id)).toEqual(['t1', 't2', 't3'])
    expect(relay.rest.count('GET workspaces/w1/terminal-sessions?limit=20')).toBe(2)

    const taken = await terminal.take('w1', terminal.groups.value[0]!.sessions[1]!)
    expect(taken).toEqual({ ok: true, data: { session_id: 's9' } })
    expect(terminal.groups.value[0]!.sessions.map((each) => each.session_id)).toEqual([undefined, 's9', undefined])
    expect(sessions.row('s9')).not.toBeNull()

    relay.rest.hold(async (path) => (path.endsWith('/import') || path.endsWith('/terminal-sessions') ? Response.json({ code: 'FORBIDDEN', message: 'no', trace_id: 't', timestamp: 1 }, { status: 403 }) : null))
    expect(await terminal.take('w1', terminal.groups.value[0]!.sessions[0]!)).toMatchObject({ ok: false, trouble: { code: 'FORBIDDEN' } })
    await terminal.load()
    expect([terminal.groups.value, terminal.trouble.value?.code, terminal.loading.value]).toEqual([[], 'FORBIDDEN', false])
  } finally {
    browser.close()
    relay.stop()
  }
})
