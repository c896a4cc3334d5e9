// Finds words in what was said in one session, newest first, a bounded step at a time.
// On SQLite: by an index of trigrams that the database keeps itself (migration 0007); what it does not hold is read through.
import { containing, LIKE, type Storage } from '../storage/storage.ts'
import { placesOf, spellingsOf } from './text-match.ts'

/** Of each text so much is searched: the migration's triggers cut at the same place. */
const searchedChars = 32_768
/** Of what is read through, only where those can stand: a unit takes six signs of JSON at most, and ids and names come before them. */
const readChars = 6 * searchedChars + 32_768
/** Of a word no more is compared at every place of a text; the text itself is looked at afterwards. */
const readWordChars = 16
/** The index knows a word by so many letters in a row; a few of these say enough, the text itself is looked at afterwards. */
const indexedChars = 3
const maxTrigrams = 8
/** A step looks at no more of a session than this, but at one text at least, and takes no more texts from it. */
const stepSeqs = 2_000
const stepBytes = 1_048_576
const stepTexts = 20
const seqsPerSession = 16_777_216
/** One look at the index for many sessions: as long as they lie in few stretches, and few texts hold the words. */
const maxStretches = 100
const maxCandidates = 2_000

export type SaidText = {
  seq: number
  role: 'user' | 'note' | 'claude'
  userId: string | null
  /** null: Claude's. */
  username: string | null
  text: string
  /** Milliseconds since 1970. */
  timestamp: number
}

/** `rest`: where to go on, null when there is nothing older. A step may find nothing and yet not be the last. */
export type FoundTexts = { found: SaidText[]; rest: number | null }

export type Transcripts = {
  /** Texts of this channel that hold all of the words, newest first, below `before`. Asks nobody's rights. */
  find(channel: string, words: readonly string[], bounds: { before: number | null; limit: number }): Promise<FoundTexts>
  /** Those of these channels that may hold all of the words; null where it is not told at once. Looks at no text of another channel. */
  among(channels: readonly string[], words: readonly string[]): Promise<ReadonlySet<string> | null>
}

type Place = { number: number; since: number; top: number }
type Row = { seq: number; type: string; data: string; timestamp: number }
type Said = { content?: unknown; role?: string; user_id?: string | null; username?: string; parent_tool_use_id?: string | null }

/** What people wrote reaches the index's own language as quoted text only. */
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
/** As it stands within the JSON of an event. */
const inJson = (text: string) => containing(JSON.stringify(text).slice(1, -1))

/** Each once, however often a word repeats itself: a phrase of many alike is compared at every place of a text. */
function trigramsOf(letters: readonly string[]): string[] {
  const all = [...new Set(letters.slice(indexedChars - 1).map((_, at) => letters.slice(at, at + indexedChars).join('')))]
  const every = Math.ceil(all.length / maxTrigrams)
  return all.filter((_, at) => at % every === 0)
}

/** The query for words that are long enough, which more texts fit than hold them; null when none is. */
function matchOf(words: readonly string[]): string | null {
  const long = words.map((word) => spellingsOf(word).map((spelling) => [...spelling])).filter((spellings) => spellings.every(({ length }) => length >= indexedChars))
  const either = (spellings: string[][]) => `(${spellings.map((letters) => `(${trigramsOf(letters).map(quoted).join(' AND ')})`).join(' OR ')})`
  return long.length === 0 ? null : long.map(either).join(' AND ')
}

const placeSql = 'SELECT t.number, t.since, o.seq AS top FROM transcripts t JOIN tops o ON o.channel = t.channel WHERE t.channel = ?'
const indexedSql = `SELECT e.seq, e.type, e.data, e.timestamp FROM transcript_texts x JOIN events e ON e.channel = ? AND e.seq = x.rowid - ?
  WHERE transcript_texts MATCH ? AND x.rowid >= ? AND x.rowid < ? ORDER BY x.rowid DESC LIMIT ${stepTexts}`
