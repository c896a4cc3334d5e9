// kill -9 of the relay all over the life of a prompt, in each phase twice: POINTS=200 SEED=1 bun test tests/walk/restart-points.test.ts for more or for certain ones.
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { sessionChannel } from '#protocol'
import { seededRandom } from '../support/seeded-random.ts'
import { eventually } from '../support/eventually.ts'
import { orderProblem, type Frame, type ProtocolClient } from '../support/protocol-client.ts'
import { contentOf, createRelayOnDisk } from './relay-on-disk.ts'
import { passOf, PHASES, promptId, type Asked, type Disk, type Killed, type RelayOnDisk } from './restart-phases.ts'

const names = Object.keys(PHASES)
const points = Number(process.env['POINTS'] ?? 2 * names.length)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** Side by side, each with a relay, a disk and a conversation of its own: most of a restart is waiting. */
const LANES = 2

/** Each phase as often as the others, in an order of the seed. */
function drawn(random: () => number): string[] {
  const order: string[] = []
  while (order.length < points) {
    const left = [...names]
    while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  }
  return order.slice(0, points)
}

const keptOf = (client: ProtocolClient, channel: string) => client.frames.filter((frame) => frame.channel === channel && typeof frame.seq === 'number')

/** The text of the block that was being written when the connection broke, as far as it was seen. */
function openText(frames: readonly Frame[]): { id: string; text: string } | null {
  const last = frames.findLast((frame) => frame.type === 'claude_response' || frame.type === 'thinking')
  if (!last || last.data['completed']) return null
  const id = last.data['message_id'] as string
  const pieces = frames.filter((frame) => frame.type === last.type && frame.data['message_id'] === id)
  return { id, text: pieces.map((frame) => frame.data['content'] as string).join('') }
}

/** Everything from the first event to the last one. */
async function readAll(client: ProtocolClient, channel: string): Promise<Frame[]> {
  const { seq } = await client.subscribe(channel, { position: { epoch: client.frames[0]!.data['epoch'], seq: 0 } })
  await client.until((frame) => frame.channel === channel && frame.seq === seq, `everything up to ${seq}`)
  const all = keptOf(client, channel).sort((a, b) => a.seq! - b.seq!)
  expect(orderProblem(all)).toBeNull()
  return all
}

/** Answers what is asked until the session rests: yes to what has not happened, no to what has. */
async function comeToRest(disk: Disk, client: ProtocolClient, session_id: string, { asked, note }: Killed): Promise<void> {
  const state = () => disk.rows<{ state: string }>('SELECT state FROM sessions WHERE id = ?', session_id)[0]!.state
  const open = () => disk.rows<{ request_id: string }>("SELECT request_id FROM permissions WHERE session_id = ? AND status = 'open'", session_id)
  for (;;) {
    await eventually(`${note}: rest`, () => open().length > 0 || ['idle', 'held', 'failed'].includes(state()), 30_000)
    const [question] = open()
    if (!question) return
    await client.ask('permission_response', { request_id: question.request_id, behavior: asked && contentOf(asked.file) === 'x' ? 'deny' : 'allow' })
  }
}

type Event = { type: string; data: Record<string, any> }

/** What was told to Claude and asked of people again, by how far the answer had come when the relay died; and what that left. */
function expectAnswered(where: string, { file }: Asked, pass: string | null, all: readonly Event[]): void {
  const wrote = all.filter(({ type, data }) => type === 'message' && data['role'] === 'relay' && data['content'].includes(file)).map(({ data }) => data['content'] as string)
  const asks = all.filter(({ type, data }) => type === 'permission_request' && data['input']?.command?.includes(file)).length
  const told = wrote.map((content) => ['has now allowed it', 'It may have run or not'].find((words) => content.includes(words)))
  const expected = { used: { told: [], asks: 1 }, handed: { told: ['It may have run or not'], asks: 2 }, owed: { told: ['has now allowed it'], asks: 1 } }[pass ?? 'owed']
  expect({ where, pass, told, asks }).toEqual({ where, pass, ...expected! })
  // Only a call that Claude had begun may have been cut off before it did anything: never one that it had not heard of.
  const texts = pass === 'used' ? ['x', ''] : ['x']
  expect({ where, pass, text: contentOf(file), fits: texts.includes(contentOf(file)) }).toEqual({ where, pass, text: contentOf(file), fits: true })
}

