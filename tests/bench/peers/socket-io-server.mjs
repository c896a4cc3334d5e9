// The usual fan-out with socket.io on Node: rooms; with RECOVERY its own recovery of connections that broke. Prints its port.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
const recovery = process.env.RECOVERY === '1' ? { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } } : {}
const io = new Server(http, { transports: ['websocket'], ...recovery })

io.on('connection', (socket) => {
  const { channel, speaker } = socket.handshake.query
  const room = channel ?? speaker
  if (channel) socket.join(channel)
  socket.on('say', (message) => io.to(room).emit('said', { ...message, timestamp: Date.now() }))
})
http.listen(0, '127.0.0.1', () => console.log(http.address().port))
