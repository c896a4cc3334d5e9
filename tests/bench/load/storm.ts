// Many browsers lose their connection at once, miss events, and come back by position.
import { askRelay, DIALECTS, type Target } from './dialects.ts'
import { openRawSocket, type RawSocket } from './raw-socket.ts'

export type StormPlan = { target: Target; browsers: number }
/** `frames`: everything that the first of them was sent, for a server that does nothing but send it. */
export type StormResult = { tookMs: number; holes: number; notRecovered: number; frames: string[] }

/** Where a browser of the relay stands, or what a client of socket.io needs to be recovered. */
type Place = { epoch: string; seq: number } | { pid: string; offset: string }
export type Storm = Awaited<ReturnType<typeof beginStorm>>

/** Everybody is connected and has read up to here. */
export async function beginStorm({ target, browsers }: StormPlan) {
  const isRelay = target.dialect !== 'socket.io'
  const tokenOf = (number: number) => target.tokens[number % target.tokens.length] ?? ''
  const sockets: RawSocket[] = []
  const places: Place[] = []
  const opening = Array.from({ length: browsers }, (_, number) => number).values()
  await Promise.all(Array.from({ length: 50 }, async () => {
    for (const number of opening) {
      if (isRelay) {
        const socket = await DIALECTS[target.dialect].greet(target, tokenOf(number))
        const { data } = JSON.parse(await askRelay(socket, { type: 'subscribe', channel: `session:${target.id}`, data: {} })) as { data: { epoch: string; seq: number } }
        sockets[number] = socket
        places[number] = { epoch: data.epoch, seq: data.seq }
      } else sockets[number] = await openSocketIo(target, (place) => (places[number] = place))
    }
  }))
  // A client of socket.io learns where it stands from the first message that it gets.
  const speaker = await DIALECTS[target.dialect].speaker(target, tokenOf(0))
  if (!isRelay) {
    speaker.send(DIALECTS[target.dialect].message(target, '~0.0.0~', crypto.randomUUID()))
    while (places.filter(Boolean).length < browsers) await Bun.sleep(5)
  }
  let spoken = 0

  return {
    drop(): void {
      for (const socket of sockets) socket.drop()
      speaker.drop()
    },
    /** Says what the dropped ones miss; resolves when it has been said and heard by one who stayed. */
    async miss(count: number): Promise<void> {
      const listener = await DIALECTS[target.dialect].listen(target, tokenOf(0))
      const voice = await DIALECTS[target.dialect].speaker(target, tokenOf(0))
      let heard = 0
      const all = Promise.withResolvers<void>()
      listener.reader.onText = (text) => {
        heard += text.split('~').length >> 1
        if (heard >= count) all.resolve()
      }
      for (let each = 0; each < count; each++) voice.send(DIALECTS[target.dialect].message(target, `~0.${++spoken}.0~`, crypto.randomUUID()))
      await all.promise
      listener.drop()
      voice.drop()
    },
    /** Everybody comes back in the same moment; ends when the last one has the last event. */
    async comeBack(port: number, missed: number): Promise<StormResult> {
      const back: Target = { ...target, port }
      let holes = 0
      let notRecovered = 0
      const frames: string[] = []
      const began = performance.now()
      const returned = await Promise.all(places.map((place, number) =>
        'seq' in place
          ? recoverRelay(back, tokenOf(number), place, missed, { hole: () => (holes += 1), lost: () => (notRecovered += 1), frame: (text) => void (number === 0 && frames.push(text)) })
          : recoverSocketIo(back, place, missed, { lost: () => (notRecovered += 1) }),
      ))
      const tookMs = performance.now() - began
      for (const socket of returned) socket.drop()
      return { tookMs, holes, notRecovered, frames }
    },
  }
}

async function recoverRelay(target: Target, token: string, { epoch, seq }: { epoch: string; seq: number }, missed: number, count: { hole(): void; lost(): void; frame(text: string): void }): Promise<RawSocket> {
  const done = Promise.withResolvers<void>()
  let last = seq
  const mark = `"channel":"session:${target.id}","seq":`
  // Every number is looked at. Parsing all of the text would measure the generator: the clients of socket.io only count, too.
  const socket = await openRawSocket({ port: target.port, path: '/ws', protocols: `ensemble.v1, bearer.${token}` }, (text) => {
    count.frame(text)
    if (text.startsWith('{"type":"success"') && text.includes('"recovered":false')) {
      count.lost()
      done.resolve()
    }
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at)) {
      at += mark.length
      const number = Number(text.slice(at, text.indexOf(',', at)))
      if (number !== last + 1) count.hole()
      last = number
    }
    if (last >= seq + missed) done.resolve()
  })
  void socket.ended.then(() => done.reject(new Error('closed before it was current')))
  // Not waiting for `connected`: messages take effect in the order in which they are sent.
  socket.send(JSON.stringify({ type: 'subscribe', id: 'back', channel: `session:${target.id}`, data: { position: { epoch, seq } }, timestamp: 0 }))
  await done.promise
  return socket
}

/** Connects with socket.io's protocol and follows the offset that it puts behind every message. */
async function openSocketIo(target: Target, moved: (place: { pid: string; offset: string }) => void): Promise<RawSocket> {
  let pid = ''
  const joined = Promise.withResolvers<void>()
  const socket = await openRawSocket({ port: target.port, path: `/socket.io/?EIO=4&transport=websocket&channel=${target.id}` }, (text) => {
    if (text.startsWith('40')) {
      pid = (JSON.parse(text.slice(2)) as { pid: string }).pid
      joined.resolve()
    } else if (text.startsWith('42')) moved({ pid, offset: (JSON.parse(text.slice(2)) as string[]).at(-1)! })
  })
  socket.send('40')
  await joined.promise
  return socket
}

async function recoverSocketIo(target: Target, place: { pid: string; offset: string }, missed: number, count: { lost(): void }): Promise<RawSocket> {
  const done = Promise.withResolvers<void>()
  let heard = 0
  const socket = await openRawSocket({ port: target.port, path: `/socket.io/?EIO=4&transport=websocket&channel=${target.id}` }, (text) => {
    if (text.startsWith('40') && (JSON.parse(text.slice(2)) as { pid: string }).pid !== place.pid) {
      count.lost()
      done.resolve()
    } else if (text.startsWith('42') && ++heard === missed) done.resolve()
  })
  void socket.ended.then(() => done.reject(new Error('closed before it was current')))
  socket.send(`40${JSON.stringify(place)}`)
  await done.promise
  return socket
}