/** One conversation, with a kill at each of these points of it. */
async function live(order: readonly string[], random: () => number, lane: string): Promise<void> {
  const disk = createRelayOnDisk()
  // The relay writes the call that is to be made again into its prompt.
  const again = ({ prompt }: { prompt: string }) => JSON.parse(/```json\n([\s\S]*?)\n```/.exec(prompt)![1]!) as Record<string, unknown>
  for (const words of ['has now allowed it', 'It may have run or not']) disk.api.when(words).use('Bash', again).say('counted at last')
  disk.api.when('remember me').say('I shall.')
  let relay: RelayOnDisk = await disk.start()
  try {
    let client = await relay.client('Ada', 'admin')
    const { session_id } = await client.ask('claude_message', { content: 'remember me' })
    const channel = sessionChannel(session_id)
    await client.subscribe(channel, { history: 500 })
    await client.until((frame) => frame.type === 'task' && frame.data['status'] === 'completed', 'the first turn')
    const remembered = ['I shall.']

    for (const [index, name] of order.entries()) {
      const round = index + 1
      const killed = await PHASES[name]!({ disk, relay, client, session_id, channel, round, random })
      const where = `seed ${seed}, ${lane} ${round}, ${name}: ${killed.note}`
      await client.closed
      const acknowledged = client.frames.find((frame) => frame.id === promptId(round) && frame.type === 'success')
      await disk.noStrays(`${where}: no process of Claude is left`)
      const pass = killed.asked ? passOf(disk, killed.asked).pass : null
      if (killed.asked) writeFileSync(killed.asked.go, '')
      const seen = keptOf(client, channel)
      const partial = openText(client.frames.filter((frame) => frame.channel === channel))

      relay = await disk.start()
      client = await relay.client('Ada', 'admin')
      const log = new Map((await readAll(client, channel)).map((frame) => [frame.seq!, frame]))
      // What anybody was shown is on the disk, as it was shown.
      for (const { seq, type, data } of seen) expect({ where, type: log.get(seq!)?.type, data: log.get(seq!)?.data }).toEqual({ where, type, data })
      const there = [...log.values()].some((frame) => frame.type === 'message' && frame.data['content'] === killed.words)
      if (acknowledged || seen.some((frame) => frame.data['content'] === killed.words)) expect({ where, there }).toEqual({ where, there: true })
      // At most 100 ms or 4 KB of the text that was being written are missing, and it is the text as far as it goes.
      if (partial) {
        const block = [...log.values()].find((frame) => frame.data['message_id'] === partial.id)
        const text = String(block?.data['content'] ?? '')
        expect({ where, lost: partial.text.length - text.length > 12 * (100 / 15) * 4 }).toEqual({ where, lost: false })
        if (block) expect({ where, interrupted: block.data['interrupted'], same: text.startsWith(partial.text) || partial.text.startsWith(text) }).toEqual({ where, interrupted: true, same: true })
      }

      // Said once more under its id, as the outbox does it: the same answer, or the prompt runs now.
      const prompted = await client.ask('claude_message', { session_id, content: killed.words }, { id: promptId(round) })
      if (acknowledged) expect({ where, ...prompted }).toEqual({ where, ...acknowledged.data })
      await comeToRest(disk, client, session_id, killed)
      const after = `after ${round}.`
      disk.api.when(after).say(`answer ${round}`)
      const next = await client.ask('claude_message', { session_id, content: after })
      await client.until((frame) => frame.type === 'task' && frame.data['execution_id'] === next['execution_id'] && frame.data['status'] === 'completed', `${where}: the next prompt is answered`)

      const all: Event[] = disk.rows<{ type: string; data: string }>('SELECT type, data FROM events WHERE channel = ? ORDER BY seq', channel).map((row) => ({ type: row.type, data: JSON.parse(row.data) }))
      const endsOf = (id: string) => all.filter(({ type, data }) => type === 'task' && data['execution_id'] === id && !['pending', 'running'].includes(data['status'])).map(({ data }) => data['status'] + (data['reason'] ? ` ${data['reason']}` : ''))
      const end = there && killed.status !== 'completed' ? 'interrupted relay_restart' : 'completed'
      const { waits } = killed
      const expected = [[killed.words, end], [after, 'completed'], ...(waits ? [[waits.words, waits.began ? 'interrupted relay_restart' : 'completed']] : [])]
      for (const [words, how] of expected) {
        const messages = all.filter(({ type, data }) => type === 'message' && data['content'] === words)
        expect({ where, words, ends: messages.map(({ data }) => endsOf(data['execution_id'])) }).toEqual({ where, words, ends: [[how!]] })
      }
      if (killed.asked) expectAnswered(where, killed.asked, pass, all)
      // It is the same conversation: Claude was told again all that it had answered.
      const { body } = await disk.api.received((request) => request.kind === 'turn' && request.prompt === after)
      if (waits && !waits.began) remembered.push(waits.said)
      if (end === 'completed' && killed.said) remembered.push(killed.said)
      for (const text of remembered) expect({ where, text, known: JSON.stringify(body.messages).includes(JSON.stringify(text).slice(1, -1)) }).toEqual({ where, text, known: true })
      remembered.push(`answer ${round}`)
    }
    for (const words of new Set(disk.api.requests.filter((request) => request.kind === 'turn' && request.step === 0 && /^(take|wait|after) /.test(request.prompt)).map((request) => request.prompt))) {
      expect({ words, turns: disk.api.requests.filter((request) => request.kind === 'turn' && request.step === 0 && request.prompt === words).length }).toEqual({ words, turns: 1 })
    }
    // Each answer of the API has the same input: what is counted twice would be more than all of them.
    const [used] = disk.rows<{ input: number; twice: number }>('SELECT sum(input_tokens) AS input, count(*) FILTER (WHERE turns > 1) AS twice FROM (SELECT sum(input_tokens) AS input_tokens, sum(turns) AS turns FROM usage GROUP BY execution_id)')
    expect({ lane, twice: used!.twice, tooMuch: used!.input > 12 * disk.api.requests.length }).toEqual({ lane, twice: 0, tooMuch: false })
  } finally {
    await disk.stop()
  }
}

test(`P2 ${points} times kill -9 over the whole life of a prompt (seed ${seed}): nothing acknowledged is lost, nothing runs twice, the conversation goes on`, async () => {
  const random = seededRandom(seed)
  const order = drawn(random)
  console.log(`restart-points: seed ${seed}: ${order.join(' ')}`)
  const lanes = Array.from({ length: LANES }, (_, lane) => live(order.filter((_, index) => index % LANES === lane), seededRandom(seed + 1 + lane), `lane ${lane}, point`))
  // Each to its end, so that nothing is left running when one of them fails.
  for (const each of await Promise.allSettled(lanes)) if (each.status === 'rejected') throw each.reason
}, 60_000 + points * 15_000)
