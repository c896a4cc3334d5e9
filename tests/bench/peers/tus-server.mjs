// @tus/server with its file store, on Node or on Bun, as its README sets it up. Takes a folder, prints its port.
import { createServer } from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const server = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] }) })
if (globalThis.Bun) {
  const listening = Bun.serve({ hostname: '127.0.0.1', port: 0, development: false, maxRequestBodySize: 2 ** 40, fetch: (request) => server.handleWeb(request) })
  console.log(listening.port)
} else {
  const listening = createServer((request, response) => server.handle(request, response))
  listening.listen(0, '127.0.0.1', () => console.log(listening.address().port))
}
