// One attempt: the name is resolved once, every address is judged, and the request goes to the very address that was judged.
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { DeliveryProblem } from '#protocol'
import type { Clock } from '../clock.ts'
import { parseAddress } from './address-kind.ts'
import type { Targets } from './targets.ts'

export type Attempt =
  | { outcome: 'answered'; status: number; answer: string; retryAfterMs: number | null }
  | { outcome: 'unanswered'; problem: Exclude<DeliveryProblem, 'status'>; detail: string }

export type Send = (receiver: { url: string; headers: Record<string, string>; body: string }) => Promise<Attempt>

export type SenderDependencies = {
  /** All addresses of a name, asked once an attempt. Rejects when there is no such name. */
  resolve(name: string): Promise<readonly string[]>
  targets: Targets
  clock: Clock
  /** Certificates that are trusted in the place of the system's. */
  authorities?: string
}

export const attemptMs = 10_000
/** Of what a receiver answers no more is read. */
const readBytes = 4 * 1024
const keptChars = 500
const mostAddresses = 3

// Nothing has reached the receiver then: its next address may be tried.
const UNREACHED = new Set(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN'])

/** Readable and short: what somebody else's server says is shown to people. */
const shortened = (chunks: Uint8Array[]) =>
  Buffer.concat(chunks)
    .toString('utf8')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ')
    .slice(0, keptChars)
    .trim()

function retryAfterOf(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) && ms > 0 ? ms : null
}

function problemOf(code: string): 'connection' | 'tls' | 'answer' {
  if (/CERT|SSL|TLS|ISSUER|SIGNATURE/.test(code)) return 'tls'
  return code.startsWith('HPE_') ? 'answer' : 'connection'
}

export function createSend({ resolve, targets, clock, authorities }: SenderDependencies): Send {
  return async ({ url: text, headers, body }) => {
    const url = new URL(text)
    const over = Promise.withResolvers<Attempt>()
    let isOver = false
    let request: ClientRequest | null = null
    /** What is known once the receiver has begun to answer: a slow end changes nothing of it. */
    let answered: (() => Attempt) | null = null

    function end(attempt: Attempt): void {
      isOver = true
      over.resolve(attempt)
      request?.destroy()
    }
    const timer = clock.setTimer(() => end(answered?.() ?? { outcome: 'unanswered', problem: 'timeout', detail: `no answer within ${attemptMs / 1000} s` }), attemptMs)

    function hear(response: IncomingMessage): void {
      const chunks: Uint8Array[] = []
      let bytes = 0
      const told = (): Attempt => ({ outcome: 'answered', status: response.statusCode ?? 0, answer: shortened(chunks), retryAfterMs: retryAfterOf(response.headers['retry-after'], clock.now()) })
      answered = told
      response.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk.subarray(0, readBytes - bytes))
        bytes += chunk.byteLength
        if (bytes >= readBytes) end(told())
      })
      response.on('end', () => end(told()))
      response.on('error', () => end(told()))
    }

    function tryAddress(addresses: readonly string[], which: number): void {
      if (isOver) return
      const isTls = url.protocol === 'https:'
      const isLiteral = parseAddress(url.hostname) !== null
      const common = { host: addresses[which]!, port: url.port || (isTls ? 443 : 80), path: url.pathname + url.search, method: 'POST', agent: false }
      const all = { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)), 'accept-encoding': 'identity', connection: 'close' }
      // To an address nothing is resolved any more; the name is what the certificate has to be for.
      request = isTls
        ? requestHttps({ ...common, headers: all, servername: isLiteral ? '' : url.hostname, rejectUnauthorized: true, ...(authorities && { ca: authorities }) }, hear)
        : requestHttp({ ...common, headers: all }, hear)
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (answered) return end(answered())
        const code = error.code ?? ''
        if (UNREACHED.has(code) && which + 1 < addresses.length) return tryAddress(addresses, which + 1)
        end({ outcome: 'unanswered', problem: problemOf(code), detail: code || error.message })
      })
      request.end(body)
    }

    async function begin(): Promise<void> {
      const literal = url.hostname.replace(/^\[|\]$/g, '')
      const addresses = parseAddress(literal) !== null ? [literal] : await resolve(url.hostname).catch(() => [])
      if (addresses.length === 0) return end({ outcome: 'unanswered', problem: 'name', detail: `${url.hostname} was not found` })
      const why = targets.whyNot(url, addresses)
      if (why !== null) return end({ outcome: 'unanswered', problem: 'address', detail: why })
      tryAddress(addresses.slice(0, mostAddresses), 0)
    }

    begin().catch((error: unknown) => end({ outcome: 'unanswered', problem: 'connection', detail: String(error) }))
    return over.promise.finally(() => timer.cancel())
  }
}
