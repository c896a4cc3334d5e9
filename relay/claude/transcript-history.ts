// A conversation of the terminal as turns with their facts: the chain that its last entry ends, told by the same translator as live messages.
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import { fieldsOf, logged, textOf, type Fact, type Fields, type Translated } from './facts.ts'
import { entryOf, isCompacted, isSaid, parseLine, promptOf, type Entry } from './transcript-entries.ts'
import { readTranscript } from './transcript-files.ts'
import { createTranslation } from './translate-message.ts'

/** A turn as it was: what was asked, what Claude did, each at its time (milliseconds since 1970). */
export type PastTurn = { prompt: string; at: number; endedAt: number; facts: { fact: Fact; at: number }[] }
/** `lastEntryId`: up to where it was read, for whoever goes on from there. `cut`: the oldest turns are left out. */
export type PastConversation = { turns: PastTurn[]; lastEntryId: string; cut: boolean }

const maxEntries = 50_000
const maxTurns = 2_000

/** Every entry that has a place in a chain; of what nobody said only its place is held. */
async function readEntries(path: string, maxBytes: number, cwd: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  let place: unknown
  for await (const line of readTranscript(path, maxBytes)) {
    const fields = parseLine(line)
    const entry = fields && entryOf(fields)
    if (!fields || !entry || fields.isSidechain === true) continue
    place ??= fields.cwd
    if (place !== undefined && place !== cwd) return new Map()
    entries.set(entry.uuid, isSaid(entry) || isCompacted(entry) ? entry : { ...entry, fields: {} })
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value!)
  }
  return entries
}

const partsOf = ({ fields }: Entry): Fields[] => {
  const { content } = fieldsOf(fields.message)
  return Array.isArray(content) ? content.map(fieldsOf) : []
}
const callsOf = (entry: Entry): string[] => partsOf(entry).flatMap((part) => (part.type === 'tool_use' ? (textOf(part.id) ?? []) : []))
const answeredBy = (entry: Entry): string[] => partsOf(entry).flatMap((part) => (part.type === 'tool_result' ? (textOf(part.tool_use_id) ?? []) : []))
const messageIdOf = (entry: Entry | undefined): string | undefined => (entry?.type === 'assistant' ? textOf(fieldsOf(entry.fields.message).id) : undefined)

/** From the first to the last that was said; what an edit left behind is not on the way. */
function chainOf(entries: ReadonlyMap<string, Entry>): Entry[] {
  const chain = new Set<string>()
  for (let at = [...entries.values()].findLast(isSaid); at && !chain.has(at.uuid); at = at.parent === null ? undefined : entries.get(at.parent)) chain.add(at.uuid)
  addParallel(entries, chain)
  return [...entries.values()].filter((entry) => chain.has(entry.uuid) && (isSaid(entry) || isCompacted(entry)))
}

/** Each result of parallel calls hangs under its own call, so the way back from the last passes one of them only: the rest of the message belongs to it, too. */
function addParallel(entries: ReadonlyMap<string, Entry>, chain: Set<string>): void {
  const answered = new Set([...chain].flatMap((uuid) => answeredBy(entries.get(uuid)!)))
  const open = new Set<string>()
  for (const entry of entries.values()) {
    const message = messageIdOf(entry)
    if (message !== undefined && entry.parent !== null && chain.has(entry.parent) && messageIdOf(entries.get(entry.parent)) === message) chain.add(entry.uuid)
    if (!chain.has(entry.uuid) && answeredBy(entry).some((call) => open.delete(call))) chain.add(entry.uuid)
    if (chain.has(entry.uuid)) for (const call of callsOf(entry)) if (!answered.has(call)) open.add(call)
  }
}

/** As the SDK would have told it live. */
const messageOf = ({ type, uuid, fields }: Entry): SDKMessage =>
  ({ type, uuid, message: fields.message, parent_tool_use_id: null, session_id: '', timestamp: fields.timestamp, tool_use_result: fields.toolUseResult }) as unknown as SDKMessage

export async function readHistory(path: string, { maxBytes, cwd }: { maxBytes: number; cwd: string }): Promise<PastConversation | null> {
  const chain = chainOf(await readEntries(path, maxBytes, cwd))
  const translation = createTranslation({ conversationId: null, todos: [] })
  const turns: PastTurn[] = []

  const add = (told: Translated[], at: number) => {
    const turn = turns.at(-1)
    if (!turn) return
    turn.endedAt = Math.max(turn.endedAt, at)
    for (const each of told) if (each.kind === 'fact' && each.fact.type !== 'delta') turn.facts.push({ fact: each.fact, at: turn.endedAt })
  }

  for (const entry of chain) {
    const prompt = promptOf(entry)
    if (prompt !== null) {
      add(translation.tools.abandon(true), 0)
      turns.push({ prompt, at: entry.at, endedAt: entry.at, facts: [] })
    } else if (isCompacted(entry)) add([logged({ level: 'info', source: 'claude', text: 'The conversation was compacted.', code: 'compacted' })], entry.at)
    else add(told(translation, entry), entry.at)
  }
  add(translation.tools.abandon(true), 0)
  const lastEntryId = chain.findLast(isSaid)?.uuid
  if (lastEntryId === undefined || turns.length === 0) return null
  return { turns: turns.slice(-maxTurns), lastEntryId, cut: turns.length > maxTurns }
}

/** A broken entry is passed over: the rest of the conversation is worth reading. */
function told(translation: ReturnType<typeof createTranslation>, entry: Entry): Translated[] {
  try {
    return translation.translate(messageOf(entry))
  } catch {
    return []
  }
}
