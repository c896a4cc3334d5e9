// The usual fan-out with ws on Node: parse, write once, send to each. Prints its port.
import { WebSocketServer } from 'ws'

const channels = new Map()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => console.log(server.address().port))

server.on('connection', (socket, request) => {
  const query = new URL(request.url, 'http://localhost').searchParams
  const name = query.get('channel')
  const members = channels.get(name) ?? new Set()
  channels.set(name, members)
  if (!query.has('speaker')) members.add(socket)
  socket.on('message', (frame) => {
    const text = JSON.stringify({ ...JSON.parse(frame), timestamp: Date.now() })
    for (const member of members) member.send(text)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => members.delete(socket))
  socket.send('ready')
})
