// How each contender is spoken to: how one joins a channel and how one speaks into it.
import { openRawSocket, type RawSocket } from './raw-socket.ts'

type DialectName = 'relay-signals' | 'relay-events' | 'plain' | 'socket.io'

/** One channel of a contender. For the relay `id` is a session's. */
export type Target = { port: number; dialect: DialectName; id: string; tokens: readonly string[] }

type Dialect = {
  /** Connected and greeted, in no channel. */
  greet(target: Target, token: string): Promise<RawSocket>
  /** Resolves when everything said in the channel from now on arrives. */
  listen(target: Target, token: string): Promise<RawSocket>
  /** May speak, hears nothing but answers. */
  speaker(target: Target, token: string): Promise<RawSocket>
  message(target: Target, stamp: string, id: string): string
}

/** A signal of the relay is some 330 bytes long when it arrives; messages of the others are padded to that. */
const padding = 'x'.repeat(60)

async function openUntil(target: Target, path: string, protocols: string | undefined, passes: (text: string) => boolean, first?: string): Promise<RawSocket> {
  const passed = Promise.withResolvers<void>()
  let before = ''
  const socket = await openRawSocket({ port: target.port, path, ...(protocols ? { protocols } : {}) }, (text) => {
    before = text
    if (passes(text)) passed.resolve()
  })
  if (first !== undefined) socket.send(first)
  void socket.ended.then(() => passed.reject(new Error(`closed before it was ready: ${before.slice(0, 300)}`)))
  await passed.promise
  return socket
}

const openRelay = (target: Target, token: string) => openUntil(target, '/ws', `ensemble.v1, bearer.${token}`, (text) => text.includes('"connected"'))

/** Sends a request and waits for its answer. */
export async function askRelay(socket: RawSocket, request: { type: string; channel?: string; data: object }): Promise<string> {
  const id = 'ask'
  const answered = Promise.withResolvers<string>()
  const before = socket.reader.onText
  socket.reader.onText = (text) => {
    if (text.includes(`"id":"${id}"`)) answered.resolve(text)
    else before?.(text)
  }
  void socket.ended.then(() => answered.reject(new Error(`closed before ${request.type} was answered`)))
  socket.send(JSON.stringify({ ...request, id, timestamp: 0 }))
  const text = await answered.promise
  socket.reader.onText = before
  if (!text.includes('"success"')) throw new Error(`${request.type} was refused: ${text.slice(0, 300)}`)
  return text
}

const relay = (message: Dialect['message']): Dialect => ({
  greet: openRelay,
  async listen(target, token) {
    const socket = await openRelay(target, token)
    await askRelay(socket, { type: 'subscribe', channel: `session:${target.id}`, data: {} })
    return socket
  },
  async speaker(target, token) {
    const socket = await openRelay(target, token)
    // Without any subscription the relay would end it after some minutes.
    await askRelay(socket, { type: 'subscribe', channel: 'broadcast', data: {} })
    return socket
  },
  message,
})

const openPlain = (target: Target) => openUntil(target, `/?channel=${target.id}`, undefined, (text) => text === 'ready')
const openSpeaker = (target: Target) => openUntil(target, `/?channel=${target.id}&speaker=1`, undefined, (text) => text === 'ready')
const like = (target: Target, stamp: string) => ({
  type: 'cursor_moved',
  channel: `session:${target.id}`,
  data: { session_id: target.id, user_id: '00000000-0000-4000-8000-000000000000', username: 'person-000', path: `${stamp}${padding}`, position: { line: 1, column: 1 } },
  timestamp: 1_700_000_000_000,
})

async function openSocketIo(target: Target, room: string): Promise<RawSocket> {
  const socket = await openUntil(target, `/socket.io/?EIO=4&transport=websocket&${room}=${target.id}`, undefined, (text) => text.startsWith('40'), '40')
  return socket
}

export const DIALECTS: Record<DialectName, Dialect> = {
  'relay-signals': relay((target, stamp) =>
    JSON.stringify({ type: 'cursor_update', data: { session_id: target.id, path: `${stamp}${padding}`, position: { line: 1, column: 1 } }, timestamp: 0 }),
  ),
  'relay-events': relay((target, stamp, id) =>
    JSON.stringify({ type: 'command', id, data: { session_id: target.id, command: 'note', args: { content: stamp } }, timestamp: 0 }),
  ),
  plain: { greet: openSpeaker, listen: openPlain, speaker: openSpeaker, message: (target, stamp) => JSON.stringify(like(target, stamp)) },
  'socket.io': {
    greet: (target) => openSocketIo(target, 'speaker'),
    listen: (target) => openSocketIo(target, 'channel'),
    speaker: (target) => openSocketIo(target, 'speaker'),
    message: (target, stamp) => `42${JSON.stringify(['say', like(target, stamp)])}`,
  },
}
