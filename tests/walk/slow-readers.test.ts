// 200 sockets, a quarter of which never read: the others get everything, memory stays bounded, the stalled recover without a hole (H8).
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { CLOSE, SUBPROTOCOL } from '#protocol'
import { systemClock, type Clock } from '../../relay/clock.ts'
import { eventually } from '../support/eventually.ts'
import { connectProtocol, type Frame, type ProtocolClient } from '../support/protocol-client.ts'
import { startRelay, startRelayProcess } from '../support/start-relay.ts'
import { openStalledReader, type StalledReader } from './stalled-reader.ts'

const HEALTHY = 150
const STALLED = 50
const NOTES = 600
/** 600 notes of 20 KiB: 12 MiB for each reader, more than kernel buffers and a connection may hold together. */
const NOTE = 'x'.repeat(20 * 1024)

/** A reader that counts and forgets: 150 of them would hold 1.8 GiB otherwise. */
async function countingReader(url: string, token: string, channel: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, [SUBPROTOCOL, `bearer.${token}`])
  const all = Promise.withResolvers<void>()
  const subscribed = Promise.withResolvers<void>()
  const reader = { notes: 0, holes: 0, all: all.promise, close: () => socket.close() }
  let last: number | null = null
  socket.onmessage = ({ data }) => {
    const value = JSON.parse(String(data)) as Frame | Frame[]
    for (const frame of Array.isArray(value) ? value : [value]) {
      if (frame.type === 'connected') socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel, data: {} }))
      if (frame.id === 's') subscribed.resolve()
      if (frame.channel !== channel || frame.seq === undefined) continue
      if (last !== null && frame.seq !== last + 1) reader.holes += 1
      last = frame.seq
      if (frame.type === 'message' && ++reader.notes === NOTES) all.resolve()
    }
  }
  socket.onclose = () => all.reject(new Error('a healthy reader was closed'))
  await subscribed.promise
  return reader
}

const residentKib = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

/** All that was told since it came, once each and in order. */
function expectEverything(readers: readonly StalledReader[], first: number, top: number): void {
  const every = Array.from({ length: top - first + 1 }, (_, index) => first + index)
  for (const reader of readers) expect(reader.seqs).toEqual(every)
}

/** Bun ends a closing line before all that waited for it is written, if its reader takes it in small bites: then there is no code. */
function expectSlowReader(codes: readonly (number | null)[]): void {
  for (const code of codes) expect<(number | null)[]>([CLOSE.slowReader, null]).toContain(code)
}

const topOf = (client: ProtocolClient, channel: string) => client.subscribe(channel).then(({ seq }) => seq as number)
const freely = { PROMPTS_PER_SECOND: '100000', MESSAGES_PER_SECOND: '100000', MAX_CONNECTIONS_PER_USER: '1000', CLAUDE_MAX_PROCESSES: '1' } as const

