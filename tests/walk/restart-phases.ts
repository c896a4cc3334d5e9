// The ways to one point of a prompt's life, each found by a fact, never by the clock, and the end of the relay at that point.
import { join } from 'node:path'
import { createGate } from '../../relay/demo/script.ts'
import type { Frame, ProtocolClient } from '../support/protocol-client.ts'
import { eventually } from '../support/eventually.ts'
import { contentOf, taskIs, type createRelayOnDisk } from './relay-on-disk.ts'

export type Disk = ReturnType<typeof createRelayOnDisk>
export type RelayOnDisk = Awaited<ReturnType<Disk['start']>>

type Stage = {
  disk: Disk
  relay: RelayOnDisk
  client: ProtocolClient
  session_id: string
  channel: string
  round: number
  /** Between 0 and 1, from the seed. */
  random: () => number
}

/** A call that was asked for: one x has to be in its file in the end. It runs on until there is a file `go`. */
export type Asked = { request_id: string; file: string; go: string }
/** What holds after this point. */
export type Killed = { words: string; status: 'interrupted' | 'completed' | 'either'; said?: string; asked?: Asked; waits?: { words: string; began: boolean; said: string }; note: string }
type Phase = (stage: Stage) => Promise<Killed>

export const promptId = (round: number) => `prompt-${round}`
const wordsOf = (round: number) => `take ${round}.`
const storyOf = (round: number) => `story ${round}: ` + 'once more with feeling. '.repeat(24)

function send({ client, session_id }: Stage, type: string, id: string, data: object): void {
  client.raw(JSON.stringify({ type, id, data: { session_id, ...data }, timestamp: 0 }))
}
const sendPrompt = (stage: Stage) => send(stage, 'claude_message', promptId(stage.round), { content: wordsOf(stage.round) })
const pick = (random: () => number, upTo: number) => 1 + Math.floor(random() * upTo)
/** A relay that stands still reads nothing more: what is sent to it now was never taken. */
const standStill = ({ relay }: Stage) => relay.kill('SIGSTOP')
const ofPrompt = (stage: Stage, type: string) => (frame: Frame) => frame.type === type && frame.channel === stage.channel && frame.data['execution_id'] === executionOf(stage)
const executionOf = ({ client, round }: Stage): string | undefined =>
  client.frames.find((frame) => frame.type === 'message' && frame.data['content'] === wordsOf(round))?.data['execution_id']

/** The prompt never reached the relay. */
const unsent: Phase = async (stage) => {
  const { disk, relay, round } = stage
  disk.api.when(wordsOf(round)).say(`late ${round}`)
  standStill(stage)
  sendPrompt(stage)
  await relay.killHard()
  return { words: wordsOf(round), status: 'completed', said: `late ${round}`, note: 'never taken' }
}

/** It was sent, and nobody waited for anything: it is there or it is not. */
const sent: Phase = async (stage) => {
  const { disk, relay, round } = stage
  disk.api.when(wordsOf(round)).say(`soon ${round}`)
  sendPrompt(stage)
  await relay.killHard()
  return { words: wordsOf(round), status: 'either', note: 'just sent' }
}

/** The nth row of its turn is on the disk, and Claude has not begun to answer. */
const began: Phase = async (stage) => {
  const { disk, relay, round, random, channel } = stage
  const [before] = disk.rows<{ seq: number }>('SELECT max(seq) AS seq FROM events WHERE channel = ?', channel)
  const rows = pick(random, 4)
  disk.api.when(wordsOf(round)).hold(createGate()).say('never said')
  sendPrompt(stage)
  await eventually(`row ${rows}`, () => disk.rows<{ seq: number }>('SELECT max(seq) AS seq FROM events WHERE channel = ?', channel)[0]!.seq >= before!.seq + rows)
  await relay.killHard()
  return { words: wordsOf(round), status: 'interrupted', note: `row ${rows} of its turn` }
}

/** The nth character of what Claude thinks or says was seen. */
const streaming = (type: 'thinking' | 'claude_response', waits: boolean): Phase => async (stage) => {
  const { client, disk, relay, round, random } = stage
  const text = type === 'thinking' ? 'hm, '.repeat(60) : storyOf(round)
  const chars = pick(random, text.length)
  const answer = disk.api.when(wordsOf(round))
  const pace = { chunkChars: 12, everyMs: 15 }
  if (type === 'thinking') answer.think(text, pace).hold(createGate()).say('never said')
  else answer.say(text, pace).hold(createGate())
  sendPrompt(stage)
  const next = `wait ${round}.`
  if (waits) {
    disk.api.when(next).say(`waited ${round}`)
    await client.ask('claude_message', { session_id: stage.session_id, content: next })
  }
  await client.until((frame) => ofPrompt(stage, type)(frame) && Number(frame.data['offset'] ?? 0) + String(frame.data['content']).length >= chars, `character ${chars}`)
  await relay.killHard()
  return { words: wordsOf(round), status: 'interrupted', ...(waits && { waits: { words: next, began: false, said: `waited ${round}` } }), note: `character ${chars} of ${type}` }
}

