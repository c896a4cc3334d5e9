// A reader that can stop reading, as a browser whose tab hangs, and that comes back by position as one does, with every seq it was given.
import { SUBPROTOCOL } from '#protocol'
import { rawSocket, type RawSocket } from '../support/raw-socket.ts'

export type StalledReader = Awaited<ReturnType<typeof openStalledReader>>

/** Subscribes to the session at its top and stops reading. */
export async function openStalledReader({ port, token, session_id }: { port: number; token: string; session_id: string }) {
  const channel = `session:${session_id}`
  const seqs: number[] = []
  let place = { epoch: '', seq: 0 }
  let present: { socket: RawSocket; isOpen: boolean }
  /** How it came back: from the log, or by the state and pages of events. */
  const ways = { position: 0, state: 0 }

  function take(seq: number): void {
    seqs.push(seq)
    place = { ...place, seq }
  }

  type Subscribed = { epoch: string; seq: number; recovered: boolean }
  async function subscribe(): Promise<Subscribed> {
    const answered = Promise.withResolvers<Subscribed>()
    const socket = await rawSocket(port, {
      path: '/ws',
      protocols: `${SUBPROTOCOL}, bearer.${token}`,
      onText(text) {
        // Notes of 20 KiB each: they are not parsed to be counted.
        if (text.includes('"id":"join"')) {
          const value = JSON.parse(text) as { id?: string; data: Subscribed } | { id?: string; data: Subscribed }[]
          answered.resolve([value].flat().find((each) => each.id === 'join')!.data)
        }
        for (const [, seq] of text.matchAll(/"seq":(\d+),"data":/g)) take(Number(seq))
      },
    })
    const current = { socket, isOpen: true }
    present = current
    void socket.ended.then(() => (current.isOpen = false))
    socket.send(JSON.stringify({ type: 'subscribe', id: 'join', channel, data: place.epoch === '' ? {} : { position: place }, timestamp: 0 }))
    return answered.promise
  }

  async function get(path: string): Promise<any> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/claude/sessions/${session_id}/${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  const first = await subscribe()
  place = { epoch: first.epoch, seq: first.seq }
  present!.socket.tcp.pause()

  return {
    seqs,
    ways,
    last: () => place.seq,
    isOpen: () => present.isOpen,
    closeCode: () => present.socket.closeCode,
    ended: () => present.socket.ended,
    resume: () => void present.socket.tcp.resume(),
    /** As when the machine is gone: what waited to be read is lost. */
    drop: () => void present.socket.tcp.destroy(),
    /** H5: on a new connection, from the last seq it had. */
    async comeBack(): Promise<void> {
      for (;;) {
        const answer = await subscribe()
        if (answer.recovered) return void (ways.position += 1)
        present.socket.tcp.destroy()
        ways.state += 1
        const { epoch, seq: upTo } = await get('state')
        place = { ...place, epoch }
        while (place.seq < upTo) {
          const { events } = await get(`events?after=${place.seq}&limit=100`)
          if (events.length === 0) throw new Error(`no events after ${place.seq}, and the state is of ${upTo}`)
          for (const { seq } of events as { seq: number }[]) if (seq <= upTo) take(seq)
        }
      }
    },
  }
}
