// Some readers stop reading while much is said. What of it reaches the others, and what of it reaches them when they go on?
import { residentKb } from '../measure/processes.ts'
import { askRelay, DIALECTS, type Target } from './dialects.ts'
import { openRawSocket, type RawSocket } from './raw-socket.ts'

export type StallPlan = { target: Target; readers: number; stalled: number; notes: number; noteBytes: number; perSecond: number; serverPid: number }
export type StallResult = {
  baseKb: number
  peakKb: number
  healthyShare: number
  healthyP99Ms: number
  closed: number
  /** Stalled readers that had everything in the end, without a hole. */
  recovered: number
  /** Had everything or not, those that saw a hole in the numbers. */
  withHoles: number
  recoveredMs: number
}

export async function stalledReaders({ target, readers, stalled, notes, noteBytes, perSecond, serverPid }: StallPlan): Promise<StallResult> {
  const tokenOf = (number: number) => target.tokens[number % target.tokens.length]!
  const people: Reader[] = []
  for (let number = 0; number < readers; number++) people.push(await openReader(target, tokenOf(number)))
  const speaker = await DIALECTS[target.dialect].speaker(target, tokenOf(0))
  const baseKb = residentKb(serverPid)
  let peakKb = baseKb
  const watching = setInterval(() => (peakKb = Math.max(peakKb, residentKb(serverPid))), 50)
  const slow = people.slice(0, stalled)
  const healthy = people.slice(stalled)
  for (const reader of slow) reader.socket.pause()

  const text = 'x'.repeat(noteBytes)
  const began = performance.now()
  for (let said = 0; said < notes; said++) {
    while (said / perSecond > (performance.now() - began) / 1000) await Bun.sleep(1)
    speaker.send(JSON.stringify({ type: 'command', id: `s${Date.now()}-${said}`, data: { session_id: target.id, command: 'note', args: { content: `~${performance.now().toFixed(2)}~${text}` } }, timestamp: 0 }))
  }
  const allHave = (group: readonly Reader[]) => group.every((reader) => reader.count() >= notes)
  await waitFor(() => allHave(healthy), 10_000)
  const healthyShare = healthy.reduce((sum, reader) => sum + reader.count(), 0) / (healthy.length * notes)
  const latencies = healthy.flatMap((reader) => reader.latencies).sort((a, b) => a - b)
  const closed = slow.filter((reader) => !reader.socket.isOpen()).length

  const from = performance.now()
  for (const reader of slow) if (reader.socket.isOpen()) reader.socket.resume()
  // Whoever was closed comes back by position, as a browser does.
  await waitFor(() => {
    for (const reader of slow) reader.comeBackIfClosed()
    return allHave(slow)
  }, 20_000)
  const recoveredMs = performance.now() - from
  clearInterval(watching)
  const recovered = slow.filter((reader) => reader.count() >= notes && reader.holes() === 0).length
  for (const reader of people) reader.socket.drop()
  speaker.drop()
  return { baseKb, peakKb, healthyShare, healthyP99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? NaN, closed, recovered, withHoles: slow.filter((reader) => reader.holes() > 0).length, recoveredMs }
}

type Reader = Awaited<ReturnType<typeof openReader>>

async function openReader(target: Target, token: string) {
  const channel = `session:${target.id}`
  const latencies: number[] = []
  let count = 0
  let holes = 0
  let coming = false
  let place = { epoch: '', seq: 0 }
  const onText = (text: string) => {
    const now = performance.now()
    for (const [, seq] of text.matchAll(/"seq":(\d+),"data":\{/g)) {
      if (Number(seq) !== place.seq + 1) holes += 1
      place = { ...place, seq: Number(seq) }
    }
    for (const [, stamp] of text.matchAll(/~([\d.]+)~/g)) {
      count += 1
      latencies.push(now - Number(stamp))
    }
  }
  async function open(): Promise<RawSocket> {
    const socket = await openRawSocket({ port: target.port, path: '/ws', protocols: `ensemble.v1, bearer.${token}` }, onText)
    const data = place.epoch === '' ? {} : { position: place }
    const answer = JSON.parse(await askRelay(socket, { type: 'subscribe', channel, data })) as { data: { epoch: string; seq: number } }
    if (place.epoch === '') place = { epoch: answer.data.epoch, seq: answer.data.seq }
    return socket
  }
  const reader = {
    socket: await open(),
    latencies,
    count: () => count,
    holes: () => holes,
    comeBackIfClosed(): void {
      if (reader.socket.isOpen() || coming) return
      coming = true
      void open().then((socket) => {
        reader.socket = socket
        coming = false
      })
    },
  }
  return reader
}

async function waitFor(done: () => boolean, mostMs: number): Promise<void> {
  for (const from = performance.now(); !done() && performance.now() - from < mostMs; ) await Bun.sleep(5)
}
