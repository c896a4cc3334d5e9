// What was said is found by those who may read it, at once, and as long as it is there.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { SearchPage } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createTranscripts } from '../../../relay/events/events.ts'
import { createSearchSessions } from '../../../relay/sessions/search-sessions.ts'
import { snippetOf } from '../../../relay/sessions/search-snippet.ts'
import { eventually } from '../../support/eventually.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type Said, sayIn, type SessionsRig, sessionsRig } from './sessions-rig.ts'

let rig: SessionsRig
let minji: Identity
let joon: Identity
let admin: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  minji = await rig.person('민지')
  joon = await rig.person('joon')
  admin = await rig.person('ada', 'admin')
})
afterAll(() => rig.end())

const say = (sessionId: string, content: string, how: Said = {}) => sayIn(rig, sessionId, content, how)
const found = (who: Identity, q: string, more: object = {}) => rig.sessions.search(who, { q, ...more })
const textsOf = ({ hits }: SearchPage) => hits.map(({ snippet }) => snippet)
const texts = async (who: Identity, q: string, more: object = {}) => textsOf(await found(who, q, more))

describe('S1: what was said is found', () => {
  test('prompts, notes and answers, by parts of words in any case, and nothing else', async () => {
    const id = await rig.begin(minji, { title: 'Harbor' })
    await say(id, 'Check the Tidegate webhook')
    await say(id, 'tidegate: ask Sofia', { role: 'note' })
    await say(id, 'The TIDEGATE is closed', { role: 'claude' })
    await say(id, 'tidegate, says the agent', { role: 'claude', parent: 'tool-1' })
    await say(id, 'tidegate, says the relay', { role: 'relay' })
    await rig.channels.publish({ events: [{ channel: `session:${id}`, type: 'thinking', data: { session_id: id, content: 'tidegate?' } }] })
    const { hits, next } = await found(minji, 'ideGate')
    expect(hits.map(({ role, username, snippet, title }) => [role, username, snippet, title])).toEqual([
      ['claude', undefined, 'The TIDEGATE is closed', 'Harbor'],
      ['note', '민지', 'tidegate: ask Sofia', 'Harbor'],
      ['user', '민지', 'Check the Tidegate webhook', 'Harbor'],
    ])
    expect(next).toBeNull()
    const [event] = (await rig.log(`session:${id}`)).filter(({ seq }) => seq === hits[0]!.seq)
    expect(event!.data['content']).toBe('The TIDEGATE is closed')
    expect(hits[0]!.marks.map(({ from, to }) => hits[0]!.snippet.slice(from, to))).toEqual(['IDEGATE'])
  })

  test('Korean, Japanese and Chinese by one letter, two or many, also as a Mac spells them', async () => {
    const id = await rig.begin(minji)
    await say(id, '조석문의 결제 오류를 고쳤습니다')
    await say(id, '潮汐の門を閉める', { role: 'claude' })
    for (const q of ['조', '결제', '석문의', '결제 오류', '조석문'.normalize('NFD')]) expect([q, await texts(minji, q)]).toEqual([q, ['조석문의 결제 오류를 고쳤습니다']])
    for (const q of ['門', '汐の', '潮汐の門']) expect([q, await texts(minji, q)]).toEqual([q, ['潮汐の門を閉める']])
  })

  test('all words have to be in one text, in any order', async () => {
    const id = await rig.begin(minji)
    await say(id, 'quartz first, then a feldspar')
    await say(id, 'quartz alone')
    expect(await texts(minji, 'feldspar quartz')).toEqual(['quartz first, then a feldspar'])
    // One of them too short for the index.
    expect(await texts(minji, 'a quartz feldspar')).toEqual(['quartz first, then a feldspar'])
    expect(await texts(minji, 'quartz xy')).toEqual([])
  })

  test('until it is erased; in the trash a session is not found', async () => {
    const id = await rig.begin(minji)
    for (let n = 0; n < 5; n++) await say(id, `obsidian ${n}`)
    expect(await texts(minji, 'obsidian')).toHaveLength(3)
    await rig.ask(minji, (asked) => rig.sessions.remove(asked, id, { purge: false }))
    for (const who of [minji, admin]) expect(await texts(who, 'obsidian')).toEqual([])
    await rig.ask(minji, (asked) => rig.sessions.restore(asked, id))
    expect(await texts(minji, 'obsidian')).toHaveLength(3)
    await rig.ask(minji, (asked) => rig.sessions.remove(asked, id, { purge: true }))
    expect(await texts(admin, 'obsidian')).toEqual([])
    expect(await rig.storage.query('SELECT rowid FROM transcript_texts WHERE transcript_texts MATCH ?', ['obsidian'])).toEqual([])
    expect(await rig.storage.query('SELECT 1 FROM transcripts WHERE channel = ?', [`session:${id}`])).toEqual([])
  })

  test('an archived session is found and says so; a fork’s copy is found in the fork', async () => {
    const id = await rig.begin(minji, { title: 'Old' })
    await say(id, 'granite in the archive')
    await rig.ask(minji, (asked) => rig.sessions.patch(asked, id, { archived: true }))
    expect((await found(minji, 'granite')).hits.map(({ title, archived }) => [title, archived])).toEqual([['Old', true]])
    const { session_id: copy } = await rig.ask(minji, (asked) => rig.sessions.fork(asked, id, {}))
    expect((await found(minji, 'granite', { sessionId: copy })).hits.map(({ session_id }) => session_id)).toEqual([copy])
  })

  test('a very long text is found by what it begins with', async () => {
    const id = await rig.begin(minji)
    await say(id, `basalt ${'x '.repeat(20_000)}andesite`)
    expect(await texts(minji, 'basalt')).toHaveLength(1)
    expect(await texts(minji, 'andesite')).toEqual([])
  })
})

