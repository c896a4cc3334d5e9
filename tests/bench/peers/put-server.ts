// The limits of uploads: bytes that Bun takes, with nothing of a product around. Takes a folder, prints its port. `PUT /<name>` drops them,
// `PUT /<name>?hash` hashes and drops them, `POST /<name>` ends it. Over a socket: base64 as JSON, each appended to a file and answered.
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]!
mkdirSync(folder, { recursive: true })
type Growing = { file: number; path: string; hash: Bun.CryptoHasher }
const growing = new Map<string, Growing>()

function grow(name: string): Growing {
  const path = join(folder, name.replaceAll(/\W/g, ''))
  const one = growing.get(name) ?? { file: openSync(path, 'w'), path, hash: new Bun.CryptoHasher('sha256') }
  growing.set(name, one)
  return one
}

function end(name: string): string {
  const one = growing.get(name)
  if (!one) return ''
  growing.delete(name)
  closeSync(one.file)
  unlinkSync(one.path)
  return one.hash.digest('hex')
}

const page = '<!doctype html><title>A bare page</title>'
const server = Bun.serve<{ name: string }>({
  hostname: '127.0.0.1',
  port: 0,
  development: false,
  // Who sends to others in turn is silent for longer than usual.
  idleTimeout: 255,
  maxRequestBodySize: 2 ** 40,
  async fetch(request, self) {
    const { pathname, search } = new URL(request.url)
    if (request.method === 'GET') return self.upgrade(request, { data: { name: pathname } }) ? undefined : new Response(page, { headers: { 'content-type': 'text/html' } })
    if (request.method === 'POST') return new Response(end(pathname))
    const hash = search === '?hash' ? grow(pathname).hash : null
    for await (const bytes of request.body ?? []) hash?.update(bytes)
    return new Response(null, { status: 204 })
  },
  websocket: {
    message(socket, text) {
      const message = JSON.parse(String(text)) as { id: string; data: { data: string } }
      const { file } = grow(socket.data.name)
      writeSync(file, Buffer.from(message.data.data, 'base64'))
      socket.send(JSON.stringify({ type: 'success', id: message.id, data: {}, timestamp: 0 }))
    },
    close: (socket) => void end(socket.data.name),
  },
})
console.log(server.port)
