// A plain speaker of the wire protocol for tests: no outbox, no reconnect, so that each rule can be seen alone.
import { SUBPROTOCOL, type ErrorData } from '#protocol'

export type Frame = { type: string; id?: string; channel?: string; seq?: number; data: Record<string, any>; timestamp: number }
type Answer = { ok: true; data: Record<string, any> } | { ok: false; error: ErrorData }

export type ProtocolClient = Awaited<ReturnType<typeof connectProtocol>>

/**
 * Opens a socket and waits for `connected`. `simple`: without the subprotocol, the token as a query.
 * Rejects when the handshake fails.
 */
export async function connectProtocol(options: { url: string; token: string; simple?: boolean; name?: string; path?: string }) {
  const { url, token, simple = false, name = 'c', path = '/ws' } = options
  const address = `${url.replace(/^http/, 'ws')}${path}${simple ? `${path.includes('?') ? '&' : '?'}token=${token}` : ''}`
  const socket = simple ? new WebSocket(address) : new WebSocket(address, [SUBPROTOCOL, `bearer.${token}`])
  const frames: Frame[] = []
  const waiters = new Set<() => void>()
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  let ended: { code: number; reason: string } | null = null
  let lastId = 0

  socket.addEventListener('message', ({ data }) => {
    const value = JSON.parse(String(data)) as Frame | Frame[]
    frames.push(...(Array.isArray(value) ? value : [value]))
    for (const look of [...waiters]) look()
  })
  socket.addEventListener('close', ({ code, reason }) => {
    ended = { code, reason }
    closed.resolve(ended)
    for (const look of [...waiters]) look()
  })

  /** The first frame, past or future, that passes; rejects when the socket closes or the time is over. */
  function until(passes: (frame: Frame) => boolean, what = 'a frame', timeoutMs = 30_000): Promise<Frame> {
    const found = frames.find(passes)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const stop = () => {
        waiters.delete(look)
        clearTimeout(timer)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`${name}: ${what} did not come; last: ${JSON.stringify(frames.slice(-5)).slice(0, 1500)}`))
      }, timeoutMs)
      let looked = frames.length
      const look = () => {
        for (; looked < frames.length; looked++) {
          if (!passes(frames[looked]!)) continue
          stop()
          return resolve(frames[looked]!)
        }
        if (ended) {
          stop()
          reject(new Error(`${name}: closed (${ended.code} ${ended.reason}) before ${what} came`))
        }
      }
      waiters.add(look)
      look()
    })
  }

  async function request(type: string, data: object = {}, extra: { channel?: string; id?: string } = {}): Promise<Answer> {
    const id = extra.id ?? `${name}-${++lastId}`
    const before = frames.length
    socket.send(JSON.stringify({ type, id, data, channel: extra.channel, timestamp: Date.now() }))
    const answer = await until((frame) => frame.id === id && ['success', 'error', 'pong'].includes(frame.type) && frames.indexOf(frame) >= before, `the answer to ${type}`)
    return answer.type === 'error' ? { ok: false, error: answer.data as ErrorData } : { ok: true, data: answer.data }
  }

  /** The result of a request that must succeed. */
  async function ask(type: string, data: object = {}, extra: { channel?: string; id?: string } = {}): Promise<Record<string, any>> {
    const answer = await request(type, data, extra)
    if (!answer.ok) throw new Error(`${name}: ${type} was refused: ${answer.error.code} ${answer.error.message}`)
    return answer.data
  }

  const client = {
    frames,
    until,
    request,
    ask,
    subscribe: (channel: string, want: object = {}) => ask('subscribe', want, { channel }),
    /** Sends text as it is: for what is not a message. */
    raw: (text: string | Uint8Array<ArrayBuffer>) => socket.send(text),
    closed: closed.promise,
    close: () => socket.close(),
    /** Kept events of a channel, in the order in which they came. */
    events: (channel: string) => frames.filter((frame) => frame.channel === channel && typeof frame.seq === 'number'),
  }
  await until((frame) => frame.type === 'connected', 'connected', 10_000)
  return client
}

/** Strictly rising by one, nothing twice (H4). Returns what is wrong, or null. */
export function orderProblem(events: readonly Frame[]): string | null {
  for (let index = 1; index < events.length; index++) {
    const [before, after] = [events[index - 1]!, events[index]!]
    if (after.seq !== before.seq! + 1) return `${after.type} has seq ${after.seq} after ${before.type} with ${before.seq}`
  }
  return null
}

/** The text of each block as a reader has it: deltas by offset, then the completed event. */
export function blockTexts(frames: readonly Frame[], type = 'claude_response'): Map<string, string> {
  const texts = new Map<string, string>()
  const done = new Set<string>()
  for (const { type: each, data } of frames) {
    if (each !== type) continue
    const id = data.message_id as string
    if (data.completed) {
      texts.set(id, data.content)
      done.add(id)
    } else if (!done.has(id)) {
      const before = texts.get(id) ?? ''
      if (data.offset > before.length) throw new Error(`a hole in ${id}: offset ${data.offset} after ${before.length}`)
      texts.set(id, before.slice(0, data.offset) + data.content)
    }
  }
  return texts
}
