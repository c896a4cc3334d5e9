// The people of one contender: listeners and speakers in one or many channels, and what arrives at them.
import { DIALECTS, type Target } from './dialects.ts'
import type { RawSocket } from './raw-socket.ts'

export type CrowdPlan = { targets: Target[]; listenersEach: number; speakersEach: number; witnessesEach: number }

/** The stamp of a message: who, the how many-th, and when, in microseconds of this process. */
const stampOf = (speaker: number, count: number, atUs: number) => `~${speaker}.${count}.${atUs}~`
export const nowUs = () => Math.round(performance.now() * 1000)

type Speaker = { socket: RawSocket; target: Target; sent: number }
type Witness = { socket: RawSocket; lastOf: Map<number, number> }
type Arrival = { speaker: number; count: number; tookUs: number; witness: number }

export type Crowd = Awaited<ReturnType<typeof gather>>

/** Opens all sockets, some at a time. The first listeners of each channel are witnesses: they read every message. */
export async function gather({ targets, listenersEach, speakersEach, witnessesEach }: CrowdPlan) {
  const witnesses: Witness[] = []
  /** By channel: its witnesses come first. */
  const listeners: RawSocket[][] = targets.map(() => [])
  /** One of each channel after the other, so that whoever goes through them spreads what is said. */
  const speakers: Speaker[] = []
  // An id names one request of one person for a week: crowds that come later must not repeat those of earlier ones.
  const prefix = crypto.randomUUID()
  let lastNumber = 0
  let refused = 0
  let disordered = 0
  let onArrival: ((arrival: Arrival) => void) | null = null

  function witness(socket: RawSocket): void {
    const index = witnesses.length
    const own: Witness = { socket, lastOf: new Map() }
    witnesses.push(own)
    socket.reader.onText = (text) => {
      const now = nowUs()
      for (let at = text.indexOf('~'); at >= 0; at = text.indexOf('~', at)) {
        const end = text.indexOf('~', at + 1)
        const [speaker, count, sentUs] = text.slice(at + 1, end).split('.').map(Number) as [number, number, number]
        at = end + 1
        if (count <= (own.lastOf.get(speaker) ?? 0)) disordered += 1
        own.lastOf.set(speaker, count)
        onArrival?.({ speaker, count, tookUs: now - sentUs, witness: index })
      }
    }
  }

  const openings: (() => Promise<void>)[] = []
  for (const [channel, target] of targets.entries()) {
    const dialect = DIALECTS[target.dialect]
    const tokenOf = (number: number, most = target.tokens.length) => target.tokens[number % most] ?? ''
    for (let number = 0; number < listenersEach; number++) {
      openings.push(async () => {
        const socket = await dialect.listen(target, tokenOf(number, Math.min(20, target.tokens.length)))
        socket.reader.onText = null
        listeners[channel]!.push(socket)
      })
    }
    for (let number = 0; number < speakersEach; number++) {
      openings.push(async () => {
        const socket = await dialect.speaker(target, tokenOf(channel * speakersEach + number))
        socket.reader.onText = (text) => void (text.includes('"error"') && (refused += 1))
        speakers[number * targets.length + channel] = { socket, target, sent: 0 }
      })
    }
  }
  const queue = openings.values()
  await Promise.all(Array.from({ length: 50 }, async () => {
    for (const open of queue) await open()
  }))
  for (const group of listeners) for (const socket of group.slice(0, witnessesEach)) witness(socket)

  return {
    speakers: speakers.length,
    listeners: listeners as readonly RawSocket[][],
    witnesses: witnesses as readonly Witness[],
    witnessesEach,
    say(speaker: number): void {
      const own = speakers[speaker]!
      own.sent += 1
      own.socket.send(DIALECTS[own.target.dialect].message(own.target, stampOf(speaker, own.sent, nowUs()), `${prefix}-${++lastNumber}`))
    },
    sentBy: (speaker: number) => speakers[speaker]!.sent,
    hear: (listener: ((arrival: Arrival) => void) | null) => void (onArrival = listener),
    troubles: () => ({ refused, disordered, closed: listeners.flat().filter((socket) => !socket.isOpen()).length }),
    drop(): void {
      for (const socket of listeners.flat()) socket.drop()
      for (const { socket } of speakers) socket.drop()
    },
  }
}
