// kill -9 of the relay at random moments of a turn: POINTS=50 SEED=1 bun test tests/walk/restart-points.test.ts for more of them.
import { expect, test } from 'bun:test'
import { sessionChannel } from '#protocol'
import { orderProblem, type Frame, type ProtocolClient } from '../support/protocol-client.ts'
import { createRelayOnDisk, eventually } from './relay-on-disk.ts'

const points = Number(process.env['POINTS'] ?? 10)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** About as long as both turns of a round take, from the first prompt on. */
const spanMs = 2_000

/** mulberry32: the same numbers for the same seed. */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const kept = (frames: readonly Frame[], channel: string) => frames.filter((frame) => frame.channel === channel && typeof frame.seq === 'number')
const story = (round: number) => `story ${round}: ` + 'once more with feeling. '.repeat(24)

/** The text of the block that was being written when the connection broke, as far as it was seen. */
function openText(frames: readonly Frame[]): { id: string; text: string } | null {
  const last = frames.findLast((frame) => frame.type === 'claude_response')
  if (!last || last.data['completed']) return null
  const id = last.data['message_id'] as string
  const pieces = frames.filter((frame) => frame.type === 'claude_response' && frame.data['message_id'] === id)
  return { id, text: pieces.map((frame) => frame.data['content'] as string).join('') }
}

test(`M5 P2 ${points} times kill -9 at a random point (seed ${seed}): nothing acknowledged is lost, nothing runs twice, the conversation goes on`, async () => {
  console.log(`restart-points: seed ${seed}, ${points} points`)
  const random = randomOf(seed)
  const disk = createRelayOnDisk()
  let relay = await disk.start()
  try {
    let client: ProtocolClient = await relay.client('Ada', 'admin')
    const { session_id } = await client.ask('create_session', { title: 'Storm' })
    const channel = sessionChannel(session_id)
    const acknowledged = new Map<string, string>()
    for (let round = 1; round <= points; round++) {
      if (round === 1) await client.subscribe(channel, { history: 500 })
      disk.api.when(`tell story ${round}.`).think('hm '.repeat(10), { chunkChars: 6, everyMs: 5 }).say(story(round), { chunkChars: 12, everyMs: 15 })
      disk.api.when(`and after ${round}.`).say(`after ${round}`)
      const first = await client.ask('claude_message', { session_id, content: `tell story ${round}.` })
      const second = await client.ask('claude_message', { session_id, content: `and after ${round}.` })
      acknowledged.set(first['execution_id'], `tell story ${round}.`).set(second['execution_id'], `and after ${round}.`)
      const delayMs = Math.round(random() * spanMs)
      await Bun.sleep(delayMs)
      await relay.killHard()
      await client.closed
      const seen = kept(client.frames, channel)
      const partial = openText(client.frames)
      const where = `round ${round}, killed after ${delayMs} ms (seed ${seed})`
      await eventually(() => disk.strays().length === 0, `${where}: no process of Claude is left`, 5_000)

      relay = await disk.start()
      client = await relay.client('Ada', 'admin')
      const top = (await client.subscribe(channel, { position: { epoch: client.frames[0]!.data['epoch'], seq: 0 } }))['seq'] as number
      await client.until((frame) => frame.channel === channel && frame.seq === top, `${where}: everything up to ${top}`)
      const log = new Map(kept(client.frames, channel).map((frame) => [frame.seq!, frame]))
      // What anybody was shown is on the disk, as it was shown.
      for (const frame of seen) expect({ where, type: log.get(frame.seq!)?.type, data: log.get(frame.seq!)?.data }).toEqual({ where, type: frame.type, data: frame.data })
      const all = [...log.values()].sort((a, b) => a.seq! - b.seq!)
      expect(orderProblem(all)).toBeNull()
      // At most 100 ms or 4 KB of the text that was being written are missing.
      if (partial) {
        const block = all.find((frame) => frame.type === 'claude_response' && frame.data['message_id'] === partial.id)
        const lost = partial.text.length - String(block?.data['content'] ?? '').length
        expect({ where, lost: lost > 12 * (100 / 15) * 4 }).toEqual({ where, lost: false })
        // The kill may have come in the second turn already.
        const source = block?.data['execution_id'] === first['execution_id'] ? story(round) : `after ${round}`
        if (block) expect(source).toStartWith(block.data['content'])
      }
      // Every turn that was running has its end; the queue is held, or went on when it was killed between two turns.
      const tasks = all.filter((frame) => frame.type === 'task').map((frame) => frame.data)
      const statusOf = (id: string) => tasks.filter((task) => task['execution_id'] === id).map((task) => task['status'])
      for (const [id, words] of acknowledged) {
        expect({ where, words, ends: statusOf(id).filter((status) => !['pending', 'running'].includes(status)).length <= 1, begins: statusOf(id).filter((status) => status === 'running').length <= 1 }).toEqual({ where, words, ends: true, begins: true })
      }
      await client.ask('command', { session_id, command: 'continue' })
      const last = second['execution_id'] as string
      await client.until((frame) => frame.type === 'task' && frame.data['execution_id'] === last && ['completed', 'interrupted'].includes(frame.data['status']), `${where}: the queued prompt ends`)
    }

    // In the end: every acknowledged prompt is in the timeline once, and was answered or visibly interrupted.
    await client.until((frame) => frame.type === 'session' && frame.data['session_id'] === session_id && frame.data['state'] === 'idle', 'idle')
    const events = disk.rows<{ type: string; data: string }>('SELECT type, data FROM events WHERE channel = ? ORDER BY seq', channel).map((row) => ({ type: row.type, data: JSON.parse(row.data) }))
    for (const [id, words] of acknowledged) {
      expect({ words, messages: events.filter(({ type, data }) => type === 'message' && data.content === words).length }).toEqual({ words, messages: 1 })
      const end = events.findLast(({ type, data }) => type === 'task' && data.execution_id === id)!.data
      expect({ words, status: ['completed', 'interrupted'].includes(end.status) }).toEqual({ words, status: true })
      if (end.status === 'interrupted') expect(end.reason).toBe('relay_restart')
      const turns = disk.api.requests.filter((request) => request.kind === 'turn' && request.prompt === words)
      expect({ words, turns: turns.length <= 1 }).toEqual({ words, turns: true })
    }
    // And Claude still knows what was said in the turns that were answered.
    const answered = new Set(events.filter(({ type, data }) => type === 'task' && data.status === 'completed').map(({ data }) => data.execution_id))
    const done = events.filter(({ type, data }) => type === 'claude_response' && data.completed && answered.has(data.execution_id)).map(({ data }) => String(data.content))
    await client.ask('claude_message', { session_id, content: 'do you remember?' })
    const { body } = await disk.api.received((request) => request.prompt === 'do you remember?')
    for (const text of done) expect(JSON.stringify(body.messages)).toContain(JSON.stringify(text).slice(1, -1))
  } finally {
    await disk.stop()
  }
}, 60_000 + points * 12_000)