describe('S2: only those who may read it', () => {
  test('find a text exactly when the rights let them in, for any mixture of rows', async () => {
    const own = await sessionsRig()
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    console.log(`seed ${seed}`)
    const next = seededRandom(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
    const users: Identity[] = []
    for (let n = 0; n < 5; n++) users.push(await own.person(`user ${n}`, pick(['admin', 'user', 'user', 'viewer'] as const)))
    await own.run("INSERT INTO workspaces (id, path, name, owner_id, created_at) VALUES ('w1', '/w1', 'w1', ?, 0)", users[0]!.userId)
    await own.run("INSERT INTO workspace_members (workspace_id, user_id) VALUES ('w1', ?)", users[1]!.userId)
    for (let n = 0; n < 24; n++) {
      await own.run(
        `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at, deleted_at)
          VALUES (?, ?, ?, 'prompt', ?, ?, 'idle', 'default', 0, ?, ?)`,
        ...[`s${n}`, pick([own.workspace.id, 'w1']), `s${n}`, pick(users).userId, pick(['workspace', 'private']), n % 5, next() < 0.1 ? 1 : null],
      )
      for (const [hue, user] of users.entries()) {
        if (next() < 0.35) await own.run('INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at) VALUES (?, ?, ?, ?, 0, ?)', `s${n}`, user.userId, 'collaborator', hue, next() < 0.4 ? 1 : null)
      }
      await sayIn(own, `s${n}`, `marble ${n}`)
    }
    for (const user of users) {
      const allowed: string[] = []
      for (let n = 0; n < 24; n++) if (await own.auth.standing(user, `s${n}`)) allowed.push(`s${n}`)
      const seen: string[] = []
      for (let cursor: string | null = null, pages = 0; pages === 0 || cursor; pages++) {
        const page: SearchPage = await own.sessions.search(user, { q: 'marble', limit: 4, cursor })
        seen.push(...page.hits.map(({ session_id }) => session_id))
        cursor = page.next
      }
      expect(seen.toSorted()).toEqual(allowed.toSorted())
    }
    await own.end()
  }, 20_000)

  test('a foreign session, asked for by its id, is as one that does not exist', async () => {
    const id = await rig.begin(minji, { visibility: 'private' })
    await say(id, 'pumice')
    const empty = { hits: [], next: null }
    expect(await found(joon, 'pumice')).toEqual(empty)
    expect(await found(joon, 'pumice', { sessionId: id })).toEqual(empty)
    expect(await found(joon, 'pumice', { sessionId: 'none' })).toEqual(empty)
    expect(await texts(admin, 'pumice')).toEqual(['pumice'])
  })

  test('among many sessions one is found, and the index is asked about nobody else’s', async () => {
    const own = await sessionsRig()
    const [mine, theirs] = [await own.person('mine'), await own.person('theirs')]
    for (let n = 0; n < 130; n++) {
      const who = n % 13 === 5 ? theirs : mine
      const id = await own.begin(who, { visibility: 'private' })
      await sayIn(own, id, n === 3 ? 'a rare rhyolite' : who === theirs ? 'rhyolite of theirs' : `common ${n}`)
      own.clock.advance(1)
    }
    const asked: (readonly string[])[] = []
    const transcripts: typeof own.transcripts = { ...own.transcripts, among: (channels, words) => (asked.push(channels), own.transcripts.among(channels, words)) }
    const search = own.makeSessions({ transcripts }).search
    expect((await search(mine, { q: 'rhyolite' })).hits.map(({ snippet }) => snippet)).toEqual(['a rare rhyolite'])
    expect((await search(mine, { q: 'travertine' })).hits).toEqual([])
    expect(await search(mine, { q: 'common', limit: 100 }).then(({ hits }) => hits.length)).toBe(100)
    expect(asked.length).toBeGreaterThan(1)
    const foreign = new Set((await own.storage.query<{ id: string }>('SELECT id FROM sessions WHERE owner_id = ?', [theirs.userId])).map(({ id }) => `session:${id}`))
    expect(foreign.size).toBe(10)
    expect(asked.flat().filter((channel) => foreign.has(channel))).toEqual([])
    // Stretches end where a foreign session lies between.
    const all = (await own.storage.query<{ channel: string }>('SELECT channel FROM transcripts')).map(({ channel }) => channel)
    expect([...(await own.transcripts.among(all.filter((channel) => !foreign.has(channel)), ['rhyolite']))!]).toHaveLength(1)
    expect([...(await own.transcripts.among(all, ['rhyolite']))!]).toHaveLength(11)
    await own.end()
  }, 20_000)

  test('no text of a foreign session is read', async () => {
    const id = await rig.begin(minji, { visibility: 'private' })
    await say(id, 'travertine')
    const { transcripts, looked } = watched()
    const search = rig.makeSessions({ transcripts }).search
    await search(joon, { q: 'travertine' })
    expect(looked).not.toContain(`session:${id}`)
    await search(minji, { q: 'travertine' })
    expect(looked).toContain(`session:${id}`)
  })
})

function watched() {
  const looked: string[] = []
  const transcripts: typeof rig.transcripts = {
    ...rig.transcripts,
    find(channel, words, bounds) {
      looked.push(channel)
      return rig.transcripts.find(channel, words, bounds)
    },
  }
  return { transcripts, looked }
}

describe('S3: words and pages', () => {
  test('every character stands for itself', async () => {
    const id = await rig.begin(minji)
    const odd = ['"dolomite"', 'dolo*', 'NEAR(dolomite)', 'dolomite AND', "dolomite'; DROP TABLE events; --", 'text:dolomite', '^dolomite', 'dolo%mite', 'dolo_mite', '\\dolomite\\', '{dolomite}', '-dolomite']
    for (const text of odd) await say(id, text)
    for (const text of odd) {
      const hits = (await found(minji, text, { sessionId: id, limit: 100 })).hits.map(({ snippet }) => snippet)
      expect([text, hits]).toEqual([text, odd.toReversed().filter((each) => text.toLowerCase().split(' ').every((word) => each.toLowerCase().includes(word)))])
    }
    for (const q of ['"', '*', '""', '%', '_', '\\', '\u0000', '\ud800', 'OR', ')', '('.repeat(200), '" OR "', ' '.repeat(200)]) await found(minji, q)
  })

  test('of one session three are told, of one that is asked for alone all of them, page by page', async () => {
    const id = await rig.begin(minji)
    for (let n = 0; n < 50; n++) await say(id, `schist ${n}`)
    const { hits } = await found(minji, 'schist')
    expect(hits.map(({ snippet, more }) => [snippet, more])).toEqual([['schist 49', undefined], ['schist 48', undefined], ['schist 47', true]])
    const seen: string[] = []
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor; pages++) {
      const page: SearchPage = await found(minji, 'schist', { sessionId: id, limit: 7, cursor })
      seen.push(...textsOf(page))
      cursor = page.next
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => `schist ${49 - n}`))
    const exactly = await rig.begin(minji)
    for (let n = 0; n < 3; n++) await say(exactly, `gneiss ${n}`)
    expect((await found(minji, 'gneiss')).hits.map(({ more }) => more)).toEqual([undefined, undefined, undefined])
  })

  test('what takes too long is answered with what was found and where to go on', async () => {
    const id = await rig.begin(minji)
    await say(id, 'porphyry')
    const slow: typeof rig.transcripts = {
      ...rig.transcripts,
      async find(...asked) {
        rig.clock.step(400)
        return rig.transcripts.find(...asked)
      },
    }
    const search = rig.makeSessions({ transcripts: slow }).search
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | null = null; pages === 0 || cursor; pages++) {
      let page: SearchPage | null = null
      void search(minji, { q: 'porphyry', cursor }).then((answer) => (page = answer))
      // It lets others have their turn meanwhile: with a timer, which stands still here.
      await eventually('an answer', () => (rig.clock.advance(0), page !== null))
      const { hits, next } = page! as SearchPage
      seen.push(...hits.map(({ snippet }) => snippet))
      cursor = next
    }
    expect(seen).toEqual(['porphyry'])
    expect(pages).toBeGreaterThan(2)
  })

  test('a cursor of something else is refused', async () => {
    expect(await outcomeOf(found(minji, 'x', { cursor: 'nonsense' }))).toBe('VALIDATION')
  })

  test('a snippet is one line around the first place, with its marks where the words are', () => {
    const text = `${'before '.repeat(40)}the\n\ttide gate😀 ${'after '.repeat(80)}`
    const at = text.indexOf('tide')
    const { snippet, marks } = snippetOf(text, [[at, at + 4], [at + 5, at + 9]])
    expect(marks.map(({ from, to }) => snippet.slice(from, to))).toEqual(['tide', 'gate'])
    expect(snippet).toStartWith('…before')
    expect(snippet).toEndWith('…')
    expect(snippet).not.toMatch(/[\n\t]/)
    expect(snippet.isWellFormed()).toBeTrue()
    expect(snippetOf('short', [])).toEqual({ snippet: 'short', marks: [] })
  })

  test('of Claude’s Markdown the words are shown, and the marks stand where they stood', async () => {
    const text = '## The **parts**\n\n| part | file |\n|---|:---|\n| tidegate | `src/tidegate.ts` |\n\n```ts\nopen(tidegate) || a\n```\n> so `2 ** 3`'
    const id = await rig.begin(minji)
    await say(id, text, { role: 'claude' })
    await say(id, text)
    const [typed, { snippet, marks }] = (await found(minji, 'tidegate', { sessionId: id })).hits as [SearchPage['hits'][0], SearchPage['hits'][0]]
    expect(snippet).toBe('The parts part · file tidegate · src/tidegate.ts open(tidegate) || a so 2 ** 3')
    expect(marks.map(({ from, to }) => snippet.slice(from, to))).toEqual(['tidegate', 'tidegate', 'tidegate'])
    // What a person types is no Markdown.
    expect(typed.snippet).toContain('## The **parts** | part | file |')
    expect(typed.marks.map(({ from, to }) => typed.snippet.slice(from, to))).toEqual(['tidegate', 'tidegate', 'tidegate'])
    // What was sought is shown, whatever it is.
    const { hits } = await found(minji, '`src/tidegate.ts` ```ts', { sessionId: id })
    expect(hits[1]!.marks.map(({ from, to }) => hits[1]!.snippet.slice(from, to))).toEqual(['`src/tidegate.ts`', '```ts'])
  })

  test('wherever the piece begins in a line, its marks hold what was found', () => {
    const text = `${'| cell with \t `code` | **bold** '.repeat(20)}|\n|---|---|\n# 제목 \u{1F980}\n${'- `x` | y\n'.repeat(20)}`
    for (let at = 0; at + 4 < text.length; at++) {
      const { snippet, marks } = snippetOf(text, [[at, at + 4]], { markdown: true })
      expect(marks.map(({ from, to }) => snippet.slice(from, to).trim())).toEqual([text.slice(at, at + 4).replace(/\s+/g, ' ').trim()])
    }
  })
})