test('H8 the others get everything, memory is bounded; the stalled read on, or come back by position, and miss nothing', async () => {
  const relay = await startRelayProcess({ settings: freely })
  const closedBy = () => relay.errors().split('\n').filter((line) => line.includes('slow_reader_closed')).length
  try {
    const token = await relay.token('minji')
    const speaker = await connectProtocol({ url: relay.url, token, name: 'speaker' })
    const { session_id } = await speaker.ask('create_session', { title: 'Crowd' })
    const channel = `session:${session_id}`
    const healthy = await Promise.all(Array.from({ length: HEALTHY }, () => countingReader(relay.url, token, channel)))
    const stalled: StalledReader[] = []
    for (let index = 0; index < STALLED; index++) stalled.push(await openStalledReader({ port: relay.port, token, session_id }))
    const first = stalled[0]!.last() + 1

    const before = residentKib(relay.pid)
    let peak = before
    for (let index = 0; index < NOTES; index++) {
      await speaker.ask('command', { session_id, command: 'note', args: { content: `${index} ${NOTE}` } })
      peak = Math.max(peak, residentKib(relay.pid))
    }
    await Promise.all(healthy.map((reader) => reader.all))
    for (const reader of healthy) expect([reader.notes, reader.holes]).toEqual([NOTES, 0])
    const grownMib = (peak - before) / 1024
    console.log(`relay grew ${grownMib.toFixed(1)} MiB with ${STALLED} stalled readers`)
    // Of 600 MiB that nobody read, at most 1 MiB a stalled reader is held, with room for what passes through.
    expect(grownMib).toBeLessThan(STALLED + 100)

    // Half of them read on where they were; the relay feeds them from the log. Of the other half the machine is gone.
    const top = await topOf(speaker, channel)
    const [hung, gone] = [stalled.slice(0, STALLED / 2), stalled.slice(STALLED / 2)]
    for (const reader of hung) reader.resume()
    for (const reader of gone) reader.drop()
    await Promise.all(gone.map((reader) => reader.ended().then(reader.comeBack)))
    await eventually('those that hung have it all, or were closed', () => hung.every((reader) => reader.last() === top || !reader.isOpen()), 60_000)
    // A machine that took longer than the relay's patience: each closed one is one that the relay says it closed.
    const closed = hung.filter((reader) => !reader.isOpen())
    expectSlowReader(closed.map((reader) => reader.closeCode()))
    for (const reader of closed) await reader.comeBack()
    await eventually('all have all', () => stalled.every((reader) => reader.last() === top), 60_000)
    expectEverything(stalled, first, top)
    // Further behind than is replayed: the state, its pages, and then the log.
    expect(gone.map((reader) => reader.ways)).toEqual(gone.map(() => ({ position: 1, state: 1 })))
    expect(closedBy()).toBeGreaterThanOrEqual(closed.length)
    if (closedBy() === 0) expect(hung.every((reader) => reader.isOpen())).toBe(true)
    for (const reader of stalled) reader.drop()
    for (const client of [speaker, ...healthy]) client.close()
  } finally {
    await relay.stop()
  }
}, 180_000)

test('H8 who takes nothing for half a minute is closed, each with 1013; from the last they had read they get the rest, once', async () => {
  // Half a minute of the relay takes three seconds here.
  const relay = await startRelay({ settings: freely, replacements: { clock: hurried(10) } })
  try {
    const token = await relay.token('minji')
    const speaker = await connectProtocol({ url: relay.url, token, name: 'speaker' })
    const { session_id } = await speaker.ask('create_session', { title: 'Crowd' })
    const stalled = await Promise.all(Array.from({ length: STALLED }, () => openStalledReader({ port: relay.port, token, session_id })))
    const first = stalled[0]!.last() + 1
    for (let index = 0; index < NOTES; index++) await speaker.ask('command', { session_id, command: 'note', args: { content: `${index} ${NOTE}` } })
    const closed = () => relay.logged.filter((line) => line['event'] === 'channels.slow_reader_closed')
    await eventually('all of them are closed', () => closed().length === STALLED, 60_000)
    expect(closed().map((line) => line['reason'])).toEqual(closed().map(() => 'takes nothing'))
    const members = new Set(closed().map((line) => line['member']))
    const ends = relay.logged.filter((line) => line['event'] === 'disconnected' && members.has(line['connection_id']))
    expect(ends.map((line) => line['code'])).toEqual(stalled.map(() => CLOSE.slowReader))

    const top = await topOf(speaker, `session:${session_id}`)
    const codes = await Promise.all(
      stalled.map(async (reader) => {
        // What had been on its way is still read, up to the end.
        reader.resume()
        await reader.ended()
        const code = reader.closeCode()
        expect(reader.last()).toBeLessThan(top)
        await reader.comeBack()
        return code
      }),
    )
    expectSlowReader(codes)
    await eventually('all have all', () => stalled.every((reader) => reader.last() === top), 60_000)
    expectEverything(stalled, first, top)
    for (const reader of stalled) reader.drop()
    speaker.close()
  } finally {
    await relay.stop()
  }
}, 180_000)

/** Its timers ring so many times as often; what o'clock it is stays true, or the slow would be closed for their silence before. */
function hurried(times: number): Clock {
  return {
    ...systemClock,
    setTimer: (fn, ms) => systemClock.setTimer(fn, ms / times),
    every: (fn, ms) => systemClock.every(fn, ms / times),
  }
}