/** Claude asks whether it may write one x more. */
async function ask(stage: Stage, { runsOn = false } = {}): Promise<Asked> {
  const { client, disk, round } = stage
  const file = join(disk.home.workspace, `counted-${round}.txt`)
  const go = `${file}.go`
  const call = { command: `printf x >> ${file}${runsOn ? `; while [ ! -e ${go} ]; do sleep 0.05; done` : ''}`, description: 'Count' }
  disk.api.when(wordsOf(round)).use('Bash', call).say(`counted ${round}`)
  sendPrompt(stage)
  const asked = await client.until((frame) => ofPrompt(stage, 'permission_request')(frame), 'the question')
  return { request_id: asked.data['request_id'], file, go }
}
const allow = (stage: Stage, { request_id }: Asked) => send(stage, 'permission_response', `answer-${stage.round}`, { request_id, behavior: 'allow' })
export const passOf = (disk: Disk, { request_id }: Asked) => disk.rows<{ status: string; pass: string | null }>('SELECT status, pass FROM permissions WHERE request_id = ?', request_id)[0]!

const questioned: Phase = async (stage) => {
  const asked = await ask(stage)
  await stage.relay.killHard()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'the question is open' }
}

const unanswered: Phase = async (stage) => {
  const asked = await ask(stage)
  standStill(stage)
  allow(stage, asked)
  await stage.relay.killHard()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'the answer was never taken' }
}

const owed: Phase = async (stage) => {
  const asked = await ask(stage)
  const telling = stage.disk.stand("NEW.pass = 'handed'")
  allow(stage, asked)
  await eventually('the answer is on the disk', () => passOf(stage.disk, asked).pass === 'owed')
  await stage.relay.killHard()
  telling.remove()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'the answer is kept, Claude was not told' }
}

const handed: Phase = async (stage) => {
  const asked = await ask(stage)
  for (const pid of stage.disk.strays()) process.kill(pid, 'SIGSTOP')
  allow(stage, asked)
  await eventually('it is on its way', () => passOf(stage.disk, asked).pass === 'handed')
  await stage.relay.killHard()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'Claude was told and has not heard' }
}

/** Somewhere between the answer and the result of the call. */
const told: Phase = async (stage) => {
  const asked = await ask(stage, { runsOn: true })
  allow(stage, asked)
  await eventually('the answer is on the disk', () => passOf(stage.disk, asked).status === 'allowed')
  await stage.relay.killHard()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'the answer is kept' }
}

const running: Phase = async (stage) => {
  const asked = await ask(stage, { runsOn: true })
  allow(stage, asked)
  await eventually('it runs', () => contentOf(asked.file) === 'x' && passOf(stage.disk, asked).pass === 'used')
  await stage.relay.killHard()
  return { words: wordsOf(stage.round), status: 'interrupted', asked, note: 'the call runs' }
}

/** The turn is over; the prompt that waited for its end began with it. */
const ended: Phase = async (stage) => {
  const { client, disk, relay, round, session_id } = stage
  const gate = createGate()
  const next = `wait ${round}.`
  disk.api.when(wordsOf(round)).hold(gate).say(`done ${round}`)
  disk.api.when(next).hold(createGate()).say('never said')
  sendPrompt(stage)
  await client.ask('claude_message', { session_id, content: next })
  gate.open()
  await client.until((frame) => taskIs('completed', executionOf(stage))(frame), 'the end')
  await relay.killHard()
  return { words: wordsOf(round), status: 'completed', said: `done ${round}`, waits: { words: next, began: true, said: 'never said' }, note: 'its end was seen' }
}

/** All of the interval, in the order in which a prompt passes it. */
export const PHASES: Record<string, Phase> = {
  unsent,
  sent,
  began,
  thinking: streaming('thinking', false),
  writing: streaming('claude_response', false),
  queued: streaming('claude_response', true),
  questioned,
  unanswered,
  owed,
  handed,
  told,
  running,
  ended,
}
