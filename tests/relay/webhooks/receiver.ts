// A server of somebody else's: keeps what it is sent and answers as it is told; over https with a certificate of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIP, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Got = { path: string; headers: Record<string, string>; body: string; servername: string | null }
export type Answer = (got: Got, response: ServerResponse) => void

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** A key and a certificate for this name, or for an address. */
export function certificateFor(name: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-receiver-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = Bun.spawnSync(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${isIP(name) ? 'IP' : 'DNS'}:${name}`], { stderr: 'ignore' })
  if (made.exitCode !== 0) throw new Error('openssl made no certificate')
  const files = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return files
}

export async function startReceiver(options: { tls?: { key: string; cert: string }; host?: string } = {}) {
  const got: Got[] = []
  let answer: Answer = (_, response) => void response.end('ok')
  let connections = 0

  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const servername = (request.socket as { servername?: string | false }).servername || null
    const each = { path: request.url!, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString(), servername }
    got.push(each)
    answer(each, response)
  }
  const server = options.tls ? createHttpsServer(options.tls, (request, response) => void hear(request, response)) : createHttpServer((request, response) => void hear(request, response))
  server.on('connection', () => void connections++)
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    got,
    connections: () => connections,
    answers: (how: Answer) => void (answer = how),
    /** With a status and nothing else. */
    says: (status: number, text = '') => void (answer = (_, response) => void response.writeHead(status).end(text)),
    async stop(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As a receiver does it, with other means than the relay. */
export async function isSigned({ headers, body }: Got, by: string): Promise<boolean> {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['ensemble-signature']!)!
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(by), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, Buffer.from(v1!, 'hex'), new TextEncoder().encode(`${t}.${body}`))
}