describe('one search stops nobody else', () => {
  test('what is nowhere is not sought session by session, and others have their turn between two looks at the database', async () => {
    const own = await sessionsRig()
    const who = await own.person('many')
    await own.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
        INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at)
        SELECT printf('many-%04d', i), ?, '', 'prompt', ?, 'private', 'idle', 'default', 0, i FROM n`,
      own.workspace.id,
      who.userId,
    )
    await own.run("INSERT INTO participants (session_id, user_id, role, hue, joined_at) SELECT id, owner_id, 'owner', 0, 0 FROM sessions")
    for (const n of ['0007', '0300', '1480']) await sayIn(own, `many-${n}`, 'a rare rhyolite')
    for (const admin of [false, true]) {
      let turns = 0
      const turnsAtQueries: number[] = []
      const query: typeof own.storage.query = (sql, params) => {
        turnsAtQueries.push(turns)
        own.clock.step(10)
        return own.storage.query(sql, params)
      }
      const search = createSearchSessions({ storage: { ...own.storage, query }, transcripts: own.transcripts, clock: own.clock })
      const find = async (q: string) => {
        let page: SearchPage | null = null
        turnsAtQueries.length = 0
        void search({ ...who, ...(admin && { role: 'admin' }) }, { q }).then((answer) => (page = answer))
        await eventually('an answer', () => (turns++, own.clock.advance(0), page !== null))
        return page! as SearchPage
      }
      expect((await find('rhyolite')).hits.map(({ session_id }) => session_id)).toEqual(['many-1480', 'many-0300', 'many-0007'])
      expect((await find('travertine')).hits).toEqual([])
      expect(turnsAtQueries).toHaveLength(2)
      expect(turnsAtQueries[1]!).toBeGreaterThan(turnsAtQueries[0]!)
      // Too short for the index: all are looked into, and the rows of each step come after somebody else's turn.
      expect((await find('zz')).hits).toEqual([])
      expect(turnsAtQueries.length).toBeGreaterThan(5)
      expect(new Set(turnsAtQueries).size).toBe(turnsAtQueries.length)
    }
    await own.end()
  }, 20_000)

  test('the index is asked for a few letters in a row, each once; what fits them and does not hold the phrase is not told', async () => {
    const id = await rig.begin(minji)
    const phrase = `${'z'.repeat(150)}yx${'z'.repeat(40)}`
    const long = 'the quick brown fox jumps over a lazy dog'.replaceAll(' ', '-')
    await say(id, `${'z'.repeat(30_000)}yx${'z'.repeat(50)}`)
    await say(id, `${'z'.repeat(10)}yx${'z'.repeat(500)}`)
    await say(id, long)
    const matches: string[] = []
    const transcripts = createTranscripts({ storage: { query: (sql, params) => (sql.includes('MATCH') && matches.push(String(params![2])), rig.storage.query(sql, params)) } })
    const search = rig.makeSessions({ transcripts }).search
    expect((await search(minji, { q: phrase, sessionId: id })).hits).toHaveLength(1)
    expect((await search(minji, { q: long, sessionId: id })).hits.map(({ snippet }) => snippet)).toEqual([long])
    for (const match of matches) {
      const asked = match.match(/"[^"]*"/g)!
      expect(asked.length).toBeLessThanOrEqual(8)
      expect(asked.filter((each, at) => each.length !== 5 || asked.indexOf(each) !== at)).toEqual([])
    }
    expect(matches.length).toBeGreaterThanOrEqual(2)
  })

  test('a step looks at a mebibyte of texts, or at one; nothing is left out between two', async () => {
    const id = await rig.begin(minji)
    const channel = `session:${id}`
    const chars = [1_500_000, ...Array.from({ length: 30 }, () => 100_000), 1_500_000, 10]
    for (const [n, count] of chars.entries()) await say(id, `ox${n % 7 === 0 ? ' tern' : ''} ${'o'.repeat(count)}`, { role: 'claude' })
    for (const [words, expected] of [[['ox'], chars.length], [['xq'], 0], [['ox', 'te'], 5], [['tern'], 5]] as const) {
      let count = 0
      let steps = 0
      for (let before: number | null = null, rest: number | null = 1; rest !== null; steps++) {
        const step = await rig.transcripts.find(channel, words, { before, limit: 100 })
        const [looked] = await rig.storage.query<{ bytes: number; texts: number }>("SELECT SUM(bytes) AS bytes, COUNT(*) AS texts FROM events WHERE channel = ? AND type = 'claude_response' AND seq >= ? AND seq < ?", [channel, step.rest ?? 0, before ?? 1e9])
        expect([words, looked!.bytes <= 1_048_576 || looked!.texts === 1]).toEqual([words, true])
        count += step.found.length
        before = rest = step.rest
      }
      expect([words, count]).toEqual([words, expected])
      expect(steps).toBeGreaterThanOrEqual(6)
    }
  })
})
