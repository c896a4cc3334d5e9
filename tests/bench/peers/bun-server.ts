// The limits: Bun's own sockets with nothing of a product around them. Prints its port.
// `publish`: its topics; `loop`: a send to each; `canned <file>`: the frames in the file to whoever says anything.
import type { ServerWebSocket } from 'bun'

type Data = { channel: string; speaker: boolean }
const [, , way, file] = process.argv
const canned = file === undefined ? [] : ((await Bun.file(file).json()) as string[])
const channels = new Map<string, Set<ServerWebSocket<Data>>>()

const server = Bun.serve<Data>({
  hostname: '127.0.0.1',
  port: 0,
  development: false,
  fetch(request, self) {
    const query = new URL(request.url).searchParams
    const upgraded = self.upgrade(request, { data: { channel: query.get('channel') ?? '', speaker: query.has('speaker') } })
    return upgraded ? undefined : new Response(null, { status: 400 })
  },
  websocket: {
    idleTimeout: 0,
    perMessageDeflate: false,
    open(socket) {
      const { channel, speaker } = socket.data
      const members = channels.get(channel) ?? new Set()
      channels.set(channel, members)
      if (!speaker && way === 'loop') members.add(socket)
      if (!speaker && way === 'publish') socket.subscribe(channel)
      socket.send('ready')
    },
    message(socket, text) {
      if (way === 'canned') return canned.forEach((frame) => void socket.send(frame))
      if (way === 'publish') return void server.publish(socket.data.channel, text)
      for (const member of channels.get(socket.data.channel)!) member.send(text)
    },
    close: (socket) => void channels.get(socket.data.channel)?.delete(socket),
  },
})
console.log(server.port)