const candidatesSql = `SELECT rowid / ${seqsPerSession} AS number FROM transcript_texts WHERE transcript_texts MATCH ? AND rowid >= ? AND rowid < ? LIMIT ?`
/** The types are spelled as in the index `events_to_read`, which is used only then. */
const textsSql = `FROM events WHERE channel = ? AND seq >= ? AND seq < ? AND type IN ('message', 'claude_response', 'permission_request') AND type <> 'permission_request'`
const tooFarSql = `SELECT MAX(seq) AS seq FROM (SELECT seq, bytes, SUM(bytes) OVER (ORDER BY seq DESC) AS total ${textsSql}) AS texts WHERE total > ${stepBytes} AND total > bytes`
const readSql = (spellings: number) => `SELECT seq, type, data, timestamp ${textsSql} AND (${Array(spellings).fill(`substr(data, 1, ${readChars}) ${LIKE}`).join(' OR ')}) ORDER BY seq DESC LIMIT ${stepTexts}`

function saidIn({ seq, type, data, timestamp }: Row): SaidText | null {
  const { content, role, user_id: userId, username, parent_tool_use_id: parent } = JSON.parse(data) as Said
  if (typeof content !== 'string' || parent || role === 'relay') return null
  const said = { seq: Number(seq), text: content.slice(0, searchedChars), timestamp: Number(timestamp) }
  if (type === 'claude_response') return { ...said, role: 'claude', userId: null, username: null }
  return { ...said, role: role === 'note' ? 'note' : 'user', userId: userId ?? null, username: username ?? null }
}

export function createTranscripts({ storage }: { storage: Pick<Storage, 'query'> }): Transcripts {
  function rowsIn(channel: string, words: readonly string[], match: string | null, { number }: Place, low: number, high: number): Promise<Row[]> {
    const base = number * seqsPerSession
    if (match !== null) return storage.query<Row>(indexedSql, [channel, base, match, base + low, base + high])
    // One word tells most texts apart; each more would be another walk through all letters of them.
    const longest = words.reduce((one, other) => (other.length > one.length ? other : one))
    const likes = [...new Set(['NFC', 'NFD'].map((form) => inJson([...longest.normalize(form)].slice(0, readWordChars).join(''))))]
    return storage.query<Row>(readSql(likes.length), [channel, low, high, ...likes])
  }

  /** From which seq on the texts below `high` are no more than a step may look at. */
  async function lowOf(channel: string, lowest: number, high: number): Promise<number> {
    const [tooFar] = await storage.query<{ seq: number | null }>(tooFarSql, [channel, lowest, high])
    return tooFar?.seq ? Number(tooFar.seq) + 1 : lowest
  }

  return {
    async among(channels, words) {
      const match = matchOf(words)
      if (match === null) return null
      const wanted = new Set(channels)
      const found = new Set<string>()
      const channelOf = new Map<number, string>()
      const stretches: { from: number; to: number }[] = []
      let open: { from: number; to: number } | null = null
      for (const { number, channel, since } of await storage.query<Pick<Place, 'number' | 'since'> & { channel: string }>('SELECT number, channel, since FROM transcripts ORDER BY number')) {
        // Where one lies between that is not wanted, a stretch ends.
        if (!wanted.has(channel)) open = null
        else {
          channelOf.set(Number(number), channel)
          if (Number(since) > 1) found.add(channel)
          if (open) open.to = Number(number)
          else stretches.push((open = { from: Number(number), to: Number(number) }))
        }
      }
      if (stretches.length > maxStretches) return null
      let left = maxCandidates
      for (const { from, to } of stretches) {
        const rows = await storage.query<{ number: number }>(candidatesSql, [match, from * seqsPerSession, (to + 1) * seqsPerSession, left])
        for (const { number } of rows) found.add(channelOf.get(Number(number))!)
        left -= rows.length
        if (left === 0) return null
      }
      return found
    },
    async find(channel, words, { before, limit }) {
      const [row] = await storage.query<Place>(placeSql, [channel])
      if (!row) return { found: [], rest: null }
      const place = { number: Number(row.number), since: Number(row.since), top: Number(row.top) }
      const high = Math.min(before ?? Infinity, place.top + 1)
      const match = high > place.since ? matchOf(words) : null
      const lowest = Math.max(1, high - stepSeqs, match === null ? 1 : place.since)
      if (high <= lowest) return { found: [], rest: null }
      const low = await lowOf(channel, lowest, high)
      const rows = await rowsIn(channel, words, match, place, low, high)
      const found = rows.map(saidIn).filter((said) => said !== null && placesOf(said.text, words) !== null) as SaidText[]
      if (found.length > limit) return { found: found.slice(0, limit), rest: found[limit - 1]!.seq }
      if (rows.length === stepTexts) return { found, rest: Number(rows.at(-1)!.seq) }
      return { found, rest: low > 1 ? low : null }
    },
  }
}
